// One picture with what is painted on it, and the steps that led there.
import { History } from "./canvas_history.js";
import { FULL, Tiles, inverted } from "./canvas_tiles.js";

export class Sheet {
  // `picture` is an ImageBitmap, `source` the Blob or the address that it came from.
  constructor(picture, source) {
    const { width, height } = picture;
    Object.assign(this, { picture, source, width, height, history: new History(), last: null });
    this.layers = { mask: new Tiles(width, height, 1), sketch: new Tiles(width, height, 4) };
  }

  get isPainted() {
    return !this.layers.mask.isEmpty || !this.layers.sketch.isEmpty;
  }

  // Takes over the mask of another sheet of the same size, with its steps.
  adopt(other) {
    this.layers.mask = other.layers.mask;
    this.history = other.history;
    this.history.keepOnly(this.layers.mask);
    return this;
  }

  nameOf(step) {
    return step.tiles === this.layers.mask ? "mask" : "sketch";
  }

  // All of these give the step that takes them back, or null when nothing has changed.

  invert() {
    return this.change("mask", inverted);
  }

  fill() {
    return this.change("mask", () => FULL);
  }

  clear(name) {
    return this.change(name, () => null);
  }

  setMask(tiles) {
    return this.change("mask", (_, index) => tiles.list[index]);
  }

  setSketch(tiles) {
    return this.change("sketch", (_, index) => tiles.list[index]);
  }

  addMask(tiles) {
    return this.change("mask", (before, index) => both(before, tiles.list[index]));
  }

  change(name, make) {
    const step = this.layers[name].replace(make);
    if (step) this.history.push(step);
    return step;
  }
}

function both(one, other) {
  if (one === null || other === FULL) return other;
  if (other === null || one === FULL) return one;
  return one.map((value, place) => Math.max(value, other[place]));
}
