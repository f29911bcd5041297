// Controls for the inputs and settings that an extension names: each is {node, set(value)}.
import { selectField, sliderField, switchField } from "./control_fields.js";
import { el } from "./dom.js";

const MOST_STEPS = 10_000; // finer than a hand can pull
const LONGEST = 4000;
let made = 0;

// `changed(value)` gets what fits the type and the limits only.
export function extensionField(one, changed) {
  const about = { name: one.name, label: one.title, help: one.help };
  if (one.type === "switch") return switchField(about, changed);
  if (one.type === "choice") return choiceField(one, about, changed);
  if (one.type === "text") return textField(about, changed);
  return numberOf(one, about, changed);
}

function choiceField({ choices }, about, changed) {
  const field = selectField(about, changed);
  const options = choices.map((value) => ({ value, text: value }));
  return { node: field.node, set: (value) => field.set([["", options]], value) };
}

function numberOf({ type, minimum, maximum, step: own }, about, changed) {
  const step = own ?? (type === "integer" ? 1 : stepOf(minimum, maximum));
  const whole = type === "integer" ? (value) => changed(Math.round(value)) : changed;
  const isPulled = minimum !== null && maximum !== null && maximum > minimum && (maximum - minimum) / step <= MOST_STEPS;
  if (isPulled) return sliderField({ ...about, minimum, maximum, step }, whole);
  return typedNumber({ ...about, minimum, maximum, step: own ?? (type === "integer" ? 1 : "any") }, whole);
}

// About a hundredth of the range, as a round number.
function stepOf(minimum, maximum) {
  const range = maximum - minimum;
  return minimum === null || maximum === null || !(range > 0) ? 0.05 : 10 ** Math.floor(Math.log10(range / 50));
}

// A label, its help and an input, tied together for those who do not see them.
function row({ name, label, help }, input) {
  const id = `extension-field-${++made}`;
  input.id = id;
  const words = [el("label", { class: "control-label", for: id }, label)];
  if (help) {
    input.setAttribute("aria-describedby", `${id}-help`);
    words.push(el("span", { class: "control-help", id: `${id}-help` }, help));
  }
  return el("div", { class: "control-field", data: { unitField: name } }, el("div", { class: "control-words" }, ...words), input);
}

function typedNumber({ minimum, maximum, step, ...about }, changed) {
  const input = el("input", { type: "number", min: minimum, max: maximum, step, inputmode: "decimal" });
  input.addEventListener("input", () => {
    const value = Number(input.value);
    if (input.value !== "" && value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity)) changed(value);
  });
  return { node: row(about, input), set: (value) => (input.value = String(value)) };
}

function textField(about, changed) {
  const input = el("input", { type: "text", maxlength: LONGEST, on: { input: () => changed(input.value) } });
  return { node: row(about, input), set: (value) => (input.value = value) };
}

// All fields of a list in one part of the page: {node, set(values)}.
export function extensionFields(list, changed) {
  const fields = new Map(list.map((one) => [one.name, extensionField(one, (value) => changed(one.name, value))]));
  const node = el("div", { class: "made-fields" }, ...[...fields.values()].map((field) => field.node));
  const set = (values) => fields.forEach((field, name) => name in values && field.set(values[name]));
  return { node, set };
}
