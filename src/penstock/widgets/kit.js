// What every Penstock widget uses: elements, words for numbers, questions to the kernel with an answer, one voice.
// Not a module of its own: _assets.py puts it in front of each widget's file.

/** Make an element. Text goes in as text, never as HTML. */
function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Write text only where it differs: an unchanged node is not laid out again. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttribute(node, name, value) {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Make a button whose keys are its own: JupyterLab would take Enter, Escape and letters as commands of the notebook. */
function makeButton(text = "") {
  return element("button", { type: "button", text, "data-lm-suppress-shortcuts": "true" });
}

// ---- numbers, spans and instants in words (as batch/render.py says them) -------------------------------------------

const wholeNumbers = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

function formatCount(number) {
  return wholeNumbers.format(number);
}

function formatPercent(share) {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}

function formatRate(perSecond) {
  if (perSecond >= 99.95) return `${formatCount(perSecond)}/s`;
  if (perSecond >= 1 || perSecond <= 0) return `${perSecond.toFixed(1)}/s`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${perMinute.toFixed(0)}/min` : `${(perSecond * 3600).toFixed(1)}/h`;
}

function formatSpan(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** An instant (seconds since 1970) in the reader's zone: "14:32", with the day when it is not today. */
function formatInstant(wall) {
  const then = new Date(wall * 1000);
  const time = then.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === new Date().toDateString()) return time;
  return `${then.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" })} ${time}`;
}

// ---- questions to the kernel ---------------------------------------------------------------------------------------

/**
 * Return ask(type, fields, secrets): sends {id, type, ...fields} as a custom message and resolves with the kernel's
 * {id, ok, error, value}. Secrets (Uint8Array by name) go as buffers beside it and are wiped when it is answered; a page
 * that loses buffers is told so, and sends them once in the message itself.
 * Traits never carry a question: ipykernel may lock trait traffic while a cell runs, custom messages pass.
 * `onSilence` is called when nothing was heard within `patienceMs` (not even {type: "begun"}); an answer may come later.
 */
function makeAsk(model, signal, onSilence, patienceMs = 1000) {
  const waiting = new Map();
  let last = 0;
  const receive = (message) => {
    if (!message || !["ack", "begun"].includes(message.type) || !waiting.has(message.id)) return;
    const { resolve, timer } = waiting.get(message.id);
    clearTimeout(timer);
    if (message.type === "begun") return; // it was heard, and takes its time
    waiting.delete(message.id);
    resolve(message);
  };
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    for (const { timer } of waiting.values()) clearTimeout(timer);
    waiting.clear();
  });
  const put = (message, buffers, isQuiet) =>
    new Promise((resolve) => {
      const id = `${Date.now().toString(36)}-${(last += 1)}-${Math.random().toString(36).slice(2, 8)}`;
      waiting.set(id, { resolve, timer: isQuiet ? null : setTimeout(onSilence, patienceMs) });
      if (buffers.length) model.send({ id, ...message }, undefined, buffers);
      else model.send({ id, ...message });
    });
  return async (type, fields = {}, secrets = {}, isQuiet = false) => {
    const names = Object.keys(secrets);
    if (names.length === 0) return put({ ...fields, type }, [], isQuiet);
    const bytes = Object.values(secrets);
    const message = { ...fields, type, secrets: names };
    let answer = await put(message, bytes.map((one) => one.buffer), isQuiet);
    if (answer.value?.needs_values) {
      answer = await put({ ...message, values: bytes.map((one) => new TextDecoder().decode(one)) }, [], isQuiet);
    }
    for (const one of bytes) one.fill(0);
    return answer;
  };
}

/**
 * Let buttons ask: press(button, type, busy) asks once and shows `busy` until the answer; label(button, text) writes its
 * text. `tell` gets why a question was refused, "" when it was not; `redraw` is called whenever a button has changed.
 */
function makePress(ask, tell, redraw) {
  const pending = new Map();
  const press = (button, type, busy) => {
    if (pending.has(button)) return;
    pending.set(button, busy);
    redraw();
    ask(type).then((answer) => {
      pending.delete(button);
      tell(answer.ok ? "" : answer.error);
      redraw();
    });
  };
  const label = (button, text) => {
    write(button, pending.get(button) ?? text);
    setAttribute(button, "aria-disabled", pending.has(button) ? "true" : null);
  };
  return { press, label };
}

// ---- one voice for screen readers ----------------------------------------------------------------------------------

