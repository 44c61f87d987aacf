// A run, drawn live: the state comes as one trait (`progress`, at most 10 times a second), the buttons go back as questions.

const GLYPHS = { running: "▶", paused: "‖", finished: "✓", cancelled: "✕", stopped: "■" };
const BUSY = "The kernel is busy: press ■ to interrupt";
const SECOND_CLICK_MS = 3000;
const PACING_S = 3; // rows that wait less than this for the limit are merely kept to the rate
const SILENT_S = 30; // a run that should move but sends nothing this long is said to be silent

/** One number with its name above it; `swatch` repeats the bar's pattern, so that colour is never the only sign. */
function makeTile(label, swatch) {
  const look = swatch ? [element("i", { class: `ps-swatch ${swatch}`, "aria-hidden": "true" })] : [];
  const name = element("div", { class: "ps-label" }, ...look, label);
  const number = element("div", { class: "ps-number", text: "–" });
  const note = element("div", { class: "ps-note" });
  return { node: element("div", { class: "ps-tile" }, name, number, note), number, note };
}

function makeBar() {
  const parts = ["done", "failed", "uncertain", "skipped"].map((kind) => [kind, element("div", { class: `ps-part ps-${kind}` })]);
  const node = element("div", { class: "ps-bar", role: "progressbar", "aria-label": "Rows settled", "aria-valuemin": "0", "aria-valuemax": "100" });
  node.append(...parts.map(([, part]) => part));
  const draw = (p) => {
    const whole = Math.max(p.total ?? 0, p.settled, 1);
    for (const [kind, part] of parts) {
      part.style.flexBasis = p.total === null ? "0%" : `${(100 * p[kind]) / whole}%`;
      part.hidden = p[kind] === 0 || (p.total === null && !p.ended);
      if (p.total === null && p.ended) part.style.flexBasis = `${(100 * p[kind]) / whole}%`;
    }
    const isOpen = p.total === null && !p.ended;
    node.classList.toggle("ps-open", isOpen);
    node.classList.toggle("ps-moving", p.state === "running" && !p.waiting);
    setAttribute(node, "aria-valuenow", isOpen ? null : Math.floor(100 * (p.share ?? 1)));
    setAttribute(node, "aria-valuetext", sayCounts(p));
  };
  return { node, draw };
}

function sayShare(p) {
  if (p.total === null) return `${formatCount(p.settled)} rows`;
  return `${formatPercent(p.share ?? 1)} of ${formatCount(p.total)} rows`;
}

function sayCounts(p) {
  const parts = [`${formatCount(p.done)} done`];
  if (p.failed) parts.push(`${formatCount(p.failed)} failed`);
  if (p.uncertain) parts.push(`${formatCount(p.uncertain)} uncertain`);
  return `${sayShare(p)}: ${parts.join(", ")}`;
}

/** Kinds of error as a table: rows are kept and rewritten, so that a selection in them survives the next update. */
function makeErrors() {
  const body = element("tbody");
  const more = element("div", { class: "ps-more" });
  const node = element("div", { class: "ps-errors", hidden: "" });
  const head = element("tr", {}, ...["Rows", "Error", "What it says, and what to do"].map((text) => element("th", { scope: "col", text })));
  node.append(element("table", { "aria-label": "Errors by kind" }, element("thead", {}, head), body), more);
  const draw = (p) => {
    node.hidden = p.errors.length === 0;
    while (body.children.length > p.errors.length) body.lastChild.remove();
    while (body.children.length < p.errors.length) {
      const says = element("td", {}, element("span", { class: "ps-message" }), element("span", { class: "ps-row" }), element("div", { class: "ps-hint" }));
      body.append(element("tr", {}, element("td", { class: "ps-count" }), element("th", { scope: "row" }), says));
    }
    p.errors.forEach((error, index) => {
      const [count, kind, says] = body.children[index].children;
      write(count, formatCount(error.count));
      write(kind, error.kind);
      write(says.children[0], error.message);
      write(says.children[1], error.row === null ? "" : ` row ${error.row}`);
      write(says.children[2], error.hint ?? "");
      says.children[2].hidden = !error.hint;
    });
    more.hidden = !p.more_kinds;
    if (p.more_kinds) write(more, `and ${formatCount(p.more_kinds)} more kinds, ${formatCount(p.more_rows)} rows: run.summary()`);
  };
  return { node, draw };
}

