// Below the prompt: for each LoRA that it names, whether it fits the checkpoint. Generate never waits for it.
import { listenPrompt, promptOfPage } from "./adapter_prompt.js";
import { tagsOf } from "./adapter_words.js";
import { api } from "./api.js";
import { el } from "./dom.js";
import { formNow, listenForm } from "./form.js";
import { say } from "./say.js";
import { truthNode } from "./truth_lines.js";

const PAUSE = 400;
const open = new Set(); // names of those that are unfolded
let list = null;
let timer = 0;
let asked = 0;
let last = "";

export function startTruths(place) {
  list = el("div", { class: "truths", role: "group", "aria-label": say("truth"), "aria-live": "polite" });
  place.replaceChildren(list);
  listenForm(soon);
  listenPrompt(soon);
  soon();
}

// Only another set of LoRAs, or another checkpoint, changes the answer.
const keyOf = (prompt, checkpoint) => JSON.stringify([checkpoint, ...tagsOf(prompt).map(({ name }) => name.toLowerCase())]);

function soon() {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

async function look() {
  const prompt = promptOfPage();
  const checkpoint = formNow().checkpoint ?? "";
  const key = keyOf(prompt, checkpoint);
  if (key === last) return;
  last = key;
  const mine = ++asked;
  if (!tagsOf(prompt).length) return list.replaceChildren();
  const truths = await api.truths({ prompt, checkpoint }).catch(() => null);
  if (mine !== asked) return;
  if (!truths) last = ""; // no answer: asked again with the next change
  else draw(truths);
}

function draw(truths) {
  list.replaceChildren(...truths.map((truth) => truthNode(truth, open.has(truth.name), (isOpen) => (isOpen ? open.add(truth.name) : open.delete(truth.name)))));
}
