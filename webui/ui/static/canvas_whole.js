// The canvas over the whole window. A dialog and not the browser's full screen alone: messages lie above it, the
// keyboard stays inside, and telephones without a full screen have it, too.
import { el } from "./dom.js";
import { say } from "./say.js";

export class Whole {
  constructor(root, changed) {
    Object.assign(this, { root, changed, place: document.createComment("canvas"), dialog: null, asked: false });
  }

  get isOn() {
    return this.dialog?.open ?? false;
  }

  async toggle() {
    if (this.isOn) return this.dialog.close();
    const { documentElement } = document;
    this.asked = matchMedia("(pointer: coarse)").matches && !document.fullscreenElement && Boolean(documentElement.requestFullscreen);
    // Refused, or not possible: the window is filled all the same.
    if (this.asked) await documentElement.requestFullscreen().catch(() => (this.asked = false));
    this.dialog ??= this.build();
    document.body.append(this.dialog);
    this.root.replaceWith(this.place);
    this.dialog.prepend(this.root);
    this.dialog.showModal();
    this.changed();
  }

  build() {
    const dialog = el("dialog", { class: "canvas-dialog", "aria-label": say("canvas_label") }, el("div", { class: "view-toasts" }));
    dialog.addEventListener("close", () => this.leave());
    document.addEventListener("fullscreenchange", this.follow);
    return dialog;
  }

  // The browser's own way out of the full screen leads out of ours.
  follow = () => {
    if (!document.fullscreenElement && this.asked && this.isOn) this.dialog.close();
  };

  leave() {
    if (!this.place.parentNode) return;
    this.place.replaceWith(this.root);
    this.dialog.remove();
    if (this.asked && document.fullscreenElement) document.exitFullscreen().catch(() => {});
    this.asked = false;
    this.changed();
  }

  stop() {
    document.removeEventListener("fullscreenchange", this.follow);
    this.place.remove();
    this.dialog?.remove();
  }
}
