// The credential vault's accounts: rows, and what stands in a removed one's place.

const UNDO_S = 10;

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
