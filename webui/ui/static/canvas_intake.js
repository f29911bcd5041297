// How a person brings a picture: chosen, dropped, or pasted while the canvas is pointed at or has the focus.
import { button, el } from "./dom.js";
import { icon } from "./canvas_icons.js";
import { isTyping } from "./canvas_keys.js";
import { say } from "./say.js";

export class Intake {
  // `take(blob)` gets a picture (or what was thought to be one).
  constructor(root, { take, isEngaged, signal }) {
    Object.assign(this, { root, take, isEngaged, then: take });
    this.input = el("input", { type: "file", accept: "image/*", hidden: true, tabindex: -1, on: { change: () => this.chosen() } });
    this.empty = this.emptyPlace();
    const listen = (target, type, act, options = {}) => target.addEventListener(type, act, { signal, ...options });
    listen(root, "dragover", (event) => this.drag(event));
    listen(root, "dragleave", (event) => !root.contains(event.relatedTarget) && this.mark(false));
    listen(root, "drop", (event) => this.drop(event));
    // First of all: the page itself looks for settings in what is pasted anywhere else.
    listen(window, "paste", (event) => this.paste(event), { capture: true });
  }

  emptyPlace() {
    const choose = button(say("canvas_choose"), () => this.choose(), { class: "canvas-choose" });
    const words = el("p", {}, say("canvas_or_drop"));
    return el("div", { class: "canvas-empty" }, icon("picture"), el("p", { class: "canvas-empty-title" }, say("canvas_empty")), choose, words);
  }

  // Opens the file chooser; `then` gets what was chosen.
  choose(then = this.take) {
    this.then = then;
    this.input.click();
  }

  chosen() {
    const [file] = this.input.files;
    this.input.value = "";
    if (file) this.then(file);
  }

  mark(dropping) {
    this.root.classList.toggle("dropping", dropping);
  }

  drag(event) {
    if (!bringsPicture(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    this.mark(true);
  }

  drop(event) {
    this.mark(false);
    if (!bringsPicture(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    const [file] = event.dataTransfer.files;
    const address = event.dataTransfer.getData("text/uri-list").split("\n")[0].trim();
    if (file) this.take(file);
    else if (address) this.fetch(address);
  }

  // A picture of this page, dragged here; from other places only files may come.
  async fetch(address) {
    if (new URL(address, location.href).origin !== location.origin) return this.take(new Blob([]));
    const answer = await fetch(address).catch(() => null);
    this.take(answer?.ok ? await answer.blob() : new Blob([]));
  }

  paste(event) {
    const [file] = [...(event.clipboardData?.files ?? [])].filter((one) => one.type.startsWith("image/"));
    const text = event.clipboardData?.getData("text/plain");
    if (!file || event.defaultPrevented || !this.isEngaged() || (text && isTyping(document.activeElement))) return;
    event.preventDefault();
    event.stopPropagation();
    this.take(file);
  }
}

function bringsPicture(data) {
  const types = [...(data?.types ?? [])];
  return types.includes("Files") || types.includes("text/uri-list");
}
