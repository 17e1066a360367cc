// The drawer: the reader is led into it and back to where they came from. The lanes: a mark leads to its days.

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
  const mark = event.target.closest("[data-go]");
  if (mark) location.search = mark.dataset.go;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drawer.contains(document.activeElement) && opened) closeDrawer();
});
