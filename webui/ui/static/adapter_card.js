// One LoRA or embedding among many: a click puts it into the prompt, or takes it out.
import { isThere, toggle } from "./adapter_prompt.js";
import { button, el, write } from "./dom.js";
import { say } from "./say.js";
import { announce, toast } from "./toast.js";

export class AdapterCard {
  // `about(card)` opens what is known of it.
  constructor(card, about) {
    this.card = card;
    this.take = el("button", { type: "button", class: "adapter-take", on: { click: () => this.toggle() } });
    this.about = button("i", () => about(this.card), { class: "adapter-about" });
    this.node = el("li", { class: "adapter", data: { name: card.name } }, this.take, this.about);
    this.draw(card);
  }

  draw(card) {
    this.card = card;
    const badges = [card.family, card.weight === null ? "" : say("adapter_weight_of", { weight: card.weight })].filter(Boolean);
    const words = [
      el("strong", {}, card.title),
      card.title === card.name ? null : el("span", { class: "adapter-file" }, card.name),
      badges.length ? el("span", { class: "adapter-badges" }, ...badges.map((badge) => el("i", {}, badge))) : null,
      card.trigger ? el("span", { class: "adapter-trigger" }, card.trigger) : null,
      card.problem ? el("span", { class: "adapter-problem" }, card.problem) : null,
    ];
    this.take.replaceChildren(pictureOf(card), el("span", { class: "adapter-words" }, ...words.filter(Boolean)));
    this.about.setAttribute("aria-label", say("adapter_details", { name: card.title }));
    this.about.title = say("adapter_details", { name: card.title });
    this.mark();
  }

  // Whether it is in the prompt now.
  mark() {
    const isIn = isThere(this.card);
    const words = say(isIn ? "adapter_remove" : "adapter_add", { name: this.card.title });
    this.take.setAttribute("aria-pressed", String(isIn));
    if (this.take.title === words) return;
    this.take.setAttribute("aria-label", words);
    this.take.title = words;
  }

  toggle() {
    take(this.card);
    this.mark();
  }
}

export function take(card) {
  if (!card.tag) return void toast(say("adapter_untaggable"), { bad: true, seconds: 8 });
  announce(say(toggle(card) ? "adapter_added" : "adapter_removed", { name: card.title }));
}

// Without a picture, its first letters on a dark frame.
export function pictureOf(card) {
  const frame = el("span", { class: "adapter-picture" });
  const none = () => {
    frame.replaceChildren(el("span", { class: "adapter-letters", "aria-hidden": "true" }));
    write(frame.firstChild, [...card.title.replace(/[^\p{L}\p{N}]/gu, "")].slice(0, 2).join(""));
  };
  if (!card.preview) none();
  else frame.append(el("img", { src: card.preview, alt: "", loading: "lazy", decoding: "async", on: { error: none } }));
  return frame;
}
