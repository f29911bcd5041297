// A picture to paint on: a mask (what is drawn anew) and a sketch (colours over the picture).
import { Board } from "./canvas_board.js";
import { openPicture, openSheet } from "./canvas_opening.js";
import { lightTiles, maskFile, maskTiles, seeThrough, sketchedFile } from "./canvas_read.js";
import { say } from "./say.js";
import { toast } from "./toast.js";

export class PictureCanvas {
  #board;
  #onPicture;
  #onChange;
  #loads = 0; // what is opened last wins

  // `onChange()` comes after all that changes the mask or the sketch, `onPicture(blob)` when the person has brought a
  // picture: it is shown by then, without any mask. `look` is what is otherwise than usual: the colour at first, the
  // brush as a share of the shorter side, and the words that tell how much is masked.
  constructor(place, { mask = true, sketch = false, onChange = () => {}, onPicture = () => {}, ...look } = {}) {
    this.#onPicture = onPicture;
    this.#onChange = onChange;
    this.#board = new Board({ changed: onChange, brought: (blob) => this.#bring(blob), act: (name) => this.#act(name) }, look);
    place.append(this.#board.root);
    this.setTools({ mask, sketch });
  }

  get hasPicture() {
    return this.#board.sheet !== null;
  }

  // In the picture's own pixels; 0 without one.
  get width() {
    return this.#board.sheet?.width ?? 0;
  }

  get height() {
    return this.#board.sheet?.height ?? 0;
  }

  get hasMask() {
    return this.#has("mask");
  }

  get canUndo() {
    return this.#board.sheet?.history.canUndo ?? false;
  }

  get canRedo() {
    return this.#board.sheet?.history.canRedo ?? false;
  }

  // Shows a picture (a Blob or an address of ours). True when it is shown; else a message has said why not, or another
  // one was loaded meanwhile. With `keepMask` what is masked stays, stretched if the size differs.
  async load(source, { keepMask = false } = {}) {
    const mine = ++this.#loads;
    const sheet = await openSheet(source, () => (keepMask ? this.#board.sheet : null));
    if (!sheet || mine !== this.#loads) return false;
    this.#board.show(sheet);
    return true;
  }

  // Takes the picture and all that is painted away.
  clear() {
    this.#loads++;
    this.#board.show(null);
  }

  // A grey PNG file of the picture's own size, white where it is drawn anew; null when nothing is masked.
  async maskBlob() {
    return this.hasMask ? maskFile(this.#board.sheet.layers.mask) : null;
  }

  // Brightness counts; of a picture in one colour with see-through parts, its opacity. True when it could be used.
  async setMask(source) {
    const { sheet } = this.#board;
    const bitmap = sheet && (await openPicture(source));
    if (!bitmap || sheet !== this.#board.sheet) return false;
    const [from, to] = [bitmap, sheet].map(({ width, height }) => `${width} × ${height}`);
    if (from !== to) toast(say("canvas_mask_stretched", { from, to }), { seconds: 8 });
    this.#did((one) => one.setMask(maskTiles(bitmap, sheet.width, sheet.height)));
    return true;
  }

  // The picture with the sketch in it as a PNG file; null when nothing is sketched.
  async sketchBlob() {
    return this.#has("sketch") ? sketchedFile(this.#board.sheet.picture, this.#board.screen.faces.sketch) : null;
  }

  // What is light in a picture becomes the sketch, in white, so that it can be drawn on and erased. True when it could.
  async setSketch(source) {
    const { sheet } = this.#board;
    const bitmap = sheet && (await openPicture(source));
    if (!bitmap || sheet !== this.#board.sheet) return false;
    this.#did((one) => one.setSketch(lightTiles(bitmap, sheet.width, sheet.height)));
    return true;
  }

  // Which layers can be painted. What was painted on another one stays, unseen and unused, until that is back.
  setTools({ mask = this.#board.layers.includes("mask"), sketch = this.#board.layers.includes("sketch") } = {}) {
    const wanted = { mask, sketch };
    this.#board.setLayers(["mask", "sketch"].filter((name) => wanted[name]));
  }

  invert() {
    this.#did((sheet) => sheet.invert());
  }

  fillMask() {
    this.#did((sheet) => sheet.fill());
  }

  clearMask() {
    this.#did((sheet) => sheet.clear("mask"));
  }

  // Masks what is see-through in the picture, besides what is masked already.
  maskFromAlpha() {
    if (!this.hasPicture) return;
    const tiles = seeThrough(this.#board.sheet.picture);
    if (tiles.isEmpty) toast(say("canvas_no_alpha"));
    else this.#did((sheet) => sheet.addMask(tiles));
  }

  undo() {
    this.#did((sheet) => sheet.history.undo());
  }

  redo() {
    this.#did((sheet) => sheet.history.redo());
  }

  fit() {
    this.#board.view.fit();
  }

  // Leaves nothing behind: no element, no listener.
  destroy() {
    this.#loads++;
    this.#board.destroy();
  }

  #has(name) {
    const { sheet, layers } = this.#board;
    return sheet !== null && layers.includes(name) && !sheet.layers[name].isEmpty;
  }

  // A stroke under way is finished first, or its squares would be changed under its hands.
  #did(change) {
    const board = this.#board;
    board.input.finish();
    if (board.sheet) board.changed(change(board.sheet));
  }

  #act(name) {
    const acts = {
      undo: () => this.undo(),
      redo: () => this.redo(),
      invert: () => this.invert(),
      clear: () => this.clearMask(),
      fill: () => this.fillMask(),
      fromAlpha: () => this.maskFromAlpha(),
      openMask: () => this.#board.intake.choose((file) => this.setMask(file)),
      clearSketch: () => this.#did((sheet) => sheet.clear("sketch")),
    };
    acts[name]();
  }

  // What was painted on the picture before can be had back for a while.
  async #bring(blob) {
    const before = this.#board.sheet;
    if (!(await this.load(blob))) return;
    this.#onPicture(blob);
    if (before?.isPainted) toast(say("canvas_replaced"), { seconds: 12, act: { text: say("canvas_back"), run: () => this.#bringBack(before) } });
  }

  async #bringBack(sheet) {
    this.#loads++;
    this.#board.show(sheet);
    this.#onPicture(sheet.source instanceof Blob ? sheet.source : await sketchedFile(sheet.picture));
    this.#onChange();
  }
}
