// Which kind of request the open tab makes. The form and the tray are one; they move from tab to tab.
import { button, el } from "./dom.js";
import { moveTray } from "./grid.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";

const NAMES = { text_to_image: "text-to-image", image_to_image: "image-to-image", inpaint: "inpaint", control: "control", upscale: "upscale" };
const listeners = new Set();
let tab = "text_to_image";
let way = recall("way", "inpaint"); // on the tab of inpainting: paint over, or grow the canvas

// On the tab of control units, pictures come from words.
export const kindNow = () => (tab === "inpaint" ? way : tab === "control" ? "text_to_image" : tab);
export const tabNow = () => tab;
export const listenKind = (listener) => listeners.add(listener);

// Called by Gradio when a tab is opened.
export function openKind(name) {
  tab = name;
  remember("tab", tab);
  const place = document.getElementById(`place-${NAMES[name]}`);
  const studio = document.getElementById("studio");
  if (place && studio && !place.contains(studio)) place.append(studio);
  moveTray("tray-column");
  mark();
  document.getElementById(`tab-${NAMES[name]}-button`)?.scrollIntoView({ block: "nearest", inline: "center" });
}

// Opens the tab of a kind from a script.
export function openTab(kind) {
  if (kind === "inpaint" || kind === "outpaint") setWay(kind);
  const name = NAMES[kind === "outpaint" ? "inpaint" : kind];
  document.getElementById(`tab-${name}-button`)?.click();
}

export function startWay(place) {
  const choices = ["inpaint", "outpaint"].map((name) =>
    button(say(`way_${name}`), () => setWay(name), { data: { way: name } }),
  );
  place.replaceChildren(el("div", { class: "ways", role: "group", "aria-label": say("way") }, ...choices));
  mark();
}

// The tab of the last visit.
export function recoverTab() {
  const last = recall("tab", tab);
  if (last in NAMES && last !== tab) openTab(last);
}

function setWay(name) {
  way = name;
  remember("way", way);
  mark();
}

function mark() {
  document.documentElement.dataset.tab = tab;
  document.documentElement.dataset.kind = kindNow();
  for (const node of document.querySelectorAll("[data-way]")) {
    node.setAttribute("aria-pressed", String(node.dataset.way === way));
  }
  listeners.forEach((listener) => listener());
}
