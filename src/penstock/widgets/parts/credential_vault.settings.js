// The credential vault's settings: ways in, another password, new keys, a backup, a sealed bundle.

function makeWays(tools, { signal, close }) {
  const list = element("ul", { class: "ps-list" });
  const adding = [["recovery", "A recovery key"], ["keyring", "This machine's keyring, for 12 hours"], ["password", "Another password"], ["key_file", "A key file"]];
  const choice = makeField({ name: "kind", label: "Add", choices: adding });
  const fresh = makeNewPassword(tools, signal);
  const path = makeField({ name: "path", label: "Path of the new key file" });
  const layOut = () => {
    for (const field of fresh.fields) field.node.hidden = choice.input.value !== "password";
    path.node.hidden = choice.input.value !== "key_file";
  };
  choice.input.addEventListener("change", layOut, { signal });
  layOut();
  const form = makeForm({
    title: "Ways in",
    fields: [choice, ...fresh.fields, path],
    submit: "Add way in",
    busy: "Adding…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const kind = choice.input.value;
      const wrong = kind === "password" ? fresh.check() : null;
      if (wrong) return wrong;
      const { values, secrets } = read();
      const answer = await tools.ask("add_way", { kind, ...(values.path ? { path: values.path } : {}) }, fresh.take(secrets));
      tools.tell("");
      if (answer.ok) tools.say("The way in was added.");
      if (answer.ok && answer.value?.recovery_key) tools.showOnce(answer.value.recovery_key);
      return answer;
    },
  });
  form.node.firstChild.after(list);
  const drawer = makeDrawer(signal);
  const sealed = makeButton("Open a sealed bundle");
  sealed.addEventListener("click", () => drawer.open((panel) => makeSealed(tools, panel), sealed), { signal });
  const node = element("div", {}, form.node, element("div", { class: "ps-buttons ps-quiet ps-other" }, sealed), drawer.node);
  const draw = () => {
    const ways = tools.ways();
    list.replaceChildren(
      ...ways.map((way) => {
        const remove = makeButton("Remove");
        setAttribute(remove, "aria-label", `Remove ${way.kind} ${way.name}`);
        remove.addEventListener("click", async () => {
          const answer = await tools.ask("remove_way", { name: way.name });
          tools.tell("");
          if (answer.ok) form.focus();
          else form.refuse(answer.error, choice.input);
        });
        const ends = way.expires_at === null ? "" : `until ${formatInstant(way.expires_at)}`;
        const words = element("span", {}, way.kind, element("span", { class: "ps-soft", text: ` ${way.name} ${ends}` }));
        return element("li", { class: "ps-line" }, words, element("div", { class: "ps-buttons ps-quiet" }, remove));
      }),
    );
  };
  tools.onVault(draw, signal);
  draw();
  return { node, focus: form.focus };
}

/** A bundle's text and its key. Without `close` it stands where nothing else can be done, and has no Cancel. */
function makeSealed(tools, { signal, close }) {
  const text = makeField({ name: "text", label: "Bundle", isLong: true, help: "The whole text, from penstock-sealed on. Without its key it opens nothing." });
  const key = makeField({ name: "key", label: "Key of the bundle", isSecret: true });
  const form = makeForm({
    title: "Open a sealed bundle",
    text: "Its accounts can be used as long as it lasts; nothing is written to this machine.",
    fields: [text, key],
    submit: "Open bundle",
    busy: "Opening…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const { values, secrets } = read();
      const answer = await tools.ask("open_sealed", { text: values.text }, secrets);
      tools.tell("");
      if (!answer.ok) return answer;
      const count = answer.value.accounts.length;
      tools.say(`The bundle is open: ${count} ${count === 1 ? "account" : "accounts"}.`, true);
      text.input.value = "";
      close?.();
      return answer;
    },
  });
  return { node: form.node, focus: form.focus };
}

function makeChangePassword(tools, { signal, close }) {
  const old = makeField({ name: "old", label: "Password now", isSecret: true });
  const fresh = makeNewPassword(tools, signal, "new", "New password");
  return makeForm({
    title: "Change the password",
    text: "Backups made before still open with the old one. Where others may know it, rotate the keys as well.",
    fields: [old, ...fresh.fields],
    submit: "Set new password",
    busy: "Changing…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const wrong = fresh.check();
      if (wrong) return wrong;
      const answer = await tools.ask("change_password", {}, fresh.take(read().secrets));
      tools.tell("");
      if (answer.ok) tools.say("The password was changed.", true);
      if (answer.ok) close();
      return answer;
    },
  });
}

function makeRotate(tools, { signal, close }) {
  const warning = element("div", { class: "ps-note" });
  const wayIn = makeWayIn(tools.kinds(), signal, (kind) => {
    const dropped = tools.ways().filter((way) => way.kind.replace(" ", "_") !== kind).map((way) => way.kind);
    const lost = dropped.length ? ` No longer: ${dropped.join(", ")}; add them again afterwards.` : "";
    write(warning, `Everything is encrypted anew under new keys. Only the way in given here stays.${lost}`);
  });
  const form = makeForm({
    title: "Rotate the keys",
    fields: wayIn.fields,
    submit: "Rotate now",
    busy: "Rotating…",
    extra: [warning],
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const answer = await tools.ask("rotate", ...wayIn.read(read()));
      tools.tell("");
      if (!answer.ok) return answer;
      const { dropped } = answer.value;
      tools.say(`The keys were rotated.${dropped.length ? ` Dropped: ${dropped.join(", ")}.` : ""}`, true);
      close();
      return answer;
    },
  });
  return { node: form.node, focus: wayIn.focus };
}

function makeBackup(tools, { signal, close }) {
  const path = makeField({ name: "path", label: "New file", value: "credentials-backup.psk", help: "The copy is encrypted as the vault is, and opens with the same ways in." });
  return makeForm({
    title: "Back up",
    fields: [path],
    submit: "Write backup",
    busy: "Writing…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const { values } = read();
      const answer = await tools.ask("backup", { path: values.path });
      tools.tell("");
      if (answer.ok) tools.say(`The backup was written to ${values.path}.`, true);
      if (answer.ok) close();
      return answer;
    },
  });
}
