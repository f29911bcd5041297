// The parts of the canvas, put together: the sheet that lies on it, its tools, and what follows from what.
import { el } from "./dom.js";
import { Bar } from "./canvas_bar.js";
import { Input } from "./canvas_input.js";
import { Intake } from "./canvas_intake.js";
import { Keys } from "./canvas_keys.js";
import { Painter, fittingSize, hex, rgb } from "./canvas_painter.js";
import { colourAt } from "./canvas_read.js";
import { Ring } from "./canvas_ring.js";
import { Screen } from "./canvas_screen.js";
import { watchStage } from "./canvas_stage.js";
import { View } from "./canvas_view.js";
import { Whole } from "./canvas_whole.js";
import { say } from "./say.js";
import { announce } from "./toast.js";

const CURSORS = { brush: "ring", eraser: "erasing", rectangle: "cross", lasso: "cross", pick: "cross" };

export class Board {
  // hooks: changed() after all that changes a layer, brought(blob) for pictures, act(name) for what this does not know.
  constructor(hooks, { colour, brush, shares } = {}) {
    Object.assign(this, { hooks, brush, sheet: null, layers: [], sized: false, last: "brush", stop: new AbortController() });
    this.root = el("div", { class: "canvas empty" });
    const said = { "aria-label": say("canvas_label"), "aria-description": say("canvas_help_pen") };
    this.stage = el("div", { class: "canvas-stage", tabindex: 0, role: "application", ...said });
    this.view = new View(() => this.moved());
    this.ring = new Ring(this.view);
    this.painter = new Painter(this.painterHooks());
    this.screen = new Screen(this.view, () => this.painter.settle());
    if (colour) this.painter.colour = rgb(colour);
    this.bar = new Bar((name, value) => this.act(name, value), shares);
    this.whole = new Whole(this.root, () => this.refresh());
    this.listen();
    this.stage.append(...this.screen.nodes, this.ring.outline, this.ring.node);
    this.root.append(this.intake.empty, this.intake.input, this.bar.top, this.stage, this.bar.bottom);
    watchStage(this.stage, this.view, this.screen, this.stop.signal);
  }

  painterHooks() {
    return {
      stirred: () => this.screen.wake(),
      spoiled: (...where) => this.screen.spoil(...where),
      outlined: (points) => this.ring.surround(points),
      finished: () => this.changed(),
      picked: (point) => this.pick(point),
    };
  }

  listen() {
    const { stage, root, view, painter, ring } = this;
    const { signal } = this.stop;
    const inputHooks = {
      hasPicture: () => this.sheet !== null,
      isEngaged: () => root.contains(document.activeElement),
      canPaint: () => this.layers.length > 0,
      hovered: (point) => ring.move(point),
      fit: () => view.fit(),
    };
    this.input = new Input(stage, { view, painter, hooks: inputHooks, signal });
    const keyHooks = {
      isEngaged: () => this.sheet !== null && this.isEngaged(),
      act: (name) => this.act(name),
      moved: (point) => ring.move(view.toStage(point), true),
      penDown: (isDown) => announce(isDown ? say("canvas_pen_down") : say("canvas_pen_up")),
    };
    this.keys = new Keys(stage, { view, painter, input: this.input, hooks: keyHooks, signal });
    this.intake = new Intake(root, { take: (blob) => this.hooks.brought(blob), isEngaged: () => this.isEngaged(), signal });
  }

  // Whether keys and what is pasted are meant for this canvas.
  isEngaged() {
    const dialog = document.querySelector("dialog[open]");
    const covered = dialog && !dialog.contains(this.root);
    return !covered && (this.root.contains(document.activeElement) || this.root.matches(":hover"));
  }

  act(name, value) {
    const { painter, view, ring } = this;
    const acts = {
      zoomIn: () => view.zoom(1.5),
      zoomOut: () => view.zoom(1 / 1.5),
      fit: () => view.fit(),
      whole: () => this.whole.toggle(),
      replace: () => this.intake.choose(),
      size: () => this.setSize(value),
      smaller: () => this.setSize(painter.sizeBy(-1)),
      larger: () => this.setSize(painter.sizeBy(1)),
      colour: () => (painter.colour = rgb(value)),
      layer: () => this.setLayer(value),
    };
    if (name in this.bar.tools) this.setTool(name);
    else if (acts[name]) acts[name]();
    else this.hooks.act(name);
    if (name === "smaller" || name === "larger" || name === "size") ring.preview();
  }

  show(sheet) {
    this.input.abandon();
    this.keys.forget();
    Object.assign(this, { sheet });
    this.painter.sheet = sheet;
    this.root.classList.toggle("empty", sheet === null);
    if (!sheet && this.whole.isOn) this.whole.toggle();
    if (sheet && !this.sized) this.painter.size = fittingSize(sheet, this.brush);
    if (sheet) this.stage.style.setProperty("--ratio", String(Math.min(3, Math.max(0.5, sheet.width / sheet.height))));
    this.screen.show(sheet);
    this.view.show(sheet);
  }

  setLayers(layers) {
    this.painter.abandon();
    this.layers = layers;
    this.screen.shown = { mask: layers.includes("mask"), sketch: layers.includes("sketch") };
    this.screen.refresh();
    this.root.dataset.layers = layers.join(" ");
    this.setLayer(layers.includes(this.painter.layer) ? this.painter.layer : (layers[0] ?? null));
  }

  setLayer(layer) {
    this.painter.abandon();
    this.painter.layer = layer;
    if (layer !== "sketch" && this.painter.tool === "pick") this.painter.tool = this.last;
    this.refresh();
  }

  setTool(tool) {
    if (tool === "pick" && this.painter.layer !== "sketch") return;
    this.painter.abandon();
    if (this.painter.tool !== "pick") this.last = this.painter.tool;
    this.painter.tool = tool;
    this.refresh();
  }

  setSize(size) {
    this.painter.size = size;
    this.sized = true;
    this.refresh();
  }

  // A picked colour is there to be painted with.
  pick(point) {
    const colour = colourAt(this.sheet.picture, this.screen.faces.sketch, point);
    if (!colour) return;
    this.painter.colour = colour;
    this.setTool(this.last === "eraser" ? "brush" : this.last);
  }

  // After a step (or a whole stroke, which the screen has followed already).
  changed(step) {
    if (step === null) return;
    const name = step && this.sheet.nameOf(step);
    for (const [index] of step?.changes ?? []) this.screen.spoil(name, index);
    this.refresh();
    this.hooks.changed();
  }

  // The view has moved; a pen that keys have set stays on its place of the picture.
  moved() {
    this.screen.refresh();
    if (this.keys.pen) this.ring.move(this.view.toStage(this.keys.pen), true);
    this.refresh();
  }

  refresh() {
    const { painter, layers, view, sheet } = this;
    this.ring.set(layers.length ? CURSORS[painter.tool] : "", painter.size);
    this.ring.follow();
    this.stage.dataset.tool = layers.length ? painter.tool : "";
    if (!sheet) return;
    const { canUndo, canRedo } = sheet.history;
    const { tool, layer, size } = painter;
    const { width, height } = sheet;
    const more = { colour: hex(painter.colour), share: sheet.layers.mask.share(), scale: view.scale, isWhole: this.whole.isOn };
    this.bar.update({ tool, layer, layers, size, canUndo, canRedo, width, height, ...more });
  }

  destroy() {
    this.stop.abort();
    for (const part of [this.screen, this.ring, this.whole]) part.stop();
    this.root.remove();
    this.sheet = null;
  }
}
