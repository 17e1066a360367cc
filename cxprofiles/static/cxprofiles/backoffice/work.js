// The work list by keyboard, and giving a case back when one goes elsewhere.

const LIST = document.querySelector("[data-cases]");
const ANSWERS = document.querySelector("[data-answers]");
const LEAVE = document.querySelector("[data-leave]");
// Whoever speaks to the computer, or presses keys by mistake, switches single keys off in the preferences.
const KEYS_OFF = /(^|; )keys=off/.test(document.cookie);

for (const part of document.querySelectorAll("[data-with-script]")) part.hidden = false;

function inText(event) {
  return event.target.closest("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
}

function step(by) {
  const links = [...LIST.querySelectorAll("a.case")];
  const at = links.indexOf(document.activeElement?.closest("a.case"));
  links[Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

function press(key) {
  const part = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!part) return false;
  if (part.matches("textarea")) part.focus();
  else part.click();
  if (part.matches("input")) part.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.repeat) return;
  if (event.key === "Escape" && event.target.matches("textarea")) return event.target.blur();
  if (inText(event) || KEYS_OFF) return;
  if (LIST && (event.key === "j" || event.key === "k")) {
    event.preventDefault();
    step(event.key === "j" ? 1 : -1);
  } else if (event.key === "?") {
    const keys = document.querySelector("[data-keys]");
    if (keys) keys.open = !keys.open;
    keys?.scrollIntoView({ block: "nearest" });
  } else if (event.key.length === 1 && press(event.key)) {
    event.preventDefault();
    if (event.key === "u" && ANSWERS) ANSWERS.requestSubmit();
  }
});

// Enter in a note answers; Shift and Enter begins a new line.
ANSWERS?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("textarea")) return;
  event.preventDefault();
  ANSWERS.requestSubmit();
});

// A case is given back when its page is left without an answer. An answer is sent once.
let answered = false;
ANSWERS?.addEventListener("submit", (event) => {
  if (answered) event.preventDefault();
  answered = true;
});
window.addEventListener("pageshow", (event) => { if (event.persisted) answered = false; });
window.addEventListener("pagehide", (event) => {
  if (ANSWERS && LEAVE && !answered && !event.persisted) navigator.sendBeacon(LEAVE.action, new FormData(LEAVE));
});
