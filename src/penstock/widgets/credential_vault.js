// The credential vault: create, unlock, accounts, sign-ins, ways in. The state comes as one trait (`vault`), everything
// else is a question. A secret goes once as a buffer, its field is empty by then; a recovery key is shown from one answer.

const BUSY = "The kernel is busy: press ■ to interrupt";

// ---- the vault that is not there yet, or locked --------------------------------------------------------------------

function makeCreate(tools, signal, close) {
  const fresh = makeNewPassword(tools, signal);
  const recovery = makeField({ name: "recovery", label: "Make a recovery key as well", type: "checkbox", value: true, isRequired: false });
  const form = makeForm({
    title: "Create the vault",
    text: "It keeps credentials encrypted with a password of yours. Nobody can reset it: without the password and the recovery key what is inside is lost.",
    fields: [...fresh.fields, recovery],
    submit: "Create vault",
    busy: "Creating…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const wrong = fresh.check();
      if (wrong) return wrong;
      const { values, secrets } = read();
      const answer = await tools.ask("create", { recovery: values.recovery }, fresh.take(secrets));
      tools.tell("");
      if (answer.ok) close?.();
      if (answer.ok) tools.showOnce(answer.value?.recovery_key);
      return answer;
    },
  });
  return { node: form.node, focus: form.focus };
}

function makeUnlock(tools, signal, close) {
  const wayIn = makeWayIn(tools.kinds(), signal);
  const restore = makeField({ name: "restore", label: "Use this older file: I have put a backup in the vault's place", type: "checkbox", isRequired: false });
  restore.node.hidden = true;
  const form = makeForm({
    title: "The vault is locked",
    fields: [...wayIn.fields, restore],
    submit: "Unlock",
    busy: "Unlocking…",
    signal,
    onClose: close,
    onSubmit: async (read) => {
      const given = read();
      const [fields, secrets] = wayIn.read(given);
      const answer = await tools.ask("unlock", { ...fields, ...(given.values.restore ? { restore: true } : {}) }, secrets);
      tools.tell("");
      if (answer.value?.kind === "VaultRolledBack") restore.node.hidden = false;
      if (answer.ok) close?.();
      if (answer.ok) tools.say("The vault is unlocked.");
      return answer;
    },
  });
  return { node: form.node, focus: wayIn.focus };
}

/** What there is to do first, and beneath it a button for the other thing: on a machine that keeps nothing the bundle is first. */
function makeEntrance(tools, signal, makeOwn, words) {
  const own = (panel) => makeOwn(tools, panel.signal, panel.close);
  const sealed = (panel) => makeSealed(tools, panel);
  const [first, then, text] = tools.isKept() ? [own, sealed, "Open a sealed bundle"] : [sealed, own, words];
  const main = first({ signal });
  const drawer = makeDrawer(signal);
  const button = makeButton(text);
  button.addEventListener("click", () => drawer.open(then, button), { signal });
  const node = element("div", {}, main.node, element("div", { class: "ps-buttons ps-quiet ps-other" }, button), drawer.node);
  return { node, focus: main.focus };
}

// ---- the whole ----------------------------------------------------------------------------------------------------

