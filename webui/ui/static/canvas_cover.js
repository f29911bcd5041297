// Which pixels a stroke covers and how far, 0 to 255. Counted here and not drawn by the browser, so that a mask
// has the very same pixels everywhere: a pixel is in when its middle is.
import { TILE, joined } from "./canvas_tiles.js";

const TINY = 1e-9;

export class Cover {
  // A soft cover has smooth edges (for colours), else a pixel is in or out (for masks).
  constructor(tiles, soft) {
    Object.assign(this, { tiles, soft, squares: new Map(), fresh: new Map() });
  }

  // A line with round ends between two points of the picture, [x, y] in pixels from its corner.
  line(from, to, radius) {
    const span = capsule(from, to);
    const reach = radius + (this.soft ? 0.5 : 0);
    const first = Math.max(0, Math.floor(Math.min(from[1], to[1]) - reach));
    const last = Math.min(this.tiles.height - 1, Math.ceil(Math.max(from[1], to[1]) + reach));
    for (let y = first; y <= last; y++) {
      const outer = pixels(span(y + 0.5, reach));
      if (!outer) continue;
      if (this.soft) this.softRow(y, outer, pixels(span(y + 0.5, radius - 0.5)), (x) => radius + 0.5 - distance(x + 0.5, y + 0.5, from, to));
      else this.row(y, outer[0], outer[1], 255);
    }
  }

  // All pixels of a box.
  box({ left, top, right, bottom }) {
    for (let y = Math.max(0, top); y < Math.min(bottom, this.tiles.height); y++) this.row(y, left, right, 255);
  }

  // What a closed line runs around, as often as it likes.
  area(points) {
    crossings(points, this.tiles.height).forEach((found, y) => {
      found.sort((one, other) => one[0] - other[0]);
      let turns = 0;
      found.forEach(([x, turn], place) => {
        turns += turn;
        const inside = turns !== 0 && pixels([x, found[place + 1]?.[0] ?? x]);
        if (inside) this.row(y, inside[0], inside[1], 255);
      });
    });
    if (this.soft) points.forEach((point, place) => this.line(point, points[(place + 1) % points.length], 0.5));
  }

  softRow(y, [first, end], inner, shareAt) {
    const [solid, after] = inner ?? [end, end];
    const edge = (x) => this.row(y, x, x + 1, Math.round(255 * Math.min(1, Math.max(0, shareAt(x)))));
    for (let x = Math.max(0, first); x < Math.min(solid, this.tiles.width); x++) edge(x);
    this.row(y, solid, after, 255);
    for (let x = Math.max(0, after); x < Math.min(end, this.tiles.width); x++) edge(x);
  }

  // Pixels `left` to `right` (excluded) of a row get at least this value.
  row(y, left, right, value) {
    const end = Math.min(right, this.tiles.width);
    for (let x = Math.max(0, left); x < end && value > 0; ) {
      const stop = Math.min(end, (Math.floor(x / TILE) + 1) * TILE);
      const index = Math.floor(y / TILE) * this.tiles.columns + Math.floor(x / TILE);
      const [square, start] = [this.square(index), (y % TILE) * TILE + (x % TILE)];
      if (value === 255) square.fill(255, start, start + stop - x);
      else square[start] = Math.max(square[start], value);
      const run = { left: x % TILE, top: y % TILE, right: (x % TILE) + stop - x, bottom: (y % TILE) + 1 };
      this.fresh.set(index, joined(this.fresh.get(index), run));
      x = stop;
    }
  }

  square(index) {
    if (!this.squares.has(index)) this.squares.set(index, new Uint8ClampedArray(TILE * TILE));
    return this.squares.get(index);
  }

  // What was covered since the last call: pairs of a square's number and a box inside it.
  takeFresh() {
    const fresh = this.fresh;
    this.fresh = new Map();
    return fresh;
  }
}

// Whole pixels [first, end) whose middles lie between two places of a row, or null.
function pixels(span) {
  if (!span) return null;
  const [first, end] = [Math.ceil(span[0] - 0.5), Math.floor(span[1] - 0.5) + 1];
  return end > first ? [first, end] : null;
}

// Gives a function of a row's height and a radius: from where to where the row lies in the line, or null.
function capsule([ax, ay], [bx, by]) {
  const long = Math.hypot(bx - ax, by - ay);
  const [ux, uy] = long > TINY ? [(bx - ax) / long, (by - ay) / long] : [0, 0];
  const round = (x, dy, radius) => {
    const half = Math.sqrt(radius * radius - dy * dy); // NaN above and below the end
    return half >= 0 ? [x - half, x + half] : null;
  };
  return (y, radius) => {
    if (radius < 0) return null;
    const dy = y - ay;
    const along = between(ux, dy * uy, 0, long);
    const aside = between(uy, -dy * ux, -radius, radius);
    const straight = long > TINY && along && aside ? [ax + Math.max(along[0], aside[0]), ax + Math.min(along[1], aside[1])] : null;
    const spans = [round(ax, dy, radius), round(bx, y - by, radius), straight].filter((span) => span && span[0] <= span[1]);
    return spans.length ? [Math.min(...spans.map((span) => span[0])), Math.max(...spans.map((span) => span[1]))] : null;
  };
}

// Where slope * x + start lies between two values: [from, to], or null.
function between(slope, start, low, high) {
  if (Math.abs(slope) < TINY) return start >= low && start <= high ? [-Infinity, Infinity] : null;
  const ends = [(low - start) / slope, (high - start) / slope];
  return slope > 0 ? ends : ends.reverse();
}

function distance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const share = square > TINY ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}

// For each row of pixels where its middle crosses the line, and whether downwards (1) or upwards (-1).
function crossings(points, height) {
  const rows = new Map();
  points.forEach(([ax, ay], place) => {
    const [bx, by] = points[(place + 1) % points.length];
    const [low, high] = [Math.min(ay, by), Math.max(ay, by)];
    for (let y = Math.max(0, Math.ceil(low - 0.5)); y + 0.5 < high && y < height; y++) {
      if (!rows.has(y)) rows.set(y, []);
      rows.get(y).push([ax + ((y + 0.5 - ay) * (bx - ax)) / (by - ay), by > ay ? 1 : -1]);
    }
  });
  return rows;
}
