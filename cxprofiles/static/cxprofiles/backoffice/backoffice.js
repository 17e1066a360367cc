// What every screen does where there are scripts: copying, the search shortcut, the browser's time zone.

const pressed = (event) => event.target.closest("[data-copy]");

function showCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

// Browsers offer their clipboard over TLS and at this machine alone; elsewhere what is selected can be copied.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  const focused = document.activeElement;
  field.select();
  document.execCommand("copy");
  field.remove();
  focused?.focus();
}

document.addEventListener("click", async (event) => {
  const button = pressed(event);
  if (!button) return;
  await copy(button.dataset.copy);
  button.classList.add("copied");
  sayWorking(working?.dataset.copied ?? "");
  setTimeout(() => {
    button.classList.remove("copied");
    if (underWay.size === 0) sayWorking("");
  }, 1500);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (/(^|; )keys=off/.test(document.cookie)) return; // switched off in the preferences
  const field = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (!field) return;
  event.preventDefault();
  if (field.matches("input, textarea")) field.focus();
  else field.click();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.account[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

// Where the menu or the tabs are wider than the window, the one that is open is in sight.
for (const here of document.querySelectorAll(".menu [aria-current], .tabs [aria-current]")) {
  const row = here.closest(".menu, .tabs");
  const [seen, whole] = [here.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += seen.left + seen.width / 2 - (whole.left + whole.width / 2);
}

// The time zone that times are shown in, unless one was chosen.
if (!/(^|; )time_zone=/.test(document.cookie)) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// What is fetched into a page says so in words when it takes longer than 200 ms, and when no answer came.
const working = document.getElementById("working");
const underWay = new Map();

function sayWorking(words) {
  if (working) working.textContent = words;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!working || event.detail.elt.getAttribute("hx-trigger")?.includes("every")) return;
  underWay.set(event.detail.xhr, setTimeout(() => sayWorking(working.dataset.slow), 200));
});

document.addEventListener("htmx:afterRequest", (event) => {
  clearTimeout(underWay.get(event.detail.xhr));
  if (underWay.delete(event.detail.xhr) && underWay.size === 0) sayWorking("");
});

for (const failure of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => setTimeout(() => sayWorking(working?.dataset.failed ?? "")));
}

showCopyButtons(document);
document.addEventListener("htmx:load", (event) => showCopyButtons(event.target.parentElement ?? document));
