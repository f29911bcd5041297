// Models and preprocessors that units can be made of, and which of them go together.
import { api } from "./api.js";
import { formNow } from "./form.js";
import { store } from "./store.js";

let there = { models: [], broken: [], preprocessors: [] };

export async function learnChoices() {
  there = await api.controls();
}

export const choices = () => there;
export const makerOf = (id) => there.preprocessors.find((one) => one.id === id);
export const modelOf = (name) => there.models.find((one) => one.name === name);

const LOOKING = ["ip_adapter", "reference_only"];
const LINES = ["scribble", "sketch", "lineart"]; // what reads drawings

// Whether a model looks at the picture itself, so that no map is made for it.
export const isLooking = (unit) => LOOKING.includes(modelOf(unit.model)?.method);

const checkpoint = () => store.names.checkpoints.find((one) => one.name === formNow().checkpoint) ?? store.names.checkpoints[0];

export function isForeign({ family }) {
  const own = checkpoint()?.family;
  return Boolean(family && own && family !== own);
}

// How well a model suits: the place of the first word that its name has, or Infinity.
function place(words, { name, title }) {
  const called = `${name} ${title}`.toLowerCase();
  const at = words.findIndex((word) => called.includes(word));
  return at < 0 ? Infinity : at;
}

// Models that come with the checkpoint, and are called like it, go before the others.
const isOwn = (model) => Boolean(checkpoint() && model.name.startsWith(checkpoint().name));

// Models by how they suit a map: {suiting (best first), others, foreign}.
export function modelsFor(words) {
  const fitting = there.models.filter((one) => !isForeign(one));
  const rank = (one) => place(words, one) + (isOwn(one) ? 0 : words.length);
  const suiting = fitting.filter((one) => place(words, one) < Infinity).sort((a, b) => rank(a) - rank(b));
  return { suiting, others: fitting.filter((one) => !suiting.includes(one)), foreign: there.models.filter(isForeign) };
}

export const wordsOf = (id) => (id === "none" ? LINES : (makerOf(id)?.suits ?? []));

// The model for a map: the one the person has chosen stays, and so does one where none suits.
export function modelFor(unit, preprocessor) {
  if (unit.chosen && unit.model) return unit.model;
  const { suiting } = modelsFor(wordsOf(preprocessor));
  return suiting.some((one) => one.name === unit.model) ? unit.model : (suiting[0]?.name ?? unit.model);
}

// What a new unit begins with: the first pair that works here at once, the checkpoint's own before others.
export function freshUnit() {
  const ready = there.preprocessors.filter((one) => one.id !== "none" && one.is_instant && !one.missing);
  const pairs = ready.map((one) => ({ preprocessor: one.id, model: modelsFor(one.suits).suiting[0] })).filter((pair) => pair.model);
  const best = pairs.find((pair) => isOwn(pair.model)) ?? pairs[0];
  if (best) return { enabled: false, preprocessor: best.preprocessor, model: best.model.name };
  return { enabled: false, preprocessor: ready[0]?.id ?? "none", model: modelsFor([]).others[0]?.name ?? "" };
}
