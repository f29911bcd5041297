// One unit, open: its picture and map, what makes the map, and how it acts.
import { isLooking, makerOf, modelFor, freshUnit } from "./control_choices.js";
import { segmentsField, sliderField, spanField, switchField } from "./control_fields.js";
import { Makers } from "./control_makers.js";
import { MapBox, sizeDrawn } from "./control_map.js";
import { closePainting, openPainting } from "./control_paint.js";
import { PictureBox } from "./control_picture.js";
import { clear, send } from "./control_sending.js";
import { isActing, limits, units } from "./control_units.js";
import { percent } from "./control_words.js";
import { button, el, write } from "./dom.js";
import { kindNow } from "./kinds.js";
import { say } from "./say.js";

const WEIGHT_STEP = 0.05;
const SHARE_STEP = 0.01;
const RESOLUTION_STEP = 8;

export class UnitPanel {
  // `drop()` removes the unit.
  constructor(unit, drop) {
    Object.assign(this, { unit, stopped: new AbortController() });
    const change = (fields) => units.change(unit, fields);
    this.node = el("div", { class: "control-unit" });
    this.use = switchField({ name: "enabled", label: limits("enabled").title }, (enabled) => change({ enabled }));
    this.hint = el("p", { class: "control-hint", role: "status" });
    const hooks = { take: (blob) => this.take(blob), draw: () => this.paint("draw"), clear: () => this.empty() };
    this.picture = new PictureBox(this.node, unit, hooks, this.stopped.signal);
    this.map = new MapBox(unit);
    this.edit = button(say("control_edit_map"), () => this.drawOnMap());
    this.picture.bar.append(this.edit);
    this.makers = new Makers(unit);
    this.weight = sliderField({ ...numbers("weight"), step: WEIGHT_STEP }, (weight) => change({ weight }));
    this.span = spanField(spanOf(), (start, end) => change({ start, end }));
    this.painting = el("div", { class: "control-painting-place" });
    this.finer = this.finerPart(change);
    this.boxes = el("div", { class: "control-boxes" }, this.picture.node, this.map.node);
    const head = el("div", { class: "control-unit-head" }, this.use.node, button(say("control_drop"), drop, { class: "quiet" }));
    const parts = [head, this.boxes, this.picture.bar, this.painting, this.hint, this.makers.node, this.weight.node, this.span.node];
    this.node.append(...parts, this.finer);
  }

  // Folded away, but for what is otherwise than usual.
  finerPart(change) {
    this.mode = segmentsField(valued("mode"), (mode) => change({ mode }));
    this.resize = segmentsField(valued("resize"), (resize) => change({ resize }));
    const isPerfect = { name: "pixel-perfect", label: say("control_perfect"), help: say("control_perfect_help") };
    this.perfect = switchField(isPerfect, (on) => change({ resolution: on ? null : this.usualResolution() }));
    this.resolution = sliderField({ ...numbers("resolution"), help: "", step: RESOLUTION_STEP }, (resolution) => change({ resolution }));
    this.masked = el("span", { class: "control-help" });
    this.paintMask = button("", () => this.paint("mask"), { data: { paintMask: "yes" } });
    this.unmask = button(say("control_mask_off"), () => clear(this.unit, "mask"), { class: "quiet" });
    const words = el("div", { class: "control-words" }, el("span", { class: "control-label" }, say("control_mask")), this.masked);
    const bar = el("div", { class: "control-bar" }, this.paintMask, this.unmask);
    const mask = el("div", { class: "control-field", data: { unitField: "mask" } }, words, bar);
    const inside = [this.mode.node, this.resize.node, this.perfect.node, this.resolution.node, mask];
    return el("details", { class: "control-finer" }, (this.finerSaid = el("summary", {})), ...inside);
  }

  usualResolution() {
    const { minimum, maximum } = limits("resolution");
    const { width = 512, height = 512 } = sizeDrawn();
    return Math.max(minimum, Math.min(maximum, width, height));
  }

  draw() {
    const { unit } = this;
    this.node.classList.toggle("off", !isActing(unit));
    this.use.set(unit.enabled);
    this.picture.draw();
    this.makers.draw();
    this.weight.set(unit.weight);
    this.span.set(unit.start, unit.end);
    this.mode.set(unit.mode);
    this.resize.set(unit.resize);
    this.perfect.set(unit.resolution === null);
    this.resolution.node.hidden = unit.resolution === null;
    if (unit.resolution !== null) this.resolution.set(unit.resolution);
    write(this.masked, unit.mask ? say("control_mask_some") : say("control_mask_all"));
    write(this.paintMask, unit.mask ? say("control_mask_change") : say("control_mask_paint"));
    this.unmask.hidden = !unit.mask;
    write(this.finerSaid, [say("control_finer"), ...differing(unit)].join("  ·  "));
    this.edit.hidden = !canEdit(unit) || !unit.image;
    const isLost = unit.enabled && !unit.image && kindNow() === "text_to_image";
    write(this.hint, isLost ? say("control_no_picture") : "");
    this.hint.hidden = !isLost;
    this.map.soon();
  }

  // A picture goes in, and the unit acts. After a drawing, a map is made again.
  take(blob) {
    const { unit } = this;
    closePainting();
    const fresh = freshUnit().preprocessor;
    const before = unit.drawn ? { preprocessor: fresh, model: modelFor(unit, fresh), drawn: false } : {};
    const sending = send(unit, "image", blob, { ...before, mask: "", enabled: true });
    this.draw();
    sending.catch(() => {});
  }

  empty() {
    closePainting();
    clear(this.unit, "image", { enabled: false });
    clear(this.unit, "mask");
  }

  async paint(what) {
    this.boxes.hidden = this.picture.bar.hidden = true;
    const closed = () => {
      this.boxes.hidden = this.picture.bar.hidden = false;
      this.draw();
    };
    await openPainting(this.unit, what, this.painting, { closed, take: (blob) => this.take(blob) });
  }

  // The map as it is becomes the picture, to be mended by hand.
  async drawOnMap() {
    if (!this.map.made) return;
    units.change(this.unit, { image: this.map.made.sha256, preprocessor: "none", threshold_a: null, threshold_b: null, drawn: true });
    await this.paint("draw");
  }

  destroy() {
    closePainting();
    this.stopped.abort();
    this.map.stop();
  }
}

const LINES = "Lines"; // the group whose maps are white lines on black

const canEdit = (unit) => makerOf(unit.preprocessor)?.group === LINES && makerOf(unit.preprocessor).is_instant && !isLooking(unit);

function numbers(name) {
  const { title, help, minimum, maximum } = limits(name);
  return { name, label: title, help, minimum, maximum };
}

function valued(name) {
  const { title, help, choices } = limits(name);
  return { name, label: title, help, choices: choices.map((value) => [value, say(`control_${name}_${value}`)]) };
}

function spanOf() {
  const words = (start, end) => say("control_span", { start: percent(start), end: percent(end) });
  return { name: "start", names: [limits("start").title, limits("end").title], step: SHARE_STEP, gap: SHARE_STEP, words };
}

function differing({ mode, resize, resolution, mask }) {
  return [
    mode === "balanced" ? "" : say(`control_mode_${mode}`),
    resize === "crop" ? "" : say(`control_resize_${resize}`),
    resolution === null ? "" : `${resolution}`,
    mask ? say("control_mask_some") : "",
  ].filter(Boolean);
}
