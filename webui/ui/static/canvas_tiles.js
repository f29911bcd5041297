// Pixels in squares of 256. What is not painted takes no memory, and a finished square is never changed:
// a step of the history keeps the old squares themselves, not copies of them.

export const TILE = 256;

// The square of a mask that is painted all over; there is only this one.
export const FULL = new Uint8ClampedArray(TILE * TILE).fill(255);

export class Tiles {
  // One channel is a mask (0 to 255), four are red, green, blue and alpha (not multiplied).
  constructor(width, height, channels) {
    Object.assign(this, { width, height, channels, columns: Math.ceil(width / TILE), sums: new WeakMap() });
    this.list = new Array(this.columns * Math.ceil(height / TILE)).fill(null);
  }

  get isEmpty() {
    return this.list.every((tile) => tile === null);
  }

  blank() {
    return new Uint8ClampedArray(TILE * TILE * this.channels);
  }

  // Where a square lies; those at the right and at the bottom are cut. Right and bottom are excluded.
  box(index) {
    const [left, top] = [(index % this.columns) * TILE, Math.floor(index / this.columns) * TILE];
    return { left, top, right: Math.min(left + TILE, this.width), bottom: Math.min(top + TILE, this.height) };
  }

  // The numbers of the squares that a box has a part in.
  touching({ left, top, right, bottom }) {
    const found = [];
    const last = { x: Math.ceil(Math.min(right, this.width) / TILE), y: Math.ceil(Math.min(bottom, this.height) / TILE) };
    for (let row = Math.max(0, Math.floor(top / TILE)); row < last.y; row++) {
      for (let column = Math.max(0, Math.floor(left / TILE)); column < last.x; column++) found.push(row * this.columns + column);
    }
    return found;
  }

  // The lightest form of a square: null when nothing is in it, FULL when all of a mask is.
  lightest(index, tile) {
    if (tile === null || tile === FULL) return tile;
    if (this.channels === 4) return isClear(tile) ? null : tile;
    const sum = total(tile, this.box(index));
    this.sums.set(tile, sum); // what was counted while a stroke was under way no longer holds
    if (sum === 0) return null;
    return sum === 255 * area(this.box(index)) ? FULL : tile;
  }

  // All values of a square of a mask together, without what lies outside the picture.
  sum(index, tile) {
    if (tile === null) return 0;
    if (tile === FULL) return 255 * area(this.box(index));
    if (!this.sums.has(tile)) this.sums.set(tile, total(tile, this.box(index)));
    return this.sums.get(tile);
  }

  // How much of the picture a mask covers, 0 to 1.
  share() {
    const sum = this.list.reduce((all, tile, index) => all + this.sum(index, tile), 0);
    return sum / (255 * this.width * this.height);
  }

  // Replaces every square by what `make(tile, index)` gives; the step that takes it back, or null if nothing changed.
  replace(make) {
    const changes = [];
    this.list.forEach((before, index) => {
      const after = this.lightest(index, make(before, index));
      if (same(before, after)) return;
      this.list[index] = after;
      changes.push([index, before, after]);
    });
    return changes.length ? { tiles: this, changes } : null;
  }
}

export const area = (box) => (box.right - box.left) * (box.bottom - box.top);

export function same(one, other) {
  if (one === other || one === null || other === null) return one === other;
  for (let place = 0; place < one.length; place++) if (one[place] !== other[place]) return false;
  return true;
}

function total(tile, box) {
  let sum = 0;
  for (let y = 0; y < box.bottom - box.top; y++) {
    for (let x = y * TILE; x < y * TILE + box.right - box.left; x++) sum += tile[x];
  }
  return sum;
}

function isClear(tile) {
  for (let alpha = 3; alpha < tile.length; alpha += 4) if (tile[alpha]) return false;
  return true;
}

// A box that holds both; either may be null.
export function joined(one, other) {
  if (!one || !other) return one ?? other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

export function inverted(tile) {
  if (tile === null) return FULL;
  return tile === FULL ? null : tile.map((value) => 255 - value);
}
