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
 * Return ask(type): sends {id, type} as a custom message and resolves with the kernel's {id, ok, error}.
 * Traits never carry a question: ipykernel may lock trait traffic while a cell runs, custom messages pass.
 * `onSilence` is called when no answer has come within `patienceMs`; an answer may still come later.
 */
function makeAsk(model, signal, onSilence, patienceMs = 1000) {
  const waiting = new Map();
  let last = 0;
  const receive = (message) => {
    if (!message || message.type !== "ack" || !waiting.has(message.id)) return;
    const { resolve, timer } = waiting.get(message.id);
    clearTimeout(timer);
    waiting.delete(message.id);
    resolve(message);
  };
  model.on("msg:custom", receive);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", receive);
    for (const { timer } of waiting.values()) clearTimeout(timer);
    waiting.clear();
  });
  return (type) =>
    new Promise((resolve) => {
      const id = `${Date.now().toString(36)}-${(last += 1)}-${Math.random().toString(36).slice(2, 8)}`;
      waiting.set(id, { resolve, timer: setTimeout(onSilence, patienceMs) });
      model.send({ id, type });
    });
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
