// The credential vault's accounts: rows, sign-ins, the form for a new one, and what stands in a removed one's place.

const UNDO_S = 10;
const VIA = [
  ["", "Whichever works here"],
  ["loopback", "In a browser on this machine"],
  ["device", "With a code, on any device"],
  ["paste", "By pasting the address back"],
];

// ---- a sign-in under way -------------------------------------------------------------------------------------------

function makeSignIn(begun, name, tools, { signal, close }) {
  const state = element("div", { class: "ps-state", text: begun.via === "none" ? "Asks for a token." : "Waits for you to sign in." });
  const left = element("span", { class: "ps-soft" });
  const error = element("div", { class: "ps-error", role: "alert", hidden: "" });
  const cancel = makeButton("Cancel sign-in");
  const title = element("div", { class: "ps-form-title", role: "heading", "aria-level": "4", text: `Sign in: ${name}` });
  const node = element("div", { class: "ps-form", role: "group", "aria-label": `Sign in: ${name}` }, title);
  const address = begun.address ?? "";
  let link = null;
  if (/^https?:\/\//i.test(address)) {
    link = element("a", { class: "ps-link", href: address, target: "_blank", rel: "noopener noreferrer", text: "Open the sign-in page" });
    node.append(element("div", { class: "ps-step" }, link));
  } else if (address) node.append(element("div", { class: "ps-step", text: address }));
  if (begun.user_code) {
    const where = begun.short_address ? ` at ${begun.short_address}` : "";
    node.append(element("div", { class: "ps-step" }, `Type this code${where}:`), makeCopyable(begun.user_code, "Code to type", signal));
  }
  if (begun.via === "paste" || begun.via === "loopback") {
    const field = makeField({
      name: "answer",
      label: begun.via === "paste" ? "The address you were sent to" : "If that page cannot be reached: its address",
      isSecret: true,
      help: "Paste it whole, with all that follows the question mark.",
    });
    const paste = makeForm({
      title: "",
      fields: [field],
      submit: "Finish",
      busy: "Finishing…",
      signal,
      onSubmit: (read) => tools.ask("answer_sign_in", { sign_in: begun.sign_in }, read().secrets),
    });
    paste.node.classList.add("ps-inner");
    paste.node.setAttribute("aria-label", "Finish the sign-in by hand");
    paste.node.removeAttribute("aria-labelledby");
    paste.node.firstChild.remove();
    node.append(paste.node);
  }
  node.append(element("div", { class: "ps-step" }, state, left), error, element("div", { class: "ps-buttons" }, cancel));

  let timer = null;
  let isOver = false;
  const tick = () => {
    const seconds = begun.expires_at === null ? null : begun.expires_at - Date.now() / 1000;
    write(left, seconds === null || isOver ? "" : ` ${formatSpan(seconds)} left`);
  };
  const poll = async () => {
    const answer = await tools.ask("sign_in_state", { sign_in: begun.sign_in }, {}, true);
    if (signal.aborted) return;
    tick();
    if (answer.ok && answer.value.state === "waiting") {
      timer = setTimeout(poll, 1000);
      return;
    }
    isOver = true;
    tick();
    if (answer.ok && answer.value.state === "finished") {
      tools.say(`Signed in: ${name}.`);
      close(false);
      tools.focusAccount(name, "Test");
      return;
    }
    write(state, "The sign-in failed.");
    write(error, answer.ok ? answer.value.message : answer.error);
    error.hidden = false;
    write(cancel, "Close");
  };
  const leave = () => {
    if (!isOver) tools.ask("cancel_sign_in", { sign_in: begun.sign_in }, {}, true);
    close();
  };
  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  };
  cancel.addEventListener("click", leave, { signal });
  node.addEventListener("keydown", onKey, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  timer = setTimeout(poll, 500);
  tools.say(`Sign-in of ${name} has begun.${begun.user_code ? ` The code is ${begun.user_code}.` : ""}`);
  tick();
  return { node, focus: () => (link ?? cancel).focus() };
}

// ---- adding an account ---------------------------------------------------------------------------------------------

