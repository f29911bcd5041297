// Below the prompt: how many tokens it has, and where something in it is not what it seems.
import { api } from "./api.js";
import { el } from "./dom.js";
import { formNow, listenForm } from "./form.js";
import { say } from "./say.js";

const PAUSE = 250;
const FIELDS = ["prompt", "negative_prompt"];
let timer = 0;
let asked = 0;
let last = "";
let counts = {};
let list = null;

export function startPromptCheck(place) {
  for (const name of FIELDS) counts[name] = el("span", { class: "token-count" });
  list = el("div", { class: "prompt-problems", "aria-live": "polite" });
  place.replaceChildren(list);
  listenForm(soon);
  document.addEventListener("input", ({ target }) => target.closest("#field-prompt, #field-negative-prompt") && soon());
  soon();
}

// What is typed stands in the fields before Gradio has told of it.
function typed(name) {
  const field = document.querySelector(`#field-${name.replaceAll("_", "-")} textarea`);
  return field?.value ?? formNow()[name] ?? "";
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

async function check() {
  const { checkpoint, steps } = formNow();
  // A number of steps that cannot be is told at its field, not here.
  const sound = Number.isInteger(steps) && steps >= 1 && steps <= 150;
  const body = { prompt: typed("prompt"), negative_prompt: typed("negative_prompt"), checkpoint: checkpoint ?? "", steps: sound ? steps : null };
  const key = JSON.stringify(body);
  if (key === last) return;
  last = key;
  const mine = ++asked;
  const found = await api.checkPrompt(body).catch(() => null);
  if (mine !== asked) return;
  if (!found) last = "";
  else draw(found);
}

function draw(found) {
  for (const name of FIELDS) {
    const { tokens, limit } = found[name];
    const count = counts[name];
    count.textContent = tokens === null ? "" : say("tokens", { tokens, limit });
    count.title = say("tokens_help");
    const head = document.querySelector(`#field-${name.replaceAll("_", "-")} [data-testid="block-info"]`);
    if (head && count.parentNode !== head.parentNode) head.after(count);
  }
  const problems = FIELDS.flatMap((name) => found[name].problems);
  list.replaceChildren(...problems.slice(0, 3).map(problemNode));
}

function problemNode({ message, pointed }) {
  return el("div", { class: "prompt-problem" }, el("p", {}, message), el("pre", {}, pointed));
}
