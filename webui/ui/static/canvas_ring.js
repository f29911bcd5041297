// The cursor: a ring as large as the brush, and the dashed line around what a rectangle or a lasso will fill.
import { el } from "./dom.js";

const SEEN = 900; // milliseconds that the ring shows a new size

export class Ring {
  constructor(view) {
    this.view = view;
    this.node = el("div", { class: "canvas-ring", "aria-hidden": "true", hidden: true });
    this.outline = svg("svg", { class: "canvas-outline", "aria-hidden": "true" });
    this.lines = ["under", "over"].map((name) => svg("polygon", { class: name }));
    this.outline.append(...this.lines);
    Object.assign(this, { at: null, byKeys: false, size: 0, kind: "", timer: 0, points: null });
  }

  // `kind` is "ring", "erasing", "cross" (shown while keys move the pen: a mouse has its own) or "" for none; `size` in
  // pixels of the picture.
  set(kind, size) {
    Object.assign(this, { kind, size });
    this.draw();
  }

  // A point of the stage, or null: then there is nothing to show.
  move(point, byKeys = false) {
    Object.assign(this, { at: point, byKeys });
    this.draw();
  }

  // Shows the size in the middle of the stage for a moment, for those whose pointer is elsewhere.
  preview() {
    if (this.at) return;
    this.draw([this.view.width / 2, this.view.height / 2]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.draw(), SEEN);
  }

  draw(point = this.at) {
    const isCross = this.kind === "cross";
    this.node.hidden = !point || !this.kind || (isCross && !this.byKeys);
    if (this.node.hidden) return;
    const side = isCross ? 1 : this.size * this.view.scale;
    this.node.classList.toggle("erasing", this.kind === "erasing");
    this.node.classList.toggle("tiny", side < 7);
    this.node.style.setProperty("width", `${side}px`);
    this.node.style.setProperty("height", `${side}px`);
    this.node.style.setProperty("transform", `translate(${point[0] - side / 2}px, ${point[1] - side / 2}px)`);
  }

  // Points of the picture, or null.
  surround(points) {
    this.points = points;
    const corners = (points ?? []).map((point) => this.view.toStage(point).join(",")).join(" ");
    for (const line of this.lines) line.setAttribute("points", corners);
  }

  // The view has moved.
  follow() {
    this.draw();
    if (this.points) this.surround(this.points);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

export function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
