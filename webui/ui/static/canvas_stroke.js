// One stroke: new squares while it is drawn, one step of the history when it is finished.
import { Cover } from "./canvas_cover.js";
import { TILE, same } from "./canvas_tiles.js";

export class Stroke {
  // `colour` is [red, green, blue], 0 to 255; a mask needs none.
  constructor(tiles, { erase = false, colour = [0, 0, 0] } = {}) {
    const soft = tiles.channels === 4;
    Object.assign(this, { tiles, erase, colour, cover: new Cover(tiles, soft), before: new Map(), blank: tiles.blank() });
    this.blend = soft ? (erase ? eraseColour : paintColour) : erase ? eraseMask : paintMask;
  }

  // Writes what was covered since last time into the squares: pairs of a square's number and a box inside it.
  settle() {
    const fresh = this.cover.takeFresh();
    for (const [index, box] of fresh) {
      const after = this.own(index);
      this.blend(this.before.get(index) ?? this.blank, after, this.cover.squares.get(index), box, this.colour);
    }
    return [...fresh];
  }

  // The square that this stroke may change.
  own(index) {
    const { list } = this.tiles;
    if (!this.before.has(index)) {
      this.before.set(index, list[index]);
      list[index] = list[index]?.slice() ?? this.tiles.blank();
    }
    return list[index];
  }

  // The step that takes it back, or null when it changed nothing.
  finish() {
    this.settle();
    const changes = [];
    for (const [index, before] of this.before) {
      const after = this.tiles.lightest(index, this.tiles.list[index]);
      this.tiles.list[index] = same(before, after) ? before : after;
      if (this.tiles.list[index] !== before) changes.push([index, before, after]);
    }
    return changes.length ? { tiles: this.tiles, changes } : null;
  }

  // As if it had never been.
  cancel() {
    for (const [index, before] of this.before) this.tiles.list[index] = before;
  }
}

// Calls `act(place)` for every pixel of a box of a square.
function each({ left, top, right, bottom }, act) {
  for (let y = top; y < bottom; y++) {
    for (let place = y * TILE + left; place < y * TILE + right; place++) act(place);
  }
}

// From what was there before and the whole stroke, not from what this stroke made: an edge that is passed
// twice stays as smooth as it was.
function paintMask(before, after, cover, box) {
  each(box, (place) => (after[place] = Math.max(before[place], cover[place])));
}

function eraseMask(before, after, cover, box) {
  each(box, (place) => (after[place] = Math.min(before[place], 255 - cover[place])));
}

function paintColour(before, after, cover, box, colour) {
  each(box, (place) => {
    const share = cover[place] / 255;
    const under = (before[4 * place + 3] / 255) * (1 - share);
    const alpha = share + under;
    for (let channel = 0; channel < 3 && alpha > 0; channel++) {
      after[4 * place + channel] = (colour[channel] * share + before[4 * place + channel] * under) / alpha;
    }
    after[4 * place + 3] = 255 * alpha;
  });
}

function eraseColour(before, after, cover, box) {
  each(box, (place) => (after[4 * place + 3] = (before[4 * place + 3] * (255 - cover[place])) / 255));
}
