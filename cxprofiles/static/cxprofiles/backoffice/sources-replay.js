// Goes on by itself, after the eye has had time to read how far it is.

const form = document.querySelector("[data-goes-on]");
if (form) setTimeout(() => form.requestSubmit(), 600);
