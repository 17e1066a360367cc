// The drawing of a profile's identity: the tables of the page, as a picture. What is chosen, and every word of the
// details, is the tables' own; without this script they do all of it.

import { placed } from "./identity-layout.js";
import { drawingStyle, iconOf } from "./identity-style.js";

const part = () => document.getElementById("identity");
const find = (selector) => part().querySelector(selector);

let cy = null;
let cursor = null;

function read(id) {
  const held = document.getElementById(id);
  return held ? JSON.parse(held.textContent) : null;
}

function elementsOf(drawing, wide) {
  const places = placed(drawing, wide);
  const nodes = drawing.nodes.map((node) => ({
    data: { ...node, id: `n${node.id}`, label: `${node.kind}\n${node.value}`, icon: iconOf(node) },
    classes: [node.person ? "person" : "device", node.inside ? "inside" : "ghost", node.shared ? "shared" : ""].join(" "),
    position: places.get(node.id),
  }));
  const links = drawing.links.map((link) => ({
    data: { id: `l${link.a}-${link.b}`, source: `n${link.a}`, target: `n${link.b}`, key: `${link.a}-${link.b}`, at: link.at, mark: link.state === "accepted" ? "" : "✕" },
    classes: [link.state, link.claimed ? "claimed" : ""].join(" "),
  }));
  const known = new Set(drawing.nodes.map((node) => node.id));
  const decisions = drawing.decisions
    .filter((one) => known.has(one.a) && known.has(one.b))
    .map((one, number) => ({
      data: { id: `d${number}`, source: `n${one.a}`, target: `n${one.b}`, at: one.at, mark: one.verdict === "same" ? "=" : "≠" },
      classes: `decision ${one.verdict}`,
    }));
  return [...nodes, ...links, ...decisions];
}

// Details: the cells of a row under the heads of its table.
function showDetail(row) {
  const panel = find("#detail");
  if (!row || !panel) return;
  const heads = [...row.closest("table").querySelectorAll("thead th")];
  const list = document.createElement("dl");
  list.className = "facts";
  [...row.cells].forEach((cell, place) => {
    if (cell.querySelector('input[type="checkbox"]') || !cell.textContent.trim()) return;
    const pair = document.createElement("div");
    const name = document.createElement("dt");
    const value = document.createElement("dd");
    name.textContent = heads[place].textContent;
    value.append(...[...cell.childNodes].map((child) => child.cloneNode(true)));
    pair.append(name, value);
    list.append(pair);
  });
  panel.querySelector("[data-detail]").replaceChildren(list);
  for (const marked of part().querySelectorAll("tr.current")) marked.classList.remove("current");
  row.classList.add("current");
}

const rowOf = (element) => find(element.isNode() ? `tr[data-node="${element.id().slice(1)}"]` : `tr[data-link="${element.data("key")}"]`);
const boxOf = (node) => rowOf(node)?.querySelector('input[name="chosen"]');

function toggle(node) {
  const box = boxOf(node);
  if (!box) return;
  box.checked = !box.checked;
  showChosen();
}

function showChosen() {
  const said = find("[data-chosen-said]");
  const names = [];
  for (const box of part().querySelectorAll('input[name="chosen"]')) {
    const node = cy?.getElementById(`n${box.value}`);
    node?.toggleClass("chosen", box.checked);
    if (box.checked) names.push([...box.closest("tr").cells].slice(1, 3).map((cell) => cell.textContent.trim()).join(" "));
  }
  if (!said) return;
  const few = names.slice(0, 4).join(", ") + (names.length > 4 ? ` … (${names.length})` : "");
  said.textContent = names.length ? `${said.dataset.some} ${few}` : said.dataset.none;
}

