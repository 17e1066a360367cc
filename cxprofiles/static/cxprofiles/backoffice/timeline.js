// The drawer: the reader is led into it and back to where they came from. The lanes: arrows go from mark to mark.

const drawer = document.getElementById("drawer");
let opened = null;

document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target.closest("[data-opens]");
  if (link) opened = link;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== drawer) return;
  for (const link of document.querySelectorAll("[data-opens][aria-current]")) link.removeAttribute("aria-current");
  opened?.setAttribute("aria-current", "true");
  drawer.scrollTop = 0;
  drawer.querySelector("h2")?.focus();
});

function closeDrawer() {
  drawer.replaceChildren();
  drawer.classList.add("closed");
  opened?.removeAttribute("aria-current");
  opened?.focus();
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target === drawer) drawer.classList.remove("closed");
});

document.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-closes]");
  if (closes && opened) {
    event.preventDefault();
    closeDrawer();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drawer.contains(document.activeElement) && opened) closeDrawer();
});

// One mark is in the order of Tab; arrows go along its lane and to the nearest one of the lanes beside it.
const lanes = document.querySelector(".journey-lanes");
// An SVG element that listens to the focus would take it itself: what lies around it listens.
const around = lanes?.parentElement;
const said = document.querySelector("[data-mark-said]");
const markAt = (target) => lanes?.contains(target) && target.closest("a");
const across = (mark) => Number(mark.firstElementChild.getAttribute("cx"));
const marksOf = (lane) => [...lane.querySelectorAll("a")];

function markBeside(mark, key) {
  const lane = mark.closest("g");
  const marks = marksOf(lane);
  if (key === "Home") return marks[0];
  if (key === "End") return marks.at(-1);
  if (key === "ArrowRight") return marks[marks.indexOf(mark) + 1];
  if (key === "ArrowLeft") return marks[marks.indexOf(mark) - 1];
  const next = key === "ArrowDown" ? lane.nextElementSibling : lane.previousElementSibling;
  if (!next?.matches("g")) return undefined;
  const away = (other) => Math.abs(across(other) - across(mark));
  return marksOf(next).reduce((best, other) => (away(other) < away(best) ? other : best));
}

around?.addEventListener("keydown", (event) => {
  const mark = markAt(event.target);
  if (!mark || !["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  markBeside(mark, event.key)?.focus();
});

for (const happens of ["focusin", "mouseover"]) {
  around?.addEventListener(happens, (event) => {
    const mark = markAt(event.target);
    if (!mark) return;
    said.textContent = mark.getAttribute("aria-label");
    if (happens !== "focusin") return;
    lanes.querySelector('a[tabindex="0"]')?.setAttribute("tabindex", "-1");
    mark.setAttribute("tabindex", "0");
  });
}
