// What is seen of the picture: three canvases over each other (picture, sketch, mask), as sharp as the screen.
// Only what has changed is drawn anew, once per frame of the screen.
import { el } from "./dom.js";
import { Faces } from "./canvas_faces.js";
import { checkers, stripes } from "./canvas_patterns.js";
import { joined } from "./canvas_tiles.js";

const CRISP = 8; // from so many dots of the screen on, single pixels of the picture are shown as squares

export class Screen {
  // `before` runs ahead of each drawing.
  constructor(view, before) {
    const names = ["picture", "sketch", "mask"];
    Object.assign(this, { view, before, ratio: 1, sheet: null, faces: {}, pending: {}, frame: 0, shown: { mask: true, sketch: true } });
    this.canvases = Object.fromEntries(names.map((name) => [name, el("canvas", { class: `canvas-layer ${name}`, "aria-hidden": "true" })]));
    this.pens = Object.fromEntries(names.map((name) => [name, this.canvases[name].getContext("2d")]));
    this.scratch = document.createElement("canvas").getContext("2d");
  }

  get nodes() {
    return Object.values(this.canvases);
  }

  // Size of the stage in dots of the screen, and how many of them make a CSS pixel.
  resize(width, height, ratio) {
    for (const canvas of [...this.nodes, this.scratch.canvas]) Object.assign(canvas, { width, height });
    this.ratio = ratio;
    this.repaint();
  }

  show(sheet) {
    this.sheet = sheet;
    this.faces = sheet ? { mask: new Faces(sheet.layers.mask), sketch: new Faces(sheet.layers.sketch) } : {};
    this.refresh();
  }

  // Colours of the theme or what is shown have changed.
  repaint() {
    this.stripes = stripes(this.pens.mask, this.ratio);
    this.checkers = checkers(this.pens.picture, this.ratio);
    this.refresh();
  }

  refresh() {
    const { width, height } = this.scratch.canvas;
    for (const name of Object.keys(this.pens)) this.pending[name] = { left: 0, top: 0, right: width, bottom: height };
    this.wake();
  }

  // A layer has changed; with a box inside a square, only there.
  spoil(name, index, box) {
    const whole = this.sheet.layers[name].box(index);
    if (box) this.faces[name].spoil(index, box);
    const part = box ? moved(box, whole.left, whole.top) : whole;
    const dots = { left: this.across(part.left), top: this.down(part.top), right: this.across(part.right), bottom: this.down(part.bottom) };
    this.pending[name] = joined(this.pending[name], grown(dots));
    this.wake();
  }

  // At once, not with the next frame: canvases that were resized are empty.
  now() {
    this.stop();
    this.draw();
  }

  wake() {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }

  // Places of the picture as whole dots of the screen: neighbours share their edge.
  across = (x) => Math.round((this.view.x + x * this.view.scale) * this.ratio);
  down = (y) => Math.round((this.view.y + y * this.view.scale) * this.ratio);

  draw() {
    this.before();
    this.frame = 0;
    const drawers = { picture: this.drawPicture, sketch: this.drawSketch, mask: this.drawMask };
    for (const [name, box] of Object.entries(this.pending)) {
      const pen = this.pens[name];
      cut(pen, box, () => {
        pen.imageSmoothingEnabled = this.view.scale * this.ratio < CRISP;
        pen.imageSmoothingQuality = "high";
        if (this.sheet && this.shown[name] !== false) drawers[name].call(this, pen, box);
      });
    }
    this.pending = {};
  }

  // The part of the picture that a box of the screen shows, with a little around it.
  part(box) {
    const [scale, { width, height }] = [this.view.scale * this.ratio, this.sheet];
    const from = (dots, start) => Math.max(0, Math.floor((dots - start * this.ratio) / scale) - 2);
    const to = (dots, start, most) => Math.min(most, Math.ceil((dots - start * this.ratio) / scale) + 2);
    const { x, y } = this.view;
    return { left: from(box.left, x), top: from(box.top, y), right: to(box.right, x, width), bottom: to(box.bottom, y, height) };
  }

  drawPicture(pen, box) {
    const { left, top, right, bottom } = this.part(box);
    if (left >= right || top >= bottom) return;
    const target = [this.across(left), this.down(top), this.across(right) - this.across(left), this.down(bottom) - this.down(top)];
    pen.fillStyle = this.checkers;
    pen.fillRect(...target);
    pen.drawImage(this.sheet.picture, left, top, right - left, bottom - top, ...target);
  }

  drawSketch(pen, box) {
    this.faces.sketch.draw(pen, this.part(box), this.across, this.down);
  }

  // Stripes inside and a fine line around, so that it is seen on pictures of any colour.
  drawMask(pen, box) {
    const { scratch } = this;
    cut(scratch, grown(box), () => {
      scratch.imageSmoothingEnabled = pen.imageSmoothingEnabled;
      scratch.fillStyle = "#fff";
      this.faces.mask.draw(scratch, this.part(box), this.across, this.down);
      const line = Math.max(1, Math.round(this.ratio));
      for (const [x, y] of [[line, 0], [-line, 0], [0, line], [0, -line]]) pen.drawImage(scratch.canvas, x, y);
      pen.globalCompositeOperation = "destination-out";
      pen.drawImage(scratch.canvas, 0, 0);
      scratch.globalCompositeOperation = "source-in";
      scratch.fillStyle = this.stripes;
      scratch.fillRect(0, 0, scratch.canvas.width, scratch.canvas.height);
    });
    pen.globalCompositeOperation = "source-over";
    pen.drawImage(scratch.canvas, 0, 0);
  }
}

const moved = (box, x, y) => ({ left: box.left + x, top: box.top + y, right: box.right + x, bottom: box.bottom + y });

// What is smoothed or outlined reaches a little further than what has changed.
const grown = (box) => ({ left: box.left - 4, top: box.top - 4, right: box.right + 4, bottom: box.bottom + 4 });

// Clears a box and draws only inside it.
function cut(pen, { left, top, right, bottom }, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.clip();
  pen.clearRect(left, top, right - left, bottom - top);
  draw();
  pen.restore();
}