function drawVault(root, model, signal) {
  const state = element("span", { class: "ps-soft" });
  const add = makeButton("Add account");
  const lock = makeButton("Lock");
  const head = element("div", { class: "ps-buttons", role: "group", "aria-label": "Vault" }, add, lock);
  const title = element("div", { class: "ps-title" }, element("span", { class: "ps-name", role: "heading", "aria-level": "3", text: "Credential vault" }), state);
  const note = element("div", { class: "ps-note" });
  const trouble = element("div", { class: "ps-error", role: "alert", hidden: "" });
  const hint = element("div", { class: "ps-busy", role: "alert", hidden: "" });
  const done = element("div", { class: "ps-says", hidden: "" });
  const voice = element("div", { class: "ps-said", role: "status", "aria-live": "polite" });
  const place = element("div", { class: "ps-place" });
  const once = element("div");
  const speak = makeVoice(voice, signal, 1000);
  const tell = (text) => {
    write(hint, text);
    hint.hidden = !text;
    if (text) done.hidden = true;
  };
  let view = "";
  let viewLife = null;
  let hasShownIdleEnd = 0;
  const listeners = new Set();
  const vault = () => model.get("vault");
  const ask = makeAsk(model, signal, () => tell(BUSY));
  const tools = {
    ask,
    tell,
    say: (text, isShown = false) => {
      speak(text);
      write(done, isShown ? text : "");
      done.hidden = !isShown;
    },
    kinds: () => [...new Set(vault().ways.map((way) => way.kind.replace(" ", "_")))],
    ways: () => vault().ways,
    isKept: () => vault().is_kept,
    accounts: () => vault().accounts,
    integrations: () => model.get("integrations"),
    onVault: (listener, until) => {
      listeners.add(listener);
      until.addEventListener("abort", () => listeners.delete(listener));
    },
    showOnce: (key) => {
      if (!key) return;
      const life = new AbortController();
      signal.addEventListener("abort", () => life.abort(), { signal: life.signal });
      const panel = makeOnce(key, vault().is_kept, () => {
        life.abort();
        once.replaceChildren();
        add.focus();
      }, life.signal);
      once.replaceChildren(panel.node);
      panel.focus();
    },
    neighbour: () => place.querySelector(".ps-account button:not([hidden])") ?? add,
    focusAccount: (name, text) => accounts.find(name, text)?.focus(),
    bury: (...all) => accounts.bury(...all),
    leaving: (...all) => accounts.leaving(...all),
  };
  const accounts = makeAccounts(tools, signal);
  const adding = makeDrawer(signal);
  const settings = makeDrawer(signal);
  const openAdd = (make) => {
    if (adding.isOpen()) adding.close(false);
    adding.open(make, add);
  };
  const foot = element("div", { class: "ps-buttons ps-quiet", role: "group", "aria-label": "Vault settings" });
  // Beside an open bundle the vault itself may be locked, or not be there.
  const own = (make) => (t, panel) => make(t, panel.signal, panel.close);
  const offers = [
    ["Create a vault", own(makeCreate), (v) => !v.exists],
    ["Unlock the vault", own(makeUnlock), (v) => v.exists && v.accounts.length > 0 && v.accounts.every((one) => one.is_sealed)],
    ["Ways in", makeWays, (v) => v.exists],
    ["Change password", makeChangePassword, (v) => v.exists],
    ["Rotate keys", makeRotate, (v) => v.exists],
    ["Back up", makeBackup, (v) => v.exists],
  ].map(([text, make, isOffered]) => {
    const button = makeButton(text);
    button.addEventListener("click", () => settings.open((panel) => make(tools, panel), button), { signal });
    foot.append(button);
    return (v) => (button.hidden = !isOffered(v));
  });
  const path = element("div", { class: "ps-path" });
  const open = element("div", { class: "ps-open" }, adding.node, accounts.node, element("div", { class: "ps-foot" }, foot, path), settings.node);
  add.addEventListener("click", () => (adding.isOpen() ? adding.close() : openAdd((panel) => makeAdd(tools, { ...panel, open: openAdd }))), { signal });
  lock.addEventListener("click", async () => {
    const answer = await ask("lock");
    tell(answer.ok ? "" : answer.error);
    if (answer.ok) speak("The vault is locked.");
  }, { signal });
  // Another notebook, or time, may have changed it while nobody looked.
  const onSight = () => document.visibilityState === "visible" && ask("look", {}, {}, true);
  document.addEventListener("visibilitychange", onSight, { signal });
  root.append(element("div", { class: "ps-head" }, title, head), note, trouble, once, place, done, hint, voice);

  const drawTimes = () => {
    const v = vault();
    const now = Date.now() / 1000;
    const parts = [v.is_locked ? (v.exists ? "locked" : "not created yet") : v.exists ? "unlocked" : "a sealed bundle is open"];
    if (!v.is_locked && v.idle_ends_at !== null) parts.push(`locks in ${formatSpan(v.idle_ends_at - now)} unless used`);
    if (!v.is_locked && v.ends_at !== null) parts.push(`at ${formatInstant(v.ends_at)} at the latest`);
    write(state, parts.join(" · "));
    accounts.tick();
    const end = Math.min(v.idle_ends_at ?? Infinity, v.ends_at ?? Infinity);
    if (!v.is_locked && now > end + 1 && hasShownIdleEnd !== end) {
      hasShownIdleEnd = end;
      ask("look", {}, {}, true);
    }
  };
  const draw = () => {
    const v = vault();
    const next = v.is_locked ? (v.exists ? "locked" : "create") : "open";
    head.hidden = next !== "open";
    add.hidden = !v.exists;
    for (const offer of offers) offer(v);
    write(note, v.note || (v.is_kept ? "" : "Nothing is kept here: the vault ends with this session."));
    note.hidden = !note.textContent;
    write(trouble, v.trouble);
    trouble.hidden = !v.trouble;
    write(path, [v.exists ? v.path : "", v.is_locked ? "" : v.where === "agent" ? (v.exists ? "kept unlocked by the agent" : "kept open by the agent") : v.where === "here" ? (v.exists ? "unlocked in this kernel only" : "open in this kernel only") : ""].filter(Boolean).join(" · "));
    accounts.draw(v.accounts);
    if (next !== view) {
      const hadFocus = root.contains(document.activeElement);
      viewLife?.abort();
      viewLife = new AbortController();
      for (const drawer of [adding, settings]) drawer.close(false);
      const entrances = { create: [makeCreate, "Create a vault"], locked: [makeUnlock, "Unlock the vault"] };
      const panel = next === "open" ? { node: open, focus: () => (v.exists ? add : lock).focus() } : makeEntrance(tools, viewLife.signal, ...entrances[next]);
      if (next !== "open") once.replaceChildren();
      place.replaceChildren(panel.node);
      if (hadFocus) panel.focus();
      view = next;
    }
    drawTimes();
    for (const listener of listeners) listener();
  };
  model.on("change:vault", draw);
  const ticking = setInterval(drawTimes, 1000);
  signal.addEventListener("abort", () => {
    model.off("change:vault", draw);
    clearInterval(ticking);
    viewLife?.abort();
  });
  draw();
}

export default {
  render({ model, el }) {
    const life = new AbortController();
    const root = element("div", { class: "penstock ps-vault", role: "region", "aria-label": "Credential vault", "data-lm-suppress-shortcuts": "true" });
    el.append(root);
    drawVault(root, model, life.signal);
    return () => {
      life.abort();
      root.remove();
    };
  },
};
