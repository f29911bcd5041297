// What a person writes down about a LoRA or an embedding. It is kept as soon as a field is left.
import { api } from "./api.js";
import { el, write } from "./dom.js";
import { say } from "./say.js";

const TEXTS = ["trigger", "negative", "notes"];
const MOST_WEIGHT = 10;

export class NotesForm {
  // `kept(card)` gets the card as it is with what was written.
  constructor(kept) {
    Object.assign(this, { kept, card: null });
    const number = { type: "number", min: -MOST_WEIGHT, max: MOST_WEIGHT, step: 0.05, placeholder: "1" };
    this.fields = { weight: el("input", number), trigger: el("input", { type: "text" }), negative: el("input", { type: "text" }), notes: el("textarea", { rows: 4 }) };
    for (const name of TEXTS) this.fields[name].setAttribute("maxlength", 20_000);
    for (const name of Object.keys(this.fields)) this.fields[name].addEventListener("change", () => this.keep());
    this.said = el("p", { class: "adapter-kept", role: "status" });
    const rows = Object.entries(this.fields).map(([name, input]) => row(name, input));
    this.node = el("form", { class: "adapter-notes", on: { submit: (event) => event.preventDefault() } }, ...rows, this.said);
  }

  open(card) {
    const same = this.card?.name === card.name && this.card.kind === card.kind;
    if (same && this.changes()) return; // somebody is writing
    this.card = card;
    write(this.said, "");
    this.fill();
  }

  fill() {
    this.fields.weight.value = this.card.weight ?? "";
    for (const name of TEXTS) this.fields[name].value = this.card[name];
  }

  leave() {
    this.keep();
    this.card = null;
  }

  // What is other than on the card; null for nothing. An empty weight is none.
  changes() {
    const { card, fields } = this;
    if (!card) return null;
    const texts = TEXTS.filter((name) => fields[name].value !== card[name]).map((name) => [name, fields[name].value]);
    const weight = Number(fields.weight.value);
    const weights = fields.weight.validity.valid && weight !== (card.weight ?? 0) ? [["weight", weight]] : [];
    const found = Object.fromEntries([...texts, ...weights]);
    return Object.keys(found).length ? found : null;
  }

  async keep() {
    const changes = this.changes();
    const before = this.card;
    if (!changes) return;
    this.card = { ...before, ...changes }; // so that it is not sent twice
    try {
      const card = await api.noteCard(before.kind, before.name, changes);
      if (this.card?.name === before.name) Object.assign(this, { card });
      write(this.said, say("adapter_kept"));
      this.kept(card);
    } catch (error) {
      if (this.card?.name === before.name) this.card = before; // it is tried again with the next change
      write(this.said, error.message);
    }
  }
}

function row(name, input) {
  const id = `adapter-note-${name}`;
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-help`);
  const label = el("label", { for: id }, say(`adapter_${name}`));
  return el("div", { class: "adapter-note" }, label, el("span", { class: "adapter-help", id: `${id}-help` }, say(`adapter_${name}_help`)), input);
}
