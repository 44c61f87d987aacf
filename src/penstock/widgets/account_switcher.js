// Which account new calls go as: a radio group that asks, and says what the kernel answers.

const BUSY = "The kernel is busy: press ■ to interrupt";

/** One account: a real radio, its name, how it is. */
function makeChoice(group) {
  const input = element("input", { type: "radio", name: group, id: makeId() });
  const who = element("span", { class: "ps-who" });
  const label = element("span", { class: "ps-soft" });
  const tag = element("span", { class: "ps-tag", text: "active" });
  const health = makeHealth();
  const node = element("label", { class: "ps-choice", for: input.id }, input, who, label, tag, health.node);
  const draw = (account, pending) => {
    input.value = account.account;
    input.checked = pending === null ? account.is_active : pending === account.account;
    write(who, account.account);
    write(label, account.label);
    label.hidden = !account.label;
    tag.hidden = !account.is_active;
    node.classList.toggle("ps-chosen", account.is_active);
    health.draw(account);
  };
  return { node, input, draw };
}

function drawSwitcher(root, model, signal) {
  const group = makeId();
  const legend = element("legend", {}, "Account of ", element("b", { text: model.get("integration") }));
  const list = element("div", { class: "ps-choices" });
  const empty = element("div", { class: "ps-soft" });
  const said = element("div", { class: "ps-says", role: "status", "aria-live": "polite" });
  const hint = element("div", { class: "ps-busy", role: "alert", hidden: "" });
  root.append(element("fieldset", {}, legend, list, empty), said, hint);
  const tell = (text) => {
    write(hint, text);
    hint.hidden = !text;
  };
  const ask = makeAsk(model, signal, () => tell(BUSY));
  const choices = new Map();
  let pending = null;

  const take = async (account) => {
    if (pending !== null || model.get("accounts").find((one) => one.is_active)?.account === account) return;
    pending = account;
    draw();
    const answer = await ask("use", { account });
    pending = null;
    tell(answer.ok ? "" : answer.error);
    if (answer.ok) write(said, answer.value.says);
    draw();
  };
  const move = (from, step) => {
    const all = [...list.querySelectorAll("input")];
    all[(all.indexOf(from) + step + all.length) % all.length].focus();
  };
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const onKey = (event) => {
    // The arrows move, Enter and Space take: going past an account must not send calls as somebody else.
    if (event.key in steps) move(event.target, steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") take(event.target.value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event) => {
    if (event.target.tagName !== "INPUT") return;
    const account = event.target.value;
    event.preventDefault(); // the mark moves when the kernel says so
    setTimeout(() => signal.aborted || take(account));
  };
  list.addEventListener("keydown", onKey, { signal });
  list.addEventListener("click", onClick, { signal });

  const draw = () => {
    const accounts = model.get("accounts");
    const trouble = model.get("trouble");
    for (const [name, choice] of choices) {
      if (accounts.some((one) => one.account === name)) continue;
      choice.node.remove();
      choices.delete(name);
    }
    accounts.forEach((account, at) => {
      if (!choices.has(account.account)) choices.set(account.account, makeChoice(group));
      const choice = choices.get(account.account);
      if (list.children[at] !== choice.node) list.insertBefore(choice.node, list.children[at] ?? null);
      choice.draw(account, pending);
    });
    const marked = accounts.find((one) => one.is_active)?.account ?? accounts[0]?.account;
    for (const [name, choice] of choices) choice.input.tabIndex = name === marked ? 0 : -1;
    write(empty, trouble || (accounts.length ? "" : "No account yet: add one in the credential vault, ps.vault()."));
    empty.hidden = !empty.textContent;
    if (trouble) write(said, "");
  };
  for (const name of ["accounts", "trouble"]) model.on(`change:${name}`, draw);
  signal.addEventListener("abort", () => {
    for (const name of ["accounts", "trouble"]) model.off(`change:${name}`, draw);
  });
  draw();
}

export default {
  render({ model, el }) {
    const life = new AbortController();
    const root = element("div", { class: "penstock ps-switcher", "data-lm-suppress-shortcuts": "true" });
    el.append(root);
    drawSwitcher(root, model, life.signal);
    return () => {
      life.abort();
      root.remove();
    };
  },
};
