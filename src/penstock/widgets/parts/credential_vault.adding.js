// The credential vault's form for a new account: the fields its integration asks for, typed in or signed in with.

const VIA = [
  ["", "Whichever works here"],
  ["loopback", "In a browser on this machine"],
  ["device", "With a code, on any device"],
  ["paste", "By pasting the address back"],
];

/** The form for an account: with `fixed` for signing in again as one that exists, else for a new one. */
function makeAdd(tools, { signal, close, open }, fixed = null, refusal = "") {
  const integration = makeField({ name: "integration", value: fixed?.integration, suggestions: tools.integrations() });
  const account = makeField({ name: "account", label: "Account name", value: fixed?.account, help: fixed ? "" : "How you call it in your code, such as acme or test." });
  const label = makeField({ name: "label", isRequired: false, value: fixed?.label });
  const base = makeField({ name: "base_url", label: "Other address", isRequired: false, help: "Only for a proxy or a server of your own." });
  const replace = makeField({ name: "replace", label: "Replace the credential of the account that has this name", type: "checkbox", isRequired: false });
  const more = element("details", { class: "ps-more" }, element("summary", { text: "More" }));
  const redirect = makeField({ name: "redirect_uri", label: "Redirect address", isRequired: false, help: "Where the app at the service is registered with another one." });
  more.append(label.node, base.node, redirect.node);
  const scopes = makeField({ name: "scopes", label: "Scopes", isRequired: false, help: "Leave empty for the usual ones. Several are separated by spaces." });
  const back = element("div", { class: "ps-back", hidden: "" });
  let registered = "";
  const note = element("div", { class: "ps-note", hidden: "" });
  integration.node.hidden = account.node.hidden = fixed !== null;
  let ways = [];
  let way = null;
  let asked = [];
  let wanted = "";
  let choice = null;
  let via = null;

  const names = () => ({ integration: integration.input.value.trim(), account: account.input.value.trim() });
  const compare = () => {
    const { integration: service, account: who } = names();
    replace.node.hidden = fixed !== null || !tools.accounts().some((one) => one.integration === service && one.account === who);
    if (replace.node.hidden) replace.input.checked = false;
  };
  const drawBack = () => {
    const address = redirect.input.value.trim() || registered;
    back.hidden = fixed !== null || !way?.can_browse || via?.input.value === "device" || !address;
    if (back.hidden || back.dataset.address === address) return;
    back.dataset.address = address;
    const words = element("div", { text: "Register this redirect address with the app at the service first:" });
    back.replaceChildren(words, makeCopyable(address, "Redirect address to register", signal));
  };
  const layOut = () => {
    way = ways[choice ? Number(choice.input.value) : 0] ?? null;
    const isOauth = way?.kind === "oauth";
    const can = VIA.filter(([one]) => !one || (one === "device" ? way?.can_device : way?.can_browse));
    via = isOauth ? makeField({ name: "via", label: "Sign in", choices: can, isRequired: false }) : null;
    asked = (way?.fields ?? []).map((field) =>
      makeField({
        name: field.name,
        isSecret: field.is_secret,
        isLong: field.is_secret && field.name.endsWith("private_key"), // lines that a plain field would join
        isRequired: field.is_required && fixed === null && field.default === null,
        help: field.help,
        value: field.default ?? "",
      }),
    );
    write(note, way?.note ?? "");
    note.hidden = !note.textContent;
    via?.input.addEventListener("change", drawBack, { signal });
    redirect.node.hidden = !way?.can_browse;
    form.setFields([integration, account, ...(choice ? [choice] : []), ...asked, ...(isOauth ? [scopes, via] : []), replace]);
    drawBack();
    form.name(isOauth ? "Sign in" : "Save");
  };
  const look = async () => {
    const { integration: service } = names();
    if (service === wanted) return;
    wanted = service;
    ways = [];
    choice = null;
    layOut();
    if (!tools.integrations().includes(service)) return;
    const answer = await tools.ask("ways_to_sign", { integration: service });
    if (signal.aborted || wanted !== service) return;
    tools.tell("");
    if (!answer.ok) return form.refuse(answer.error, integration.input);
    registered = answer.value.redirect_uri ?? "";
    ways = answer.value.ways.filter((one) => fixed === null || one.kind === "oauth");
    if (ways.length > 1) {
      choice = makeField({ name: "way", label: "How", choices: ways.map((one, at) => [String(at), one.title]) });
      choice.input.addEventListener("change", layOut, { signal });
    }
    layOut();
  };

  const form = makeForm({
    title: fixed ? `Sign in again: ${fixed.integration}/${fixed.account}` : "Add an account",
    text: fixed ? "Fields left empty keep what the vault has." : "",
    fields: [integration, account],
    submit: "Save",
    busy: "Saving…",
    extra: [note, back, more],
    signal,
    onClose: () => close(),
    onSubmit: async (read) => {
      if (way === null) {
        await look();
        if (way === null) return { ok: false, error: `There is no integration ${names().integration}.`, input: integration.input };
        const empty = asked.find((one) => one.isRequired && !one.input.value);
        if (empty) return { ok: false, error: `${sayName(empty.name)} is missing.`, input: empty.input };
      }
      for (const one of asked) one.input.value = one.input.value.trim(); // what came along when it was copied
      const { values, secrets } = read();
      // What stands there by itself is not kept with the account: it stays the integration's to change.
      const usual = new Map(way.fields.map((field) => [field.name, field.default]));
      const isGiven = (one) => !one.isSecret && values[one.name] && values[one.name] !== usual.get(one.name);
      const given = Object.fromEntries(asked.filter(isGiven).map((one) => [one.name, values[one.name]]));
      const fields = { ...names(), base: given };
      if (label.input.value.trim()) fields.label = label.input.value.trim();
      if (base.input.value.trim()) fields.base_url = base.input.value.trim();
      const name = `${fields.integration}/${fields.account}`;
      if (way.kind !== "key") {
        if (way.scheme !== null) fields.scheme = way.scheme;
        for (const one of ["via", "scopes"]) if (values[one]) fields[one] = values[one];
        const chosen = redirect.node.hidden ? "" : redirect.input.value.trim();
        if (chosen) fields.redirect_uri = chosen;
        const answer = await tools.ask("begin_sign_in", fields, secrets);
        tools.tell("");
        if (answer.ok) open((panel) => makeSignIn(answer.value, name, tools, panel, chosen || registered));
        return answer;
      }
      const answer = await tools.ask("add", { ...fields, ...(values.replace ? { replace: true } : {}) }, secrets);
      tools.tell("");
      if (answer.ok) {
        close(false);
        tools.say(`${name} is saved. Test it.`);
        tools.focusAccount(name, "Test");
      }
      return answer;
    },
  });
  integration.input.addEventListener("input", () => (compare(), look()), { signal });
  account.input.addEventListener("input", compare, { signal });
  redirect.input.addEventListener("input", drawBack, { signal });
  replace.node.hidden = true;
  layOut();
  look();
  if (refusal) form.refuse(refusal);
  return { node: form.node, focus: refusal ? undefined : form.focus };
}
