// The prompt builder: suggestions by theme that are written into the prompt, and out of it again.
import { button, el } from "./dom.js";
import { fillForm, formNow, formSoon, listenForm } from "./form.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";
import { builder } from "./words.js";

const marks = [];

export function startBuilder(place) {
  const groups = builder.map(({ title, words }) =>
    el("div", { class: "builder-group" }, el("h4", {}, title), el("div", { class: "builder-words" }, ...words.map(wordButton))),
  );
  const panel = el("details", { class: "builder" }, el("summary", {}, say("builder")), el("p", { class: "quiet" }, say("builder_help")), ...groups);
  panel.open = recall("builder", false);
  panel.addEventListener("toggle", () => remember("builder", panel.open));
  place.replaceChildren(panel);
  listenForm(mark);
  mark();
}

function wordButton(word) {
  const node = button(word, () => toggle(word), { class: "builder-word" });
  marks.push([word, node]);
  return node;
}

const pieces = (prompt) => prompt.split(",").map((piece) => piece.trim());

// The first words are the prompt itself; others follow as pieces of their own.
export function toggled(prompt, word) {
  const now = pieces(prompt);
  if (now.includes(word)) return now.filter((piece) => piece !== word).join(", ");
  const text = prompt.trimEnd().replace(/,$/, "");
  return text ? `${text}, ${word}` : word;
}

function toggle(word) {
  const field = document.querySelector("#field-prompt textarea");
  const prompt = formSoon()?.prompt ?? field?.value ?? formNow().prompt ?? "";
  fillForm({ ...formSoon(), prompt: toggled(prompt, word) }, { merge: true });
}

function mark() {
  const now = new Set(pieces(formNow().prompt ?? ""));
  for (const [word, node] of marks) node.setAttribute("aria-pressed", String(now.has(word)));
}
