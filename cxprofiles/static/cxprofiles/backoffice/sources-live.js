// The last events of a source as they come. The server answers each look at once; the browser looks again by itself.

const MOST = 200;
const list = document.getElementById("events");
const state = document.getElementById("state");
const pause = document.getElementById("pause");
const nothing = document.getElementById("nothing");
const kept = [];
let paused = false;
let tooMany = false;
let unanswered = 0; // looks in a row; each ends with an `error`, an answered one too

function say(sentence) {
  if (state.textContent !== sentence) state.textContent = sentence;
}

function tell() {
  if (unanswered > 1) say(state.dataset.away);
  else if (paused) say(kept.length ? `${state.dataset.paused} ${state.dataset.waiting.replace("%n", kept.length)}` : state.dataset.paused);
  else say(tooMany ? state.dataset.many : state.dataset.live);
}

const known = (key) => list.querySelector(`[data-key="${CSS.escape(key)}"]`) || kept.some((one) => one.key === key);

function put({ html }) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  list.prepend(holder.content);
  while (list.children.length > MOST) list.lastElementChild.remove();
  nothing.hidden = true;
}

function arrived(event) {
  const one = JSON.parse(event.data);
  if (known(one.key)) return;
  if (paused) {
    kept.push(one);
    if (kept.length > MOST) kept.shift();
    tell();
  } else put(one);
}

function counted(event) {
  const counts = JSON.parse(event.data);
  tooMany = counts.too_many;
  unanswered = 0;
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = counts[place.dataset.count].toLocaleString(document.documentElement.lang);
  }
  tell();
}

function end(sentence) {
  stream.close();
  pause.hidden = true;
  document.getElementById("refresh").hidden = false;
  say(sentence);
}

function failed() {
  if (stream.readyState === EventSource.CLOSED) end(state.dataset.over);
  else {
    unanswered += 1;
    tell();
  }
}

pause.addEventListener("click", () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
  if (!paused) for (const one of kept.splice(0)) put(one);
  tell();
});

const address = new URL(list.dataset.stream, location.href);
if (list.dataset.since !== "0") address.searchParams.set("since", list.dataset.since);
const stream = new EventSource(address);
stream.addEventListener("event", arrived);
stream.addEventListener("counts", counted);
stream.addEventListener("signed-out", () => end(state.dataset.signedOut));
stream.addEventListener("over", () => end(state.dataset.over));
stream.addEventListener("error", failed);
pause.hidden = false;
document.getElementById("refresh").hidden = true;
tell();
