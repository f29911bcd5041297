// The keyboard: tools, sizes, steps back, and painting without a mouse (arrows move a pen, Enter puts it down).

const NEAR = 8; // CSS pixels that an arrow moves the pen
const FAR = 64; // with Shift

export class Keys {
  // hooks: isEngaged(), act(name), moved(point of the picture), penDown(isDown).
  constructor(stage, { view, painter, input, hooks, signal }) {
    Object.assign(this, { stage, view, painter, input, hooks, pen: null });
    window.addEventListener("keydown", (event) => this.press(event), { signal, capture: true });
    window.addEventListener("keyup", (event) => this.lose(event), { signal, capture: true });
    window.addEventListener("blur", () => this.holdSpace(false), { signal });
    stage.addEventListener("pointerdown", () => this.lift(), { signal, capture: true });
  }

  press(event) {
    if (isTyping(document.activeElement) || !this.hooks.isEngaged()) return;
    const command = event.ctrlKey || event.metaKey;
    const done = command && !event.altKey ? this.steps(event) : this.brackets(event) || (!event.altKey && !command && this.plain(event));
    if (!done) return;
    this.stage.toggleAttribute("data-pointed", false);
    event.preventDefault();
    event.stopPropagation();
  }

  steps(event) {
    const key = letter(event);
    if (key === "z") return this.act(event.shiftKey ? "redo" : "undo");
    return key === "y" && !event.shiftKey && this.act("redo");
  }

  // On many keyboards they are typed with AltGr, which says Ctrl + Alt.
  brackets(event) {
    return { "[": () => this.act("smaller"), "]": () => this.act("larger") }[event.key]?.();
  }

  plain(event) {
    const names = { b: "brush", e: "eraser", r: "rectangle", l: "lasso", i: "pick", "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", 0: "fit" };
    const name = names[event.key] ?? (event.shiftKey ? undefined : names[letter(event)]);
    if (name) return this.act(name);
    if (event.key === "Escape") return this.escape();
    if (event.key === " ") return this.space();
    return document.activeElement === this.stage && this.pointing(event);
  }

  act(name) {
    this.hooks.act(name);
    return true;
  }

  // Takes back a stroke under way; else Esc means what it means elsewhere.
  escape() {
    if (!this.painter.isBusy) return false;
    this.input.abandon();
    return true;
  }

  // A button that was reached by keys is pressed by the space bar; after a click on it the bar moves the picture.
  space() {
    if (document.activeElement.matches(":is(button, summary, a):focus-visible")) return false;
    this.holdSpace(true);
    return true;
  }

  lose(event) {
    if (event.key !== " " || !this.input.spaceHeld) return;
    event.preventDefault(); // some browsers press a button only now
    this.holdSpace(false);
  }

  holdSpace(held) {
    this.input.spaceHeld = held;
    this.stage.toggleAttribute("data-space", held);
  }

  pointing(event) {
    if (this.input.held.size) return false;
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter" && !event.repeat) return this.putDown(event);
    if (!dx && !dy) return false;
    const step = Math.max(1, Math.round((event.shiftKey ? FAR : NEAR) / this.view.scale));
    const { width, height } = this.view.picture;
    const [x, y] = this.place();
    this.pen = [Math.min(width - 0.5, Math.max(0.5, x + dx * step)), Math.min(height - 0.5, Math.max(0.5, y + dy * step))];
    this.view.reveal(this.pen);
    if (this.painter.isBusy) this.painter.drag([this.pen]);
    this.hooks.moved(this.pen);
    return true;
  }

  // Where the pen is: at first in the middle of the picture.
  place() {
    const { width, height } = this.view.picture;
    return this.pen ?? [Math.floor(width / 2) + 0.5, Math.floor(height / 2) + 0.5];
  }

  putDown(event) {
    this.pen = this.place();
    if (this.painter.isBusy) this.painter.release();
    else this.painter.press(this.pen, { straight: event.shiftKey });
    this.hooks.moved(this.pen);
    this.hooks.penDown(this.painter.isBusy);
    return true;
  }

  // The mouse takes over.
  lift() {
    if (this.painter.isBusy && !this.input.held.size) this.painter.release();
    this.forget();
  }

  forget() {
    this.pen = null;
  }
}

// The letter on the key, also where the keyboard writes other scripts.
function letter(event) {
  return /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : /^Key[A-Z]$/.test(event.code) ? event.code.at(3).toLowerCase() : event.key;
}

const SILENT = new Set(["button", "checkbox", "color", "file", "radio", "range", "reset", "submit"]);

export function isTyping(node) {
  if (!node) return false;
  const isField = node.localName === "input" && !SILENT.has(node.type);
  return isField || node.isContentEditable || node.localName === "textarea" || node.localName === "select";
}
