// The tools: what pressing, moving and letting go do to the layers of the picture.
import { Stroke } from "./canvas_stroke.js";

// Brush sizes in pixels of the picture: fine steps while it is small.
export const SIZES = [...range(1, 20, 1), ...range(22, 40, 2), ...range(45, 100, 5), ...range(110, 300, 10)];

function range(first, last, step) {
  return Array.from({ length: (last - first) / step + 1 }, (_, place) => first + place * step);
}

// A brush that suits the picture: about a share of its shorter side.
export function fittingSize({ width, height }, share = 1 / 12) {
  return SIZES.findLast((size) => size <= Math.max(1, Math.min(width, height) * share));
}

// Colours of the page (#rrggbb) and ours ([red, green, blue]).
export const rgb = (text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
export const hex = (colour) => `#${colour.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

export class Painter {
  // hooks: stirred(), spoiled(layer, index, box), outlined(points or null), finished(), picked(point).
  constructor(hooks) {
    Object.assign(this, { hooks, sheet: null, tool: "brush", layer: "mask", size: 24, colour: [200, 54, 26] });
    this.rest();
  }

  rest() {
    Object.assign(this, { stroke: null, points: null, erasing: false });
  }

  get isBusy() {
    return this.stroke !== null || this.points !== null;
  }

  // The next smaller (-1) or larger (1) size.
  sizeBy(steps) {
    const place = SIZES.findIndex((size) => size >= this.size);
    const between = steps < 0 || SIZES[place] === this.size ? steps : 0;
    return SIZES[Math.min(SIZES.length - 1, Math.max(0, (place < 0 ? SIZES.length - 1 : place) + between))];
  }

  // `erase` turns any tool into an eraser, `straight` draws on from where the last stroke ended.
  press(point, { erase = false, straight = false } = {}) {
    if (!this.sheet || !this.layer) return;
    if (this.tool === "pick") return this.hooks.picked(point);
    this.erasing = erase || this.tool === "eraser";
    if (this.tool === "rectangle" || this.tool === "lasso") {
      this.points = [point];
      return;
    }
    this.stroke = this.newStroke();
    this.lastBefore = this.sheet.last;
    const here = this.snapped(point);
    this.lineTo((straight && this.sheet.last) || here, here);
  }

  newStroke() {
    return new Stroke(this.sheet.layers[this.layer], { erase: this.erasing, colour: this.colour });
  }

  // The finest brush paints whole pixels: the one that is pointed at.
  snapped([x, y]) {
    return this.size === 1 ? [Math.floor(x) + 0.5, Math.floor(y) + 0.5] : [x, y];
  }

  lineTo(from, to) {
    this.stroke.cover.line(from, to, this.size / 2);
    this.sheet.last = to;
    this.hooks.stirred();
  }

  drag(points) {
    if (this.points) {
      if (this.tool === "lasso") this.points.push(...points);
      else this.points[1] = points.at(-1);
      this.hooks.outlined(this.outline());
    }
    for (const point of this.stroke ? points : []) this.lineTo(this.sheet.last, this.snapped(point));
  }

  // What a rectangle or a lasso would fill, or null.
  outline() {
    if (this.tool === "lasso" || this.points.length < 2) return this.points;
    const { left, top, right, bottom } = corners(this.points);
    return [[left, top], [right, top], [right, bottom], [left, bottom]];
  }

  // Brings the squares up to what was painted; the screen asks before it draws.
  settle() {
    const layer = this.layer;
    for (const [index, box] of this.stroke?.settle() ?? []) this.hooks.spoiled(layer, index, box);
  }

  release() {
    if (!this.isBusy) return;
    if (this.points) this.fill();
    if (this.stroke) {
      this.settle();
      const step = this.stroke.finish();
      if (step) this.sheet.history.push(step);
      this.rest();
      if (step) this.hooks.finished();
    }
    this.rest();
    this.hooks.outlined(null);
  }

  // A rectangle takes every pixel that it touches; a mere click fills nothing.
  fill() {
    if (this.points.length < (this.tool === "lasso" ? 3 : 2)) return;
    this.stroke = this.newStroke();
    if (this.tool === "lasso") this.stroke.cover.area(this.points);
    else this.stroke.cover.box(corners(this.points));
  }

  // The stroke under way is taken back.
  abandon() {
    if (this.stroke) this.sheet.last = this.lastBefore;
    this.stroke?.cancel();
    for (const [index] of this.stroke?.before ?? []) this.hooks.spoiled(this.layer, index);
    this.rest();
    this.hooks.outlined(null);
  }
}

function corners([[ax, ay], [bx, by]]) {
  return {
    left: Math.floor(Math.min(ax, bx)),
    top: Math.floor(Math.min(ay, by)),
    right: Math.ceil(Math.max(ax, bx)),
    bottom: Math.ceil(Math.max(ay, by)),
  };
}
