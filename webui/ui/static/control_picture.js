// The picture of a unit: chosen, dropped, pasted, one of the person's own, or none.
import { inputUrl } from "./api.js";
import { icon } from "./canvas_icons.js";
import { Intake } from "./canvas_intake.js";
import { openGallery } from "./control_gallery.js";
import { isSending } from "./control_sending.js";
import { button, el, write } from "./dom.js";
import { kindNow } from "./kinds.js";
import { say } from "./say.js";

export class PictureBox {
  // `root` takes what is dropped and pasted. hooks: take(blob), draw(), clear().
  constructor(root, unit, hooks, signal) {
    Object.assign(this, { unit, hooks });
    this.intake = new Intake(root, { take: hooks.take, isEngaged: () => isEngaged(root), signal });
    this.image = el("img", { alt: say("control_picture"), on: { error: () => this.lose() } });
    this.words = el("p", { class: "control-empty-words" });
    const choose = button(say("control_choose"), () => this.intake.choose(), { class: "control-choose" });
    this.empty = el("div", { class: "control-empty" }, icon("picture"), choose, this.words);
    const said = { "aria-label": say("control_take_out"), title: say("control_take_out"), data: { takeOut: "yes" } };
    this.out = button("×", hooks.clear, said);
    const caption = el("figcaption", {}, say("control_picture"), this.out);
    this.node = el("figure", { class: "control-box", data: { unitField: "image" } }, caption, this.image, this.empty);
    this.another = button(say("control_another"), () => this.intake.choose());
    this.mine = button(say("control_mine"), () => openGallery(hooks.take));
    this.drawing = button("", hooks.draw, { data: { draw: "yes" } });
    this.bar = el("div", { class: "control-bar" }, this.another, this.mine, this.drawing, this.intake.input);
  }

  draw() {
    const { image, drawn } = this.unit;
    this.image.hidden = !image;
    this.empty.hidden = Boolean(image);
    if (image && this.shown !== image) this.image.src = address(image);
    if (image !== this.shown) this.lost = false;
    this.shown = image;
    this.another.hidden = this.out.hidden = !image;
    write(this.drawing, drawn && image ? say("control_draw_on") : say("control_draw"));
    this.tell();
  }

  tell() {
    const usual = kindNow() === "text_to_image" ? say("control_or_drop") : `${say("control_or_drop")}. ${say("control_of_canvas")}`;
    write(this.words, this.lost ? say("control_gone") : isSending(this.unit) ? say("control_sending") : usual);
  }

  // It was swept away, or belongs to somebody else.
  lose() {
    this.lost = true;
    this.image.hidden = true;
    this.empty.hidden = false;
    this.tell();
  }
}

// An input, or a finished picture as requests may name it.
export const address = (reference) => (reference.startsWith("image:") ? `/api/v1/images/${reference.slice(6)}` : inputUrl(reference));

function isEngaged(root) {
  const dialog = document.querySelector("dialog[open]");
  return !(dialog && !dialog.contains(root)) && (root.contains(document.activeElement) || root.matches(":hover"));
}
