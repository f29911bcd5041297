// Drawing a map by hand, white on black, and painting where a unit acts: on the canvas that other pictures have.
import { api, inputUrl } from "./api.js";
import { PictureCanvas } from "./canvas.js";
import { modelFor } from "./control_choices.js";
import { sizeDrawn, wishOf } from "./control_map.js";
import { address } from "./control_picture.js";
import { beforeSending, clear, send } from "./control_sending.js";
import { button, el } from "./dom.js";
import { say } from "./say.js";

const PAUSE = 500;
const WHITE = "#ffffff";
const FINE = 1 / 48; // of the shorter side: lines as models that read drawings know them
let painting = null; // the one canvas that is open

beforeSending(() => painting?.flush());

// Opens a canvas in `place`: "draw" for the unit's picture, "mask" for where it acts. hooks: closed(), and take(blob)
// for a picture that was dropped on it.
export async function openPainting(unit, what, place, hooks) {
  closePainting();
  painting = new Painting(unit, what, place, hooks);
  await painting.open();
}

// What was painted is kept.
export function closePainting() {
  const before = painting;
  painting = null;
  before?.close();
}

class Painting {
  constructor(unit, what, place, hooks) {
    Object.assign(this, { unit, what, hooks, timer: 0, keeping: null, isReady: false, isUnsaved: false });
    const room = el("div", { class: `control-canvas ${what}` });
    this.node = el("div", { class: "control-painting" });
    const words = what === "draw" ? [el("p", { class: "control-help" }, say("control_drawing"))] : [];
    this.node.append(...words, room, button(say("control_paint_done"), closePainting, { class: "control-done" }));
    place.append(this.node);
    const drawing = what === "draw" ? { mask: false, sketch: true, colour: WHITE, brush: FINE } : {};
    this.canvas = new PictureCanvas(room, { ...drawing, shares: "control_share", onChange: () => this.soon(), onPicture: (blob) => this.replaced(blob) });
  }

  async open() {
    const { unit, what, canvas } = this;
    const ground = what === "draw" ? await black(sizeDrawn()) : await this.ground();
    if (!(await canvas.load(ground))) return;
    if (what === "draw" && unit.image && unit.drawn) await canvas.setSketch(address(unit.image));
    if (what === "mask" && unit.mask) await canvas.setMask(inputUrl(unit.mask));
    this.isReady = true;
    this.node.scrollIntoView({ block: "nearest" });
  }

  // A mask lies on what is drawn, so the picture is shown as it comes to that size.
  async ground() {
    const wish = wishOf(this.unit, "none");
    if (!wish) return black(sizeDrawn());
    const shown = await api.makeMap({ ...wish, threshold_a: null, threshold_b: null, resolution: null, mask: "" }).catch(() => null);
    return shown ? shown.url : address(wish.image);
  }

  soon() {
    if (!this.isReady) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush().catch(() => {}), PAUSE); // what goes wrong was said, and is tried again
    this.isUnsaved = true;
  }

  // Keeps what is painted now; waits for what is under way.
  async flush() {
    clearTimeout(this.timer);
    if (!this.isUnsaved) return this.keeping;
    this.isUnsaved = false;
    this.keeping = this.what === "draw" ? this.keepDrawing() : this.keepMask();
    return this.keeping;
  }

  async keepDrawing() {
    const { unit } = this;
    const blob = await this.canvas.sketchBlob();
    const more = { drawn: true, preprocessor: "none", threshold_a: null, threshold_b: null };
    const model = modelFor(unit, "none");
    const isFirst = !unit.drawn || !unit.image;
    if (blob) await send(unit, "image", blob, isFirst ? { ...more, model, enabled: true } : {});
    else clear(unit, "image", { enabled: false });
  }

  async keepMask() {
    const blob = await this.canvas.maskBlob();
    if (blob) await send(this.unit, "mask", blob);
    else clear(this.unit, "mask");
  }

  // Another picture was dropped on the canvas: it is the unit's picture now.
  replaced(blob) {
    this.isUnsaved = false;
    closePainting();
    this.hooks.take(blob);
  }

  close() {
    this.flush().catch(() => {});
    this.keeping?.catch(() => {});
    // The canvas is read before it goes: its layers outlive the elements.
    this.canvas.destroy();
    this.node.remove();
    this.hooks.closed();
  }
}

function black({ width = 512, height = 512 }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.fillRect(0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