function moveTo(node, { show = true } = {}) {
  if (!node || node.empty()) return;
  cursor?.removeClass("cursor");
  cursor = node.addClass("cursor");
  const words = rowOf(node) ? [...rowOf(node).cells].map((cell) => cell.textContent.trim()).filter(Boolean).join(", ") : "";
  find("#graph-said").textContent = words;
  if (show) showDetail(rowOf(node));
  const { x, y } = node.renderedPosition();
  const inside = x > 20 && y > 20 && x < cy.width() - 20 && y < cy.height() - 20;
  if (!inside) cy.center(node);
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nextTo(node, [dx, dy]) {
  const from = node.position();
  let best = null;
  let least = Infinity;
  cy.nodes().forEach((other) => {
    const to = other.position();
    const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (other === node || along <= 0 || other.hasClass("later")) return;
    if (along + 2 * aside < least) [best, least] = [other, along + 2 * aside];
  });
  return best;
}

function onKey(event) {
  const first = cy.nodes()[0];
  if (event.key in STEPS) {
    event.preventDefault();
    moveTo(cursor ? nextTo(cursor, STEPS[event.key]) : first);
  } else if (event.key === " " && cursor) {
    event.preventDefault();
    toggle(cursor);
  } else if (event.key === "Enter" && cursor) {
    event.preventDefault();
    showDetail(rowOf(cursor));
  } else if (event.key === "+" || event.key === "-") {
    zoom(event.key === "+" ? "in" : "out");
  } else if (event.key === "0") {
    zoom("fit");
  }
}

function zoom(way) {
  if (way === "fit") fit();
  else cy.zoom({ level: cy.zoom() * (way === "in" ? 1.3 : 1 / 1.3), renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
}

function fit() {
  cy.fit(undefined, 24);
  if (cy.zoom() > 1.1) {
    cy.zoom(1.1);
    cy.center();
  }
}

function draw() {
  const drawing = read("drawing");
  const canvas = find("#graph");
  cy?.destroy();
  cy = cursor = null;
  if (!drawing || !canvas || drawing.nodes.length === 0) return;
  canvas.hidden = false;
  find(".zoom").hidden = false;
  find("#detail").hidden = false;
  cy = window.cytoscape({
    container: canvas,
    elements: elementsOf(drawing, canvas.clientWidth > 480),
    style: drawingStyle(getComputedStyle(document.documentElement)),
    layout: { name: "preset" },
    autoungrabify: true,
    userZoomingEnabled: false,
    boxSelectionEnabled: false,
    minZoom: 0.05,
    maxZoom: 3,
  });
  fit();
  cy.on("tap", "node", (event) => moveTo(event.target));
  cy.on("dbltap", "node", (event) => toggle(event.target));
  cy.on("tap", "node", (event) => event.originalEvent?.shiftKey && toggle(event.target));
  cy.on("tap", "edge", (event) => showDetail(rowOf(event.target)));
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? "in" : "out");
  }, { passive: false });
  showChosen();
}

// The slider: while it moves, what had been seen by then; when it rests, what was believed then.
function slide() {
  const form = document.querySelector("[data-moments]");
  const days = read("moments") ?? [];
  const slider = form?.querySelector(".slider");
  if (!slider || days.length < 2) return;
  const input = slider.querySelector("input");
  const output = slider.querySelector("output");
  const date = form.querySelector('input[type="date"]');
  slider.hidden = false;
  input.max = days.length - 1;
  input.value = date.value ? Math.max(0, days.findLastIndex((day) => day <= date.value)) : days.length - 1;
  const said = (day) => new Date(`${day}T12:00:00`).toLocaleDateString(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, { dateStyle: "long" });
  const show = () => { output.textContent = said(days[input.value]); };
  show();
  input.addEventListener("input", () => {
    show();
    const day = days[input.value];
    cy?.elements().forEach((element) => {
      const at = element.data("at");
      element.toggleClass("later", Boolean(at) && localDay(at) > day);
    });
  });
  input.addEventListener("change", () => {
    const last = Number(input.value) === days.length - 1;
    date.value = last ? "" : days[input.value];
    form.querySelector("[data-today]").hidden = last;
    const path = form.getAttribute("action") + (last ? "" : `?as_of=${date.value}`);
    window.htmx.ajax("GET", path, { target: "#identity", swap: "innerHTML" });
  });
}

function localDay(at) {
  const time = new Date(at);
  const two = (number) => String(number).padStart(2, "0");
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

document.addEventListener("change", (event) => {
  if (event.target.matches('#nodes input[name="chosen"]')) showChosen();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button && cy) zoom(button.dataset.zoom);
});
// Taken away first: htmx would carry the old canvas's inline styles over, which the policy forbids.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "identity") return;
  cy?.destroy();
  cy = cursor = null;
  find("#graph")?.remove();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "identity") draw();
});
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy?.style(drawingStyle(getComputedStyle(document.documentElement))));

draw();
slide();
