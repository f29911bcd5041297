// The prompts of the page, as LoRAs and embeddings are written into them.
import { isIn, putAt, putIn, takeOut, takeWords } from "./adapter_words.js";

const FIELDS = { prompt: "#field-prompt textarea", negative_prompt: "#field-negative-prompt textarea" };
const listeners = new Set();
const touched = new Set(); // prompts in which the person has put the caret somewhere
let last = "prompt"; // the prompt that was written in last

export const listenPrompt = (listener) => listeners.add(listener);
export const promptOfPage = (name = "prompt") => document.querySelector(FIELDS[name])?.value ?? "";

const nameOf = (target) => Object.keys(FIELDS).find((name) => target?.matches?.(FIELDS[name]));

export function startPrompts() {
  document.addEventListener("focusin", ({ target }) => {
    const name = nameOf(target);
    if (!name) return;
    touched.add(name);
    last = name;
  });
  document.addEventListener("input", ({ target }) => nameOf(target) && listeners.forEach((listener) => listener()));
}

// Where a card goes: a LoRA acts on the whole picture, an embedding on the prompt that names it.
const homeOf = ({ kind }) => (kind === "lora" ? "prompt" : last);

export const isThere = (card) => Object.keys(FIELDS).some((name) => isIn(promptOfPage(name), card));

// Writes a card into the prompt, or takes it out. True when it is there afterwards.
export function toggle(card) {
  if (isThere(card)) {
    for (const name of Object.keys(FIELDS)) {
      const before = promptOfPage(name);
      if (isIn(before, card)) write(name, takeOut(before, card));
    }
    if (card.negative) write("negative_prompt", takeWords(promptOfPage("negative_prompt"), card.negative));
    return false;
  }
  const home = homeOf(card);
  const { text, caret } = putIn(promptOfPage(home), caretOf(home), card);
  write(home, text, caret);
  if (card.negative && home === "prompt") avoid(card.negative);
  return true;
}

function avoid(words) {
  const before = promptOfPage("negative_prompt");
  if (before.includes(words)) return;
  write("negative_prompt", putAt(before, before.length, words, ", ").text);
}

function caretOf(name) {
  const area = document.querySelector(FIELDS[name]);
  return touched.has(name) ? area.selectionEnd : area.value.length;
}

function write(name, text, caret = text.length) {
  const area = document.querySelector(FIELDS[name]);
  if (area.value === text) return;
  area.setRangeText(text, 0, area.value.length, "end");
  area.setSelectionRange(caret, caret);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
