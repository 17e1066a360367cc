// What every screen does where there are scripts: copying, the search shortcut, the browser's time zone.

const pressed = (event) => event.target.closest("[data-copy]");

function showCopyButtons(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = pressed(event);
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
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

// The time zone that times are shown in, unless one was chosen.
if (!/(^|; )time_zone=/.test(document.cookie)) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

showCopyButtons(document);
document.addEventListener("htmx:load", (event) => showCopyButtons(event.target.parentElement ?? document));
