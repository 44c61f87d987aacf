// The credential vault's sign-ins under way: where to go, the code to type, the address to paste, and how it ends.

/** Return where a sign-in's browser comes back to, "" where its address does not say. */
function readRedirect(address) {
  try {
    return new URL(address).searchParams.get("redirect_uri") ?? "";
  } catch {
    return "";
  }
}

/** A sign-in that has begun; `registered`: the address the app was to be registered with, "" where nobody was told one. */
function makeSignIn(begun, name, tools, { signal, close }, registered = "") {
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
  const back = readRedirect(address);
  if (registered && back && back !== registered && begun.via === "loopback") {
    const words = `The usual port is taken, so this sign-in comes back to ${back}. Where the service refuses that, end what listens there and begin again.`;
    node.append(element("div", { class: "ps-note", text: words }));
  }
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
