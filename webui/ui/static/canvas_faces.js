// The squares of a layer as small canvases that can be drawn. They follow the squares by themselves.
import { FULL, TILE, joined } from "./canvas_tiles.js";

export class Faces {
  constructor(tiles) {
    Object.assign(this, { tiles, kept: new Map() });
  }

  // A box inside a square has changed under our eyes (a stroke is under way).
  spoil(index, box) {
    const face = this.kept.get(index);
    if (face) face.spoilt = joined(face.spoilt, box);
  }

  // Draws all squares that a box of the picture touches. `across` and `down` turn places of the picture into
  // whole pixels of `pen`: what is rounded alike leaves no seams.
  draw(pen, box, across, down) {
    for (const index of this.tiles.touching(box)) {
      const tile = this.tiles.list[index];
      const whole = this.tiles.box(index);
      const part = {
        left: Math.max(whole.left, Math.floor(box.left)),
        top: Math.max(whole.top, Math.floor(box.top)),
        right: Math.min(whole.right, Math.ceil(box.right)),
        bottom: Math.min(whole.bottom, Math.ceil(box.bottom)),
      };
      const [x, y] = [across(part.left), down(part.top)];
      const target = [x, y, across(part.right) - x, down(part.bottom) - y];
      if (tile === null || tile === FULL) this.kept.delete(index);
      if (tile === FULL) pen.fillRect(...target);
      else if (tile) pen.drawImage(this.face(index, tile), ...inside(part, whole), ...target);
    }
  }

  face(index, tile) {
    const box = this.tiles.box(index);
    const all = { left: 0, top: 0, right: box.right - box.left, bottom: box.bottom - box.top };
    const face = this.kept.get(index) ?? { canvas: fresh(all.right, all.bottom), tile: null, spoilt: null };
    this.kept.set(index, face);
    const stale = face.tile === tile ? face.spoilt : all;
    if (stale) this.upload(face, tile, stale);
    return face.canvas;
  }

  upload(face, tile, box) {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    const image = new ImageData(width, height);
    const whites = new Uint32Array(image.data.buffer); // alpha, blue, green, red from the high byte down
    for (let y = 0; y < height; y++) {
      const start = (box.top + y) * TILE + box.left;
      if (this.tiles.channels === 4) image.data.set(tile.subarray(4 * start, 4 * (start + width)), 4 * y * width);
      else for (let x = 0; x < width; x++) whites[y * width + x] = (tile[start + x] << 24) | 0xffffff;
    }
    face.canvas.getContext("2d").putImageData(image, box.left, box.top);
    Object.assign(face, { tile, spoilt: null });
  }
}

// Where a part lies in its square, as drawImage wants it.
function inside(part, whole) {
  return [part.left - whole.left, part.top - whole.top, part.right - part.left, part.bottom - part.top];
}

function fresh(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
