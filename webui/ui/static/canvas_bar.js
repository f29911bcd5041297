// The tools above the picture and the line below it.
import { el, write } from "./dom.js";
import { icon } from "./canvas_icons.js";
import { Menu } from "./canvas_menu.js";
import { SIZES } from "./canvas_painter.js";
import { say } from "./say.js";

const TOOLS = [
  ["brush", "canvas_brush", "B"],
  ["eraser", "canvas_eraser", "E"],
  ["rectangle", "canvas_rectangle", "R"],
  ["lasso", "canvas_lasso", "L"],
  ["pick", "canvas_pick", "I"],
];
const ACTIONS = {
  undo: ["canvas_undo", "Ctrl + Z"],
  redo: ["canvas_redo", "Ctrl + Shift + Z"],
  invert: ["canvas_invert", ""],
  clear: ["canvas_clear_mask", ""],
  zoomOut: ["canvas_zoom_out", "-"],
  zoomIn: ["canvas_zoom_in", "+"],
  fit: ["canvas_fit", "0"],
  whole: ["canvas_whole", ""],
  replace: ["canvas_replace", ""],
};

export class Bar {
  // `act(name, value)` is told what was pressed; `shares` begins the names of the words for how much is masked.
  constructor(act, shares = "canvas_share") {
    Object.assign(this, { act, shares });
    this.tools = Object.fromEntries(TOOLS.map(([name, key, keys]) => [name, iconButton(name, key, keys, act, { "aria-pressed": "false" })]));
    this.buttons = Object.fromEntries(Object.entries(ACTIONS).map(([name, [key, keys]]) => [name, iconButton(name, key, keys, act)]));
    this.layers = ["mask", "sketch"].map((name) => layerButton(name, act));
    this.menu = new Menu(act);
    const named = { "aria-label": say("canvas_size"), title: `${say("canvas_size")} ([ ])` };
    this.size = el("input", { type: "range", min: 0, max: SIZES.length - 1, step: 1, ...named });
    this.size.addEventListener("input", () => act("size", SIZES[Number(this.size.value)]));
    this.sizeShown = el("output", { class: "canvas-size-shown" });
    this.colour = el("input", { type: "color", class: "canvas-colour", "aria-label": say("canvas_colour"), title: say("canvas_colour") });
    this.colour.addEventListener("input", () => act("colour", this.colour.value));
    this.build();
  }

  build() {
    const { undo, redo, invert, clear, zoomOut, zoomIn, fit, whole, replace } = this.buttons;
    this.switch = group("canvas_layers", ...this.layers);
    this.switch.classList.add("canvas-switch");
    this.toolGroup = group("canvas_tools", ...Object.values(this.tools));
    this.sizeGroup = el("div", { class: "canvas-group canvas-size" }, this.colour, this.size, this.sizeShown);
    this.maskGroup = group("canvas_mask", invert, clear);
    this.toolGroup.classList.add("canvas-tools");
    this.maskGroup.classList.add("canvas-mask-group");
    const parts = [this.switch, this.toolGroup, group("canvas_steps", undo, redo), this.sizeGroup, this.maskGroup, this.menu.button];
    this.top = el("div", { class: "canvas-bar", role: "toolbar", "aria-label": say("canvas_tools") }, ...parts, this.menu.node);
    this.facts = el("span", {});
    this.share = el("span", { class: "canvas-share", role: "status" });
    this.zoom = el("span", { class: "canvas-zoom" });
    const status = el("p", { class: "canvas-status" }, this.facts, this.share, this.zoom);
    this.bottom = el("div", { class: "canvas-foot" }, status, group("canvas_view", zoomOut, fit, zoomIn, replace, whole));
  }

  // state: tool, layer, layers, size, colour, canUndo, canRedo, share (0 to 1), width, height, scale, isWhole.
  update(state) {
    for (const [name, node] of Object.entries(this.tools)) node.setAttribute("aria-pressed", String(name === state.tool));
    for (const node of this.layers) node.setAttribute("aria-pressed", String(node.dataset.layer === state.layer));
    this.tools.pick.hidden = this.colour.hidden = state.layer !== "sketch";
    this.switch.hidden = state.layers.length < 2;
    this.top.hidden = state.layers.length === 0;
    this.maskGroup.hidden = state.layer !== "mask";
    this.updateSize(state.size);
    this.colour.value = state.colour;
    can(this.buttons.undo, state.canUndo);
    can(this.buttons.redo, state.canRedo);
    can(this.buttons.clear, state.share > 0);
    this.menu.update(state.layers);
    this.updateWhole(state.isWhole);
    this.updateStatus(state);
  }

  updateSize(size) {
    const text = say("canvas_size_value", { size });
    const place = SIZES.findIndex((one) => one >= size);
    this.size.value = String(place < 0 ? SIZES.length - 1 : place);
    this.size.style.setProperty("--part", `${(100 * Number(this.size.value)) / (SIZES.length - 1)}%`);
    this.size.setAttribute("aria-valuetext", text);
    write(this.sizeShown, text);
  }

  updateWhole(isWhole) {
    if (this.isWhole === isWhole) return;
    this.isWhole = isWhole;
    const name = isWhole ? say("canvas_unwhole") : say("canvas_whole");
    this.buttons.whole.replaceChildren(icon(isWhole ? "unwhole" : "whole"));
    for (const attribute of ["aria-label", "title"]) this.buttons.whole.setAttribute(attribute, name);
  }

  updateStatus({ width, height, scale, share, layer, layers }) {
    write(this.facts, say("canvas_facts", { width, height }));
    const isSilent = !layers.includes("mask") || (share === 0 && layer !== "mask");
    write(this.share, isSilent ? "" : shareWords(share, this.shares));
    write(this.zoom, say("canvas_zoom", { percent: Math.max(1, Math.round(scale * 100)) }));
  }
}

// Never 0 % when there is something, never 100 % when something is left out.
function shareWords(share, words) {
  if (share === 0) return say(`${words}_none`);
  if (share === 1) return say(`${words}_all`);
  if (share < 0.01) return say(`${words}_little`);
  return say(words, { percent: Math.min(99, Math.round(share * 100)) });
}

function iconButton(name, key, keys, act, properties = {}) {
  const text = say(key);
  const title = keys ? `${text} (${keys})` : text;
  return el("button", { type: "button", "aria-label": text, title, data: { act: name }, ...properties, on: { click: () => act(name) } }, icon(name));
}

function layerButton(name, act) {
  const text = name === "mask" ? say("canvas_mask") : say("canvas_sketch");
  return el("button", { type: "button", "aria-pressed": "false", data: { layer: name }, on: { click: () => act("layer", name) } }, text);
}

function group(key, ...nodes) {
  return el("div", { class: "canvas-group", role: "group", "aria-label": say(key) }, ...nodes);
}

// Not `disabled`: a button that loses the focus would take the keyboard along.
function can(node, able) {
  node.setAttribute("aria-disabled", String(!able));
}
