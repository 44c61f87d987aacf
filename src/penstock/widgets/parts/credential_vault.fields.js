// The credential vault's own fields: a new password, a way in, the recovery key that is shown once.

const SHORTEST = 12; // characters of a password, as vault/passwords.py has it
const WAYS = [
  ["password", "Password"],
  ["recovery_key", "Recovery key"],
  ["key_file", "Key file"],
  ["keyring", "This machine's keyring"],
];

/** How strong a password is, by the rule of vault/passwords.py; counted here, so that nothing is sent while it is typed. */
function estimateStrength(password) {
  let bits = 0;
  let previous = "";
  const pairs = new Set();
  for (const character of password.normalize("NFKC")) {
    const pair = previous + character;
    const isNext = previous && Math.abs(character.codePointAt(0) - previous.codePointAt(0)) <= 1;
    if (pairs.has(pair) || isNext) bits += 1;
    else bits += /\p{Lowercase}/u.test(character) ? 3 : /\p{Nd}/u.test(character) ? 3.3 : 4;
    pairs.add(pair);
    previous = character;
  }
  const step = [[40, "weak"], [60, "fair"], [80, "good"]].find(([most]) => bits < most);
  return { bits, words: step ? step[1] : "strong" };
}

/** A new password: two fields, how strong it is, a phrase to take instead, and a look at it. */
function makeNewPassword(tools, signal, name = "password", label = "Password") {
  const first = makeField({ name, label, isSecret: true });
  const again = makeField({ name: "again", label: `${label} again`, isSecret: true });
  const meter = element("div", { class: "ps-meter", "aria-hidden": "true" }, element("div"));
  const words = element("div", { class: "ps-help", id: makeId() });
  const suggest = makeButton("Suggest a phrase");
  const show = makeButton("Show");
  setAttribute(first.input, "aria-describedby", words.id);
  const look = (isShown) => {
    for (const field of [first, again]) field.input.type = isShown ? "text" : "password";
    write(show, isShown ? "Hide" : "Show");
    setAttribute(show, "aria-pressed", String(isShown));
  };
  const measure = () => {
    const { bits, words: step } = estimateStrength(first.input.value);
    const missing = SHORTEST - [...first.input.value.normalize("NFKC")].length;
    meter.firstChild.style.width = `${Math.min(100, bits)}%`;
    meter.dataset.step = step;
    if (!first.input.value) write(words, `At least ${SHORTEST} characters; five random words make a good one.`);
    else if (missing > 0) write(words, `${missing} more ${missing === 1 ? "character" : "characters"} needed.`);
    else write(words, `Strength: ${step}, about ${Math.floor(bits)} bits.`);
  };
  first.input.addEventListener("input", measure, { signal });
  show.addEventListener("click", () => look(first.input.type === "password"), { signal });
  suggest.addEventListener(
    "click",
    async () => {
      const answer = await tools.ask("suggest");
      tools.tell(answer.ok ? "" : answer.error);
      if (!answer.ok || signal.aborted) return;
      first.input.value = again.input.value = answer.value.phrase;
      measure();
      write(words, `${words.textContent} Show it, and write it down.`);
      show.focus();
    },
    { signal },
  );
  measure();
  const aside = element("div", { class: "ps-aside" }, meter, words, element("div", { class: "ps-buttons ps-quiet" }, suggest, show));
  first.node.append(aside);
  const check = () => {
    if ([...first.input.value.normalize("NFKC")].length < SHORTEST) {
      return { ok: false, error: `The password needs at least ${SHORTEST} characters.`, input: first.input };
    }
    if (first.input.value !== again.input.value) return { ok: false, error: "The two are not the same.", input: again.input };
    look(false);
    return null;
  };
  const take = (secrets) => {
    secrets.again?.fill(0);
    delete secrets.again;
    measure();
    return secrets;
  };
  return { fields: [first, again], check, take };
}

/** The choice of a way into the vault and the field it needs; `kinds` are those there are. */
function makeWayIn(kinds, signal, onChoice = () => {}) {
  const known = WAYS.filter(([kind]) => kinds.length === 0 || kinds.includes(kind));
  const choice = makeField({ name: "kind", label: "With", choices: known.length ? known : WAYS });
  const secrets = ["password", "recovery_key"].map((name) => makeField({ name, isSecret: true }));
  const path = makeField({ name: "path", label: "Path of the key file" });
  const fields = [choice, ...secrets, path];
  const draw = () => {
    const kind = choice.input.value;
    for (const field of secrets) field.node.hidden = field.name !== kind;
    path.node.hidden = kind !== "key_file";
    onChoice(kind);
  };
  choice.node.hidden = known.length === 1;
  choice.input.addEventListener("change", draw, { signal });
  draw();
  const read = ({ values, secrets: taken }) => [{ kind: choice.input.value, ...(values.path ? { path: values.path } : {}) }, taken];
  return { fields, read, focus: () => (fields.slice(1).find((one) => !one.node.hidden)?.input ?? choice.input).focus() };
}

/** The recovery key, shown this once. It is text in the page until it is confirmed, and then nowhere. */
function makeOnce(key, isKept, onDone, signal) {
  const written = makeField({ name: "written", label: "I have written it down", type: "checkbox", isRequired: false });
  const done = makeButton("Done");
  done.className = "ps-primary";
  const refuse = element("div", { class: "ps-error", role: "alert", hidden: "", text: "Tick the box first: it will not be shown again." });
  const text = isKept
    ? "It opens the vault when the password is forgotten. It is shown this once: write it down, or print it, and keep it away from this machine."
    : "Nothing is kept here when the session ends, so this key is of use only until then.";
  const title = element("div", { class: "ps-form-title", role: "heading", "aria-level": "4", text: "Recovery key" });
  const node = element("div", { class: "ps-form ps-once", role: "group", "aria-label": "Recovery key" }, title, element("p", { class: "ps-intro", text }));
  node.append(makeCopyable(key, "Recovery key", signal), written.node, refuse, element("div", { class: "ps-buttons" }, done));
  done.addEventListener("click", () => {
    refuse.hidden = written.input.checked;
    if (written.input.checked) onDone();
    else written.input.focus();
  }, { signal });
  return { node, focus: () => written.input.focus() };
}
