// All that is known of one LoRA or embedding, and what a person writes down about it.
import { pictureOf, take } from "./adapter_card.js";
import { isThere } from "./adapter_prompt.js";
import { NotesForm } from "./adapter_notes.js";
import { openPictures } from "./adapter_pictures.js";
import { api } from "./api.js";
import { button, el, write } from "./dom.js";
import { formNow } from "./form.js";
import { sizeWords, madeAt, say } from "./say.js";
import { toast } from "./toast.js";
import { isWhole, lines, trainingOf, truthNode } from "./truth_lines.js";

export class AdapterDetails {
  // `back()` shows all cards again; `changed(card)` hears of a card that is other now.
  constructor(back, changed) {
    Object.assign(this, { changed, card: null });
    this.title = el("h3", {});
    this.picture = el("div", { class: "adapter-portrait" });
    this.use = button("", () => this.toggle(), { class: "primary" });
    this.form = new NotesForm((card) => this.renew(card));
    this.facts = el("div", { class: "adapter-facts" });
    this.training = el("div", { class: "adapter-facts" });
    this.truth = el("div", { class: "truths" });
    const bar = el("div", { class: "adapter-back" }, button(say("adapter_back"), back, { class: "back" }), this.title);
    const take = button(say("adapter_preview_take"), () => openPictures(this.side, (image) => this.takePicture(image)));
    this.side = el("div", { class: "adapter-side" }, this.picture, this.use, take);
    const text = el("div", { class: "adapter-text" }, this.truth, this.form.node, this.facts, this.training);
    this.node = el("div", { class: "adapter-details", hidden: true }, bar, el("div", { class: "adapter-about-body" }, this.side, text));
    this.back = bar.firstChild;
  }

  open(card) {
    this.node.hidden = false;
    this.node.scrollTop = 0;
    this.truth.replaceChildren();
    this.training.replaceChildren();
    this.show(card);
    this.form.open(card);
    this.back.focus();
    this.look(card);
  }

  // The name of the card that was open, if one was. What was being written is kept.
  leave() {
    const name = this.card?.name;
    this.form.leave();
    this.node.hidden = true;
    this.card = null;
    return name;
  }

  // From the page the card is known; the disk may know more by now.
  async look(card) {
    const fresh = await api.card(card.kind, card.name).catch(() => null);
    if (this.card !== card) return;
    if (fresh) {
      this.show(fresh);
      this.form.open(fresh);
    }
    if (card.kind !== "lora" || !card.tag) return;
    const checkpoint = formNow().checkpoint ?? "";
    const [truth] = await api.truths({ prompt: card.tag, checkpoint }).catch(() => []);
    if (!truth || this.card?.name !== card.name) return;
    this.truth.replaceChildren(truthNode({ ...truth, trained: null }, !isWhole(truth)));
    this.training.replaceChildren(...trainingOf(truth.trained));
  }

  // What comes late may be of a card that is no longer open.
  renew(card) {
    if (this.card?.name === card.name && this.card.kind === card.kind) this.show(card);
    else this.changed(card);
  }

  show(card) {
    this.card = card;
    write(this.title, card.title);
    this.picture.replaceChildren(pictureOf(card));
    this.facts.replaceChildren(...this.problems(card), lines(factsOf(card)));
    this.mark();
    this.changed(card);
  }

  problems(card) {
    const untaggable = card.tag ? "" : say("adapter_untaggable");
    return [card.problem, card.notes_problem, untaggable].filter(Boolean).map((words) => el("p", { class: "adapter-problem" }, words));
  }

  toggle() {
    take(this.card);
    this.mark();
  }

  mark() {
    const { title: name } = this.card;
    const isIn = isThere(this.card);
    this.use.setAttribute("aria-pressed", String(isIn));
    write(this.use, say(isIn ? "adapter_remove" : "adapter_add", { name }));
  }

  async takePicture(image) {
    const { kind, name } = this.card;
    try {
      this.renew(await api.takePreview(kind, name, image.id));
      toast(say("adapter_preview_taken"), { seconds: 3 });
    } catch (error) {
      toast(error.message, { bad: true, seconds: 8 });
    }
  }
}

function factsOf({ name, folder, family, formats, vectors, size, changed, description }) {
  return [
    [say("adapter_file"), name],
    [say("adapter_folder"), folder],
    [say("adapter_family"), family],
    [say("adapter_format"), formats.join(", ")],
    [say("adapter_vectors"), vectors || ""],
    [say("adapter_size"), sizeWords(size)],
    [say("adapter_changed"), madeAt(changed)],
    [say("adapter_description"), description],
  ];
}