/** The form for an account: with `fixed` for signing in again as one that exists, else for a new one. */
function makeAdd(tools, { signal, close, open }, fixed = null, refusal = "") {
  const integration = makeField({ name: "integration", value: fixed?.integration, suggestions: tools.integrations() });
  const account = makeField({ name: "account", label: "Account name", value: fixed?.account, help: fixed ? "" : "How you call it in your code, such as acme or test." });
  const label = makeField({ name: "label", isRequired: false, value: fixed?.label });
  const base = makeField({ name: "base_url", label: "Other address", isRequired: false, help: "Only for a proxy or a server of your own." });
  const replace = makeField({ name: "replace", label: "Replace the credential of the account that has this name", type: "checkbox", isRequired: false });
  const more = element("details", { class: "ps-more" }, element("summary", { text: "More" }));
  more.append(label.node, base.node);
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
  const layOut = () => {
    way = ways[choice ? Number(choice.input.value) : 0] ?? null;
    const isOauth = way?.kind === "oauth";
    const can = VIA.filter(([one]) => !one || (one === "device" ? way?.can_device : way?.can_browse));
    via = isOauth ? makeField({ name: "via", label: "Sign in", choices: can }) : null;
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
    form.setFields([integration, account, ...(choice ? [choice] : []), ...asked, ...(via ? [via] : []), replace]);
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
    extra: [note, more],
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
      const given = Object.fromEntries(asked.filter((one) => !one.isSecret && values[one.name]).map((one) => [one.name, values[one.name]]));
      const fields = { ...names(), base: given };
      if (label.input.value.trim()) fields.label = label.input.value.trim();
      if (base.input.value.trim()) fields.base_url = base.input.value.trim();
      const name = `${fields.integration}/${fields.account}`;
      if (way.kind !== "key") {
        const scheme = way.scheme === null ? {} : { scheme: way.scheme };
        const answer = await tools.ask("begin_sign_in", { ...fields, ...scheme, ...(values.via ? { via: values.via } : {}) }, secrets);
        tools.tell("");
        if (answer.ok) open((panel) => makeSignIn(answer.value, name, tools, panel));
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
  replace.node.hidden = true;
  layOut();
  look();
  if (refusal) form.refuse(refusal);
  return { node: form.node, focus: refusal ? undefined : form.focus };
}

// ---- accounts ------------------------------------------------------------------------------------------------------

function sayTimes(account) {
  const left = account.expires_at === null ? null : account.expires_at - Date.now() / 1000;
  const parts = [account.kind_words];
  if (left !== null && account.can_refresh) parts.push(left > 0 ? `renews itself, ${formatSpan(left)} left` : "renews itself at the next call");
  else if (left !== null) parts.push(left > 0 ? `expires in ${formatSpan(left)}` : `expired ${formatInstant(account.expires_at)}`);
  if (account.used_at !== null) parts.push(`last used ${formatInstant(account.used_at)}${account.used_by ? ` by ${account.used_by}` : ""}`);
  if (account.checked_at !== null) parts.push(`tested ${formatInstant(account.checked_at)}`);
  return parts.join(" · ");
}

/** One account: who, how it is, what can be done. A form opens beneath it. */
function makeRow(tools, signal) {
  const health = makeHealth();
  const who = element("span", { class: "ps-who" });
  const label = element("span", { class: "ps-soft" });
  const tag = element("span", { class: "ps-tag", text: "active" });
  const facts = element("div", { class: "ps-facts" });
  const scopes = element("div", { class: "ps-facts" });
  const fix = element("div", { class: "ps-fix" });
  const drawer = makeDrawer(signal);
  const buttons = Object.fromEntries(["test", "signIn", "use", "rename", "remove"].map((name) => [name, makeButton()]));
  const actions = element("div", { class: "ps-buttons ps-quiet", role: "group" }, ...Object.values(buttons));
  const head = element("div", { class: "ps-line" }, element("div", { class: "ps-title" }, who, label, tag, health.node), actions);
  const node = element("li", { class: "ps-account" }, head, facts, scopes, fix, drawer.node);
  let account = null;
  const names = () => ({ integration: account.integration, account: account.account });
  const pending = new Map();
  const press = async (button, busy, type, fields = {}) => {
    if (pending.has(button)) return null;
    pending.set(button, busy);
    draw(account);
    const answer = await tools.ask(type, { ...names(), ...fields });
    pending.delete(button);
    tools.tell(answer.ok ? "" : answer.error);
    draw(account);
    return answer;
  };
  const on = (button, listener) => button.addEventListener("click", listener, { signal });
  on(buttons.test, async () => {
    const answer = await press(buttons.test, "Testing…", "check");
    if (answer?.ok) tools.say(`${account.account}: ${answer.value.state.replace("_", " ")}. ${answer.value.fix}`);
  });
  on(buttons.use, async () => {
    const answer = await press(buttons.use, "Making active…", "use");
    if (answer?.ok) tools.say(`New calls to ${account.integration} go as ${account.account}.`);
    if (answer?.ok && node.contains(document.activeElement)) buttons.test.focus();
  });
  on(buttons.signIn, async () => {
    const name = `${account.integration}/${account.account}`;
    const answer = await press(buttons.signIn, "Beginning…", "begin_sign_in");
    if (!answer) return;
    tools.tell("");
    const open = (make) => drawer.open(make, buttons.signIn);
    if (drawer.isOpen()) drawer.close(false);
    if (answer.ok) open((panel) => makeSignIn(answer.value, name, tools, panel));
    else open((panel) => makeAdd(tools, { ...panel, open: (make) => (drawer.close(false), open(make)) }, account, answer.error));
  });
  on(buttons.rename, () =>
    drawer.open((panel) => {
      const field = makeField({ name: "label", value: account.label, isRequired: false, help: `Shown beside ${account.account}; in code the name stays.` });
      return makeForm({
        title: `Label of ${account.account}`,
        fields: [field],
        submit: "Save label",
        busy: "Saving…",
        signal: panel.signal,
        onClose: panel.close,
        onSubmit: async (read) => {
          const answer = await tools.ask("describe", { ...names(), label: read().values.label });
          tools.tell("");
          if (answer.ok) panel.close();
          return answer;
        },
      });
    }, buttons.rename),
  );
  on(buttons.remove, async () => {
    tools.leaving(account, true);
    const answer = await press(buttons.remove, "Removing…", "remove");
    if (answer === null) return;
    tools.leaving(account, false);
    if (answer.ok) tools.bury(account, answer.value.undo);
  });
  const draw = (fresh) => {
    account = fresh;
    health.draw(account);
    write(who, account.account);
    write(label, account.label);
    label.hidden = !account.label;
    tag.hidden = !account.is_active;
    write(facts, sayTimes(account));
    const extra = [...account.address.map(([name, value]) => `${sayName(name)} ${value}`), account.is_sealed ? "from a sealed bundle" : ""];
    write(scopes, [account.scopes.length ? `Scopes: ${account.scopes.join(", ")}` : "", ...extra].filter(Boolean).join(" · "));
    scopes.hidden = !scopes.textContent;
    write(fix, account.fix);
    fix.hidden = !account.fix;
    setAttribute(actions, "aria-label", `${account.integration} ${account.account}`);
    buttons.signIn.hidden = account.kind !== "oauth";
    buttons.use.hidden = account.is_active;
    buttons.rename.hidden = buttons.remove.hidden = account.is_sealed;
    const texts = { test: "Test", signIn: "Sign in again", use: "Make active", rename: "Rename", remove: "Remove" };
    for (const [name, button] of Object.entries(buttons)) {
      write(button, pending.get(button) ?? texts[name]);
      setAttribute(button, "aria-disabled", pending.has(button) ? "true" : null);
    }
  };
  return { node, draw, tick: () => write(facts, sayTimes(account)), button: (text) => Object.values(buttons).find((one) => one.textContent === text) };
}

/** What stands in a removed account's place for ten seconds. */
function makeGhost(account, undo, tools, signal, onEnd) {
  const button = makeButton("Undo");
  const left = element("span", { class: "ps-soft", "aria-hidden": "true" });
  const node = element("li", { class: "ps-account ps-gone" }, element("span", {}, element("b", { text: account.account }), " was removed."), button, left);
  let seconds = UNDO_S;
  const tick = () => {
    write(left, `${seconds} s`);
    if ((seconds -= 1) < 0) onEnd();
  };
  const timer = setInterval(tick, 1000);
  const end = () => clearInterval(timer);
  signal.addEventListener("abort", end);
  button.addEventListener(
    "click",
    async () => {
      end();
      const answer = await tools.ask("undo", { undo });
      tools.tell(answer.ok ? "" : answer.error);
      onEnd(answer.ok);
    },
    { signal },
  );
  tick();
  return { node, end, focus: () => button.focus(), draw: () => {}, tick: () => {} };
}

/** All accounts, grouped by integration; a row stays the same node as long as its account does. */
function makeAccounts(tools, signal) {
  const node = element("div", { class: "ps-groups" });
  const empty = element("div", { class: "ps-empty", text: "No accounts yet. Add one to call a service as yourself." });
  const rows = new Map();
  const ghosts = new Map();
  const groups = new Map();
  const leaving = new Map();
  let accounts = [];
  const nameOf = (one) => `${one.integration}/${one.account}`;
  const draw = (fresh) => {
    accounts = fresh;
    const shown = new Map(accounts.map((one) => [nameOf(one), one]));
    for (const [name, ghost] of ghosts) {
      if (!shown.has(name)) shown.set(name, ghost.account);
      else drop(name);
    }
    for (const [name, account] of leaving) if (!shown.has(name)) shown.set(name, account);
    for (const [name, row] of rows) {
      if (shown.has(name) && !ghosts.has(name)) continue;
      row.life.abort();
      row.node.remove();
      rows.delete(name);
    }
    const byService = new Map();
    for (const name of [...shown.keys()].sort()) {
      const service = shown.get(name).integration;
      byService.set(service, [...(byService.get(service) ?? []), name]);
    }
    for (const [service, group] of groups) {
      if (byService.has(service)) continue;
      group.node.remove();
      groups.delete(service);
    }
    let at = 0;
    for (const [service, names] of byService) {
      if (!groups.has(service)) {
        const heading = element("div", { class: "ps-service", role: "heading", "aria-level": "4", text: service, id: makeId() });
        const list = element("ul", { class: "ps-list", "aria-labelledby": heading.id });
        groups.set(service, { node: element("section", { class: "ps-group" }, heading, list), list });
      }
      const group = groups.get(service);
      if (node.children[at] !== group.node) node.insertBefore(group.node, node.children[at] ?? null);
      at += 1;
      names.forEach((name, place) => {
        if (!ghosts.has(name) && !rows.has(name)) {
          const life = new AbortController();
          signal.addEventListener("abort", () => life.abort(), { signal: life.signal });
          rows.set(name, { ...makeRow(tools, life.signal), life });
        }
        const row = ghosts.get(name) ?? rows.get(name);
        row.draw(shown.get(name));
        if (group.list.children[place] !== row.node) group.list.insertBefore(row.node, group.list.children[place] ?? null);
      });
    }
    empty.hidden = shown.size > 0;
    if (!empty.isConnected) node.append(empty);
  };
  const drop = (name) => {
    const ghost = ghosts.get(name);
    ghost.end();
    ghost.node.remove();
    ghosts.delete(name);
  };
  const bury = (account, undo) => {
    const name = nameOf(account);
    const onEnd = (isBack = false) => {
      const ghost = ghosts.get(name);
      if (!ghost) {
        if (isBack) rows.get(name)?.button("Remove")?.focus();
        return;
      }
      const hadFocus = ghost.node.contains(document.activeElement);
      drop(name);
      draw(accounts);
      if (hadFocus) (isBack ? rows.get(name)?.button("Remove") : tools.neighbour())?.focus();
    };
    ghosts.set(name, { ...makeGhost(account, undo, tools, signal, onEnd), account });
    draw(accounts.filter((one) => nameOf(one) !== name));
    ghosts.get(name)?.focus();
    tools.say(`${account.account} was removed. Undo within ten seconds.`);
  };
  return {
    node,
    draw,
    bury,
    leaving: (account, is) => (is ? leaving.set(nameOf(account), account) : leaving.delete(nameOf(account))),
    tick: () => rows.forEach((row) => row.tick()),
    find: (name, text) => rows.get(name)?.button(text),
  };
}