/** Return say(text, isUrgent): a polite live region that speaks at most every `gapMs`, the newest text first. */
function makeVoice(node, signal, gapMs = 5000) {
  let spokenAt = -Infinity;
  let pending = null;
  let timer = null;
  const speak = () => {
    timer = null;
    spokenAt = performance.now();
    if (pending !== null) write(node, pending);
    pending = null;
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return (text) => {
    pending = text;
    if (timer !== null) return;
    timer = setTimeout(speak, Math.max(0, spokenAt + gapMs - performance.now()));
  };
}

// ---- forms ---------------------------------------------------------------------------------------------------------

let lastId = 0;

function makeId() {
  return `ps-${(lastId += 1)}-${Math.random().toString(36).slice(2, 7)}`;
}

/** Take a secret out of its field: the bytes are returned, the field is empty. */
function takeSecret(input) {
  const bytes = new TextEncoder().encode(input.value).slice();
  input.value = "";
  return bytes;
}

/** Return a name of a field as a label: "api_key" is "API key". */
function sayName(name) {
  const words = { api: "API", id: "ID", url: "URL", oauth: "OAuth" };
  const text = name.split("_").map((word) => words[word] ?? word).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Make a labelled field: {node, input, name, isSecret, isRequired}. `choices` ([value, text] pairs) make it a choice,
 * `type: "checkbox"` a box with its label behind it, `isLong` a field of many lines. A secret is never completed, remembered or checked for spelling.
 */
function makeField({ name, label, type = "text", help = "", value = "", isSecret = false, isLong = false, isRequired = true, choices, suggestions }) {
  const id = makeId();
  const helpId = help ? `${id}-help` : null;
  const input = choices
    ? element("select", { id }, ...choices.map(([one, text]) => element("option", { value: one, text })))
    : element(isLong ? "textarea" : "input", {
        id,
        type: isLong ? null : isSecret ? "password" : type,
        rows: isLong ? 4 : null,
        class: isLong && isSecret ? "ps-dotted" : null,
        autocomplete: "off",
        autocapitalize: "none",
        spellcheck: "false",
        "data-1p-ignore": isSecret ? "true" : null,
        "data-lpignore": isSecret ? "true" : null,
      });
  if (type === "checkbox") input.checked = Boolean(value);
  else if (value || !choices) input.value = value;
  setAttribute(input, "aria-required", isRequired && type !== "checkbox" && !choices ? "true" : null);
  setAttribute(input, "aria-describedby", helpId);
  const extra = [];
  if (suggestions) {
    const list = element("datalist", { id: `${id}-list` }, ...suggestions.map((one) => element("option", { value: one })));
    setAttribute(input, "list", list.id);
    extra.push(list);
  }
  const text = element("label", { for: id, text: label ?? sayName(name) });
  if (!isRequired && !choices && type !== "checkbox") text.append(element("span", { class: "ps-optional", text: " optional" }));
  if (help) extra.push(element("div", { class: "ps-help", id: helpId, text: help }));
  const node = element("div", { class: type === "checkbox" ? "ps-field ps-check" : "ps-field" });
  node.append(...(type === "checkbox" ? [input, text] : [text, input]), ...extra);
  return { node, input, name, isSecret, isRequired, kind: type };
}

/**
 * Make a form. `onSubmit(read)` asks the kernel and resolves with its answer; `read()` gives {values, secrets} and empties
 * the secret fields at once. While it is asked the button says `busy`; a refusal is said in the form and described on
 * the field in question. Enter submits, Escape and Cancel close (`onClose`, where there is one).
 */
function makeForm({ title, text = "", fields, submit, busy, extra = [], onSubmit, onClose, signal }) {
  const error = element("div", { class: "ps-error", role: "alert", id: makeId(), hidden: "" });
  const button = element("button", { type: "submit", class: "ps-primary", text: submit });
  const cancel = makeButton("Cancel");
  const place = element("div", { class: "ps-fields" }, ...fields.map((field) => field.node));
  const heading = element("div", { class: "ps-form-title", role: "heading", "aria-level": "4", text: title, id: makeId() });
  const intro = element("p", { class: "ps-intro", text });
  intro.hidden = !text;
  const node = element("form", { class: "ps-form", novalidate: "", "aria-labelledby": heading.id, autocomplete: "off" });
  node.append(heading, intro, place, ...extra, error, element("div", { class: "ps-buttons" }, button, ...(onClose ? [cancel] : [])));
  let current = fields;
  let isAsking = false;
  const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
  const refuse = (words, input) => {
    write(error, words);
    error.hidden = !words;
    for (const field of current) {
      setAttribute(field.input, "aria-invalid", words && field.input === input ? "true" : null);
      if (field.input === input && words) setAttribute(input, "aria-errormessage", error.id);
    }
    if (words) (input ?? current.find((field) => field.isSecret && !field.node.hidden)?.input ?? current[0]?.input)?.focus();
  };
  const read = () => {
    const values = {};
    const secrets = {};
    for (const field of current.filter((one) => !one.node.hidden)) {
      if (!field.isSecret) values[field.name] = field.kind === "checkbox" ? field.input.checked : field.input.value.trim();
      else if (field.input.value) secrets[field.name] = takeSecret(field.input);
    }
    return { values, secrets };
  };
  on(node, "submit", async (event) => {
    event.preventDefault();
    if (isAsking) return;
    const empty = current.find((one) => one.isRequired && one.kind !== "checkbox" && !one.node.hidden && !one.input.value.trim());
    if (empty) return refuse(`${empty.node.querySelector("label").textContent} is missing.`, empty.input);
    refuse("");
    isAsking = true;
    write(button, busy);
    setAttribute(button, "aria-disabled", "true");
    const answer = await onSubmit(read);
    isAsking = false;
    write(button, submit);
    setAttribute(button, "aria-disabled", null);
    if (answer && !answer.ok) refuse(answer.error, answer.input);
  });
  on(cancel, "click", () => onClose());
  on(node, "keydown", (event) => {
    // In JupyterLab Enter in a field does not submit by itself.
    if (event.key === "Enter" && event.target.tagName === "INPUT" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      node.requestSubmit();
    }
    if (event.key !== "Escape" || !onClose) return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  });
  // Fields that stay are not taken out and put back: that would take the focus from the one being typed in.
  const setFields = (fresh) => {
    for (const field of current) if (!fresh.includes(field)) field.node.remove();
    fresh.forEach((field, at) => {
      if (place.children[at] !== field.node) place.insertBefore(field.node, place.children[at] ?? null);
    });
    current = fresh;
  };
  const name = (words) => write(button, (submit = words));
  return { node, setFields, refuse, name, focus: () => (current.find((one) => !one.node.hidden)?.input ?? button).focus() };
}

/** A place for one panel at a time. `open(make, opener)`: the panel has a signal of its own; closed, the focus goes back. */
function makeDrawer(signal) {
  const node = element("div", { class: "ps-drawer", hidden: "" });
  let life = null;
  let opener = null;
  const close = (isFocusBack = true) => {
    if (life === null) return;
    const hadFocus = node.contains(document.activeElement) || document.activeElement === document.body;
    life.abort();
    life = null;
    node.replaceChildren();
    node.hidden = true;
    setAttribute(opener, "aria-expanded", "false");
    if (isFocusBack && hadFocus && opener.isConnected) opener.focus();
  };
  const open = (make, by) => {
    const isAgain = life !== null && opener === by;
    close(false);
    if (isAgain) return by.focus();
    life = new AbortController();
    signal.addEventListener("abort", () => close(false), { once: true, signal: life.signal });
    opener = by;
    setAttribute(opener, "aria-expanded", "true");
    const panel = make({ signal: life.signal, close });
    node.append(panel.node);
    node.hidden = false;
    panel.focus?.();
  };
  return { node, open, close, isOpen: () => life !== null };
}

/** A text to be copied, large; it lives in the page only. */
function makeCopyable(text, label, signal) {
  const output = element("output", { class: "ps-code", tabindex: "0", "aria-label": label, text });
  const copy = makeButton("Copy");
  copy.addEventListener(
    "click",
    async () => {
      getSelection().selectAllChildren(output);
      try {
        await navigator.clipboard.writeText(text);
        write(copy, "Copied");
      } catch {
        write(copy, "Selected: press Ctrl+C");
      }
    },
    { signal },
  );
  return element("div", { class: "ps-copyable" }, output, copy);
}

/** How an account is: a dot whose shape says the same as its colour, and the word. */
function makeHealth() {
  const dot = element("i", { class: "ps-dot", "aria-hidden": "true" });
  const word = element("span", { class: "ps-word" });
  const draw = (account) => {
    dot.className = `ps-dot ps-${account.look}`;
    write(word, account.word);
  };
  return { node: element("span", { class: "ps-health" }, dot, word), draw };
}
