// What is needed less often, in words, and the keys and gestures.
import { button, el } from "./dom.js";
import { icon } from "./canvas_icons.js";
import { say } from "./say.js";

const ITEMS = [
  ["fill", "canvas_fill", ["mask"]],
  ["fromAlpha", "canvas_from_alpha", ["mask"]],
  ["openMask", "canvas_open_mask", ["mask"]],
  ["clearSketch", "canvas_clear_sketch", ["sketch"]],
];
const HELP = [
  ["B · E", "canvas_help_brush"],
  ["R · L", "canvas_help_areas"],
  ["[ · ]", "canvas_help_size"],
  ["Shift", "canvas_help_line"],
  ["Alt", "canvas_help_erase"],
  ["Ctrl + Z", "canvas_help_undo"],
  ["I", "canvas_help_pick"],
  ["+ · - · 0", "canvas_help_zoom"],
  ["↑ ↓ ← →", "canvas_help_pen"],
];
const GESTURES = ["canvas_help_wheel", "canvas_help_pan", "canvas_help_fingers"];

export class Menu {
  constructor(act) {
    this.items = ITEMS.map(([name, key, layers]) => {
      const pressed = () => {
        this.node.hidePopover();
        act(name);
      };
      return { node: button(say(key), pressed, { role: "menuitem", tabindex: -1, data: { act: name } }), layers };
    });
    const help = el("details", { class: "canvas-help" }, el("summary", { tabindex: -1 }, say("canvas_help")), helpList(), gestures());
    help.addEventListener("toggle", () => this.stand());
    const list = el("div", { role: "menu", "aria-label": say("canvas_more") }, ...this.items.map((item) => item.node));
    this.node = el("div", { class: "canvas-menu", popover: "auto" }, list, help);
    this.help = help;
    const title = say("canvas_more");
    const said = { "aria-label": title, title, "aria-haspopup": "menu", "aria-expanded": "false" };
    this.button = el("button", { type: "button", class: "canvas-more", ...said }, icon("more"));
    this.button.popoverTargetElement = this.node;
    this.node.addEventListener("toggle", (event) => this.toggled(event.newState === "open"));
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  update(layers) {
    for (const item of this.items) item.node.hidden = !item.layers.some((layer) => layers.includes(layer));
  }

  toggled(open) {
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.stand();
    this.stops()[0].focus();
  }

  // Below its button, inside the window.
  stand() {
    const [at, box] = [this.button.getBoundingClientRect(), this.node.getBoundingClientRect()];
    const below = at.bottom + 8 + box.height <= innerHeight;
    const top = below ? at.bottom + 8 : Math.max(8, Math.min(at.top, innerHeight - box.height - 8));
    this.node.style.setProperty("left", `${Math.max(8, Math.min(at.right - box.width, innerWidth - box.width - 8))}px`);
    this.node.style.setProperty("top", `${top}px`);
  }

  stops() {
    return [...this.items.map((item) => item.node).filter((node) => !node.hidden), this.help.firstElementChild];
  }

  key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const stops = this.stops();
    stops.at((stops.indexOf(document.activeElement) + by) % stops.length).focus();
  }
}

function helpList() {
  const lines = HELP.map(([keys, key]) => el("div", {}, el("dt", {}, keys), el("dd", {}, say(key))));
  return el("dl", {}, ...lines);
}

function gestures() {
  return el("ul", {}, ...GESTURES.map((key) => el("li", {}, say(key))));
}