/** The buttons. A press is a question; until it is answered the button says so, and after 1 s the hint tells why. */
function makeButtons(ask, tell, say, signal) {
  const steer = makeButton();
  const cancel = makeButton();
  const retry = makeButton();
  const node = element("div", { class: "ps-buttons", role: "group", "aria-label": "Steer the run" }, retry, steer, cancel);
  let progress = null;
  let isArmed = false;
  let disarmTimer = null;
  const { press, label } = makePress(ask, tell, () => draw(progress));

  const disarm = () => {
    clearTimeout(disarmTimer);
    isArmed = false;
    draw(progress);
  };
  const on = (target, name, listener) => target.addEventListener(name, listener, { signal });
  on(steer, "click", () => (progress.state === "paused" ? press(steer, "resume", "Resuming…") : press(steer, "pause", "Pausing…")));
  on(retry, "click", () => press(retry, "retry_failed", "Retrying…"));
  on(cancel, "click", () => {
    if (isArmed) {
      disarm();
      press(cancel, "cancel", "Cancelling…");
      return;
    }
    isArmed = true;
    disarmTimer = setTimeout(disarm, SECOND_CLICK_MS);
    say("Cancel? Press again within three seconds.");
    draw(progress);
  });
  on(cancel, "keydown", (event) => {
    if (event.key === "Escape" && isArmed) {
      event.stopPropagation();
      disarm();
    }
  });
  signal.addEventListener("abort", () => clearTimeout(disarmTimer));

  const draw = (p) => {
    progress = p;
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    steer.hidden = cancel.hidden = p.ended || !["running", "paused"].includes(p.state);
    retry.hidden = !p.ended || p.failed === 0;
    label(steer, p.state === "paused" ? "Resume" : "Pause");
    label(cancel, isArmed ? "Cancel? click again" : "Cancel");
    label(retry, `Retry ${formatCount(p.failed)} failed`);
    cancel.classList.toggle("ps-armed", isArmed);
    // A focused button that goes away hands the focus to its neighbour, not to the page.
    if (focused?.hidden) [...node.children].find((button) => !button.hidden)?.focus();
  };
  return { node, draw };
}

