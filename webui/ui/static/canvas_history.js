// Steps that can be taken back and made again. A step is {tiles, changes: [[number, before, after], ...]}.
import { FULL } from "./canvas_tiles.js";

const STEPS = 60;
const BYTES = 128 * 2 ** 20;

export class History {
  constructor() {
    Object.assign(this, { done: [], undone: [] });
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  // The oldest steps go when there are too many or they are too heavy; the latest always stays.
  push(step) {
    this.done.push(step);
    this.undone = [];
    let bytes = this.done.reduce((sum, one) => sum + weight(one), 0);
    while (this.done.length > 1 && (this.done.length > STEPS || bytes > BYTES)) bytes -= weight(this.done.shift());
  }

  // Both give the step that was taken back or made again, or null.
  undo() {
    const step = this.done.pop();
    if (!step) return null;
    this.undone.push(step);
    for (const [index, before] of step.changes) step.tiles.list[index] = before;
    return step;
  }

  redo() {
    const step = this.undone.pop();
    if (!step) return null;
    this.done.push(step);
    for (const [index, , after] of step.changes) step.tiles.list[index] = after;
    return step;
  }

  // Keeps only the steps of one layer.
  keepOnly(tiles) {
    this.done = this.done.filter((step) => step.tiles === tiles);
    this.undone = this.undone.filter((step) => step.tiles === tiles);
  }
}

// Squares that two steps share are counted twice: rather too few steps than too much memory.
function weight(step) {
  const heavy = step.changes.flatMap(([, before, after]) => [before, after]).filter((tile) => tile && tile !== FULL);
  return heavy.reduce((sum, tile) => sum + tile.byteLength, 0);
}