function drawRun(root, model, signal) {
  const name = element("span", { class: "ps-name" });
  const glyph = element("span", { class: "ps-glyph", "aria-hidden": "true" });
  const state = element("span", {});
  const status = element("div", { class: "ps-status" });
  const hint = element("div", { class: "ps-busy", role: "alert" });
  const voice = element("div", { class: "ps-said", role: "status", "aria-live": "polite" });
  const bar = makeBar();
  const errors = makeErrors();
  const tiles = {
    done: makeTile("Done", "ps-done"),
    failed: makeTile("Failed", "ps-failed"),
    uncertain: makeTile("Uncertain", "ps-uncertain"),
    left: makeTile("Left", "ps-left"),
    rate: makeTile("Rate"),
    time: makeTile("Time left"),
  };
  const timeName = tiles.time.node.firstChild;
  const meter = element("div", { class: "ps-meter", "aria-hidden": "true" }, element("div"));
  tiles.rate.node.append(meter);
  const say = makeVoice(voice, signal);
  const tell = (text) => {
    write(hint, text);
    hint.hidden = !text;
  };
  tell("");
  const buttons = makeButtons(makeAsk(model, signal, () => tell(BUSY)), tell, say, signal);
  root.append(
    element("div", { class: "ps-head" }, element("div", { class: "ps-title" }, name, element("span", { class: "ps-state" }, glyph, state)), buttons.node),
    bar.node,
    element("div", { class: "ps-tiles" }, ...Object.values(tiles).map((tile) => tile.node)),
    status,
    hint,
    errors.node,
    voice,
  );

  let progress = null;
  let receivedAt = 0;
  let said = { key: "", tenth: -1 };

  const drawTimes = () => {
    const p = progress;
    const silent_s = (performance.now() - receivedAt) / 1000;
    const isMoving = p.state === "running" && !p.waiting;
    const since = p.ended ? 0 : silent_s;
    write(timeName, p.ended ? "Time" : "Time left");
    if (p.ended) {
      write(tiles.time.number, formatSpan(p.elapsed_s));
      write(tiles.time.note, "");
    } else {
      const isHeld = ["sign-in", "disk", "breaker"].includes(p.waiting_on);
      const left = p.eta_s === null || isHeld ? null : Math.max(0, p.eta_s - (isMoving ? since : 0));
      write(tiles.time.number, left === null ? "–" : formatSpan(left));
      const isSilent = isMoving && silent_s > SILENT_S;
      write(tiles.time.note, isSilent ? `no news for ${formatSpan(silent_s)}` : `${formatSpan(p.elapsed_s + since)} so far`);
    }
    const left_s = p.resumes_at === null ? Infinity : p.resumes_at - Date.now() / 1000;
    const isPacing = p.is_pacing || (p.waiting_on === "limit" && left_s < PACING_S);
    let waits = isPacing ? "" : p.waiting;
    if (waits && p.resumes_at !== null) {
      waits += `; goes on at ${formatInstant(p.resumes_at)}${left_s > 1 ? `, in ${formatSpan(left_s)}` : ""}`;
    }
    status.classList.toggle("ps-calm", !waits);
    if (!waits && !p.ended) {
      const queued = p.queued === null ? "" : `, ${formatCount(p.queued)} queued`;
      waits = `${isPacing ? "At the rate limit: " : ""}${formatCount(p.in_flight)} in flight${queued}`;
    }
    write(status, [waits, p.carried, p.note].filter(Boolean).join(" · "));
    status.hidden = !status.textContent;
  };

  const draw = () => {
    const p = (progress = model.get("progress"));
    receivedAt = performance.now();
    write(name, p.run);
    write(glyph, GLYPHS[p.state] ?? "●");
    write(state, `${p.word} · ${sayShare(p)}`);
    root.dataset.state = p.state;
    root.dataset.waiting = p.waiting_on ?? "";
    bar.draw(p);
    write(tiles.done.number, formatCount(p.done));
    write(tiles.done.note, p.skipped ? `+ ${formatCount(p.skipped)} skipped` : "");
    write(tiles.failed.number, formatCount(p.failed));
    write(tiles.uncertain.number, formatCount(p.uncertain));
    const left = p.total === null ? null : Math.max(0, p.total - p.settled);
    write(tiles.left.number, left === null ? "?" : formatCount(left));
    const rate = p.ended ? p.mean_rate : p.rate;
    write(tiles.rate.number, rate === null ? "–" : formatRate(rate));
    write(tiles.rate.note, p.ended ? (rate === null ? "" : "on average") : p.allowed_rate === null ? "" : `of ${formatRate(p.allowed_rate)} allowed`);
    meter.hidden = p.ended || !p.allowed_rate;
    if (!meter.hidden) meter.firstChild.style.width = `${Math.min(100, (100 * p.rate) / p.allowed_rate)}%`;
    errors.draw(p);
    buttons.draw(p);
    drawTimes();
    // Spoken: a new state or wait, and each tenth of the way; the voice itself keeps 5 s between sentences.
    const wait = status.classList.contains("ps-calm") ? "" : p.waiting;
    const now = { key: `${p.state} ${wait}`, tenth: p.share === null ? 0 : Math.floor(p.share * 10) };
    if (now.key !== said.key || now.tenth !== said.tenth) say(`${p.run} ${p.word}. ${sayCounts(p)}. ${status.textContent}`);
    said = now;
  };

  model.on("change:progress", draw);
  const ticking = setInterval(() => progress.ended || drawTimes(), 1000);
  signal.addEventListener("abort", () => {
    model.off("change:progress", draw);
    clearInterval(ticking);
  });
  draw();
}

/**
 * When a run has ended, its output becomes static HTML (a notebook reopened without a kernel must still show it).
 * While this page's kernel lives, the static HTML gets its Retry button from here.
 */
function attendStatic(model, mark, signal) {
  let tries = 0;
  const look = () => {
    const found = document.querySelectorAll(`[data-penstock-run="${CSS.escape(mark)}"]`);
    for (const place of found) {
      if (place.querySelector(".penstock")) continue;
      const hint = element("span", { class: "ps-busy", role: "alert" });
      const tell = (text) => write(hint, text);
      const buttons = makeButtons(makeAsk(model, signal, () => tell(BUSY)), tell, () => {}, signal);
      buttons.draw(model.get("progress"));
      place.append(element("div", { class: "penstock ps-after" }, buttons.node, hint));
    }
    if (found.length === 0 && (tries += 1) < 100 && !signal.aborted) setTimeout(look, 100);
  };
  look();
}

export default {
  initialize({ model }) {
    const life = new AbortController();
    let mark = null;
    const receive = () => {
      const p = model.get("progress");
      if (p.mark && p.mark !== mark && p.failed > 0) attendStatic(model, p.mark, life.signal);
      mark = p.mark;
    };
    model.on("change:progress", receive);
    receive();
    return () => {
      model.off("change:progress", receive);
      life.abort();
    };
  },
  render({ model, el }) {
    const life = new AbortController();
    const root = element("div", { class: "penstock ps-batch", role: "region", "aria-label": "Batch run" });
    el.append(root);
    drawRun(root, model, life.signal);
    return () => {
      life.abort();
      root.remove();
    };
  },
};
