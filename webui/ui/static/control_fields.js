// Fields of a unit: each is {node, set(value)}, labelled, with its help, and made of what browsers have.
import { el, write } from "./dom.js";

let made = 0;

function field(name, label, help, ...inside) {
  const words = [el("span", { class: "control-label" }, label), help ? el("span", { class: "control-help" }, help) : null];
  return el("div", { class: "control-field", data: { unitField: name } }, el("div", { class: "control-words" }, ...words), ...inside);
}

// A number of a range, to pull or to type. `changed(value)` gets numbers within the range only.
export function sliderField({ name, label, help, minimum, maximum, step }, changed) {
  const more = { min: minimum, max: maximum, step, "aria-label": label };
  const [range, typed] = ["range", "number"].map((type) => el("input", { type, ...more, inputmode: type === "number" ? "decimal" : undefined }));
  let last = minimum;
  // What is being typed stays as it is typed: "0." is on its way to a number.
  const isTyped = (one, value) => one === typed && document.activeElement === typed && Number(typed.value) === value;
  const show = (value, places = [range, typed]) => {
    last = value;
    places.filter((one) => !isTyped(one, value)).forEach((one) => (one.value = String(value)));
    range.style.setProperty("--part", `${(100 * (value - minimum)) / (maximum - minimum)}%`);
  };
  const take = (input, other) => {
    const value = Number.isInteger(step) ? Math.round(Number(input.value)) : Number(input.value);
    if (input.value === "" || !(value >= minimum && value <= maximum)) return;
    show(value, [other]);
    changed(value);
  };
  range.addEventListener("input", () => take(range, typed));
  typed.addEventListener("input", () => take(typed, range));
  typed.addEventListener("change", () => {
    const value = typed.value === "" ? last : Math.min(maximum, Math.max(minimum, Number(typed.value)));
    typed.value = String(value);
    take(typed, range);
  });
  const node = field(name, label, help, typed, range);
  node.classList.add("slider");
  return { node, set: show };
}

// Two ends of one range, as shares of 1. `words(start, end)` says them.
export function spanField({ name, names, step, gap, words }, changed) {
  const said = el("span", { class: "control-label", "aria-hidden": "true" });
  const ends = names.map((label) => el("input", { type: "range", min: 0, max: 1, step, "aria-label": label }));
  const [low, high] = ends;
  const show = () => {
    const [start, end] = ends.map((one) => Number(one.value));
    track.style.setProperty("--from", `${start * 100}%`);
    track.style.setProperty("--to", `${end * 100}%`);
    ends.forEach((one) => one.setAttribute("aria-valuetext", `${Math.round(one.value * 100)} %`));
    low.classList.toggle("above", start > 0.5); // both at one end: the one that can move lies on top
    write(said, words(start, end));
  };
  const pulled = (isLow) => {
    if (isLow) low.value = String(Math.min(Number(low.value), Number(high.value) - gap));
    else high.value = String(Math.max(Number(high.value), Number(low.value) + gap));
    show();
    changed(Number(low.value), Number(high.value));
  };
  ends.forEach((one, place) => one.addEventListener("input", () => pulled(place === 0)));
  const track = el("div", { class: "control-span" }, low, high);
  const node = el("div", { class: "control-field", data: { unitField: name } }, said, track);
  const set = (start, end) => {
    [low.value, high.value] = [String(start), String(end)];
    show();
  };
  return { node, set };
}

// One of a few values, side by side: a group of radio buttons. `choices`: [value, text] pairs.
export function segmentsField({ name, label, help, choices }, changed) {
  const group = `control-${name}-${++made}`;
  const inputs = choices.map(([value]) => el("input", { type: "radio", name: group, value, on: { change: () => changed(value) } }));
  const segments = choices.map(([, text], place) => el("label", {}, inputs[place], el("span", {}, text)));
  const node = field(name, label, help, el("div", { class: "control-segments", role: "radiogroup", "aria-label": label }, ...segments));
  return { node, set: (value) => inputs.forEach((one) => (one.checked = one.value === value)) };
}

// One of many. `set(groups, value)`: groups are [title, [{value, text, disabled}]]; without a title, no group.
export function selectField({ name, label, help }, changed) {
  const select = el("select", { "aria-label": label, on: { change: () => changed(select.value) } });
  let listed = "";
  const option = ({ value, text, disabled }) => el("option", { value, disabled }, text);
  const said = el("p", { class: "control-help" }, help ?? "");
  const node = field(name, label, "", select, said);
  const set = (groups, value) => {
    const shown = groups.filter(([, options]) => options.length);
    if (listed !== JSON.stringify(shown)) select.replaceChildren(...shown.flatMap(([title, options]) => (title ? [el("optgroup", { label: title }, ...options.map(option))] : options.map(option))));
    listed = JSON.stringify(shown); // an open list is not made anew under the person's hands
    select.value = value;
  };
  const describe = (text) => {
    write(said, text);
    said.hidden = !text;
  };
  describe(help ?? "");
  return { node, set, describe };
}

export function switchField({ name, label, help }, changed) {
  const input = el("input", { type: "checkbox", role: "switch", on: { change: () => changed(input.checked) } });
  const words = [el("span", { class: "control-label" }, label), help ? el("span", { class: "control-help" }, help) : null];
  const node = el("div", { class: "control-field", data: { unitField: name } }, el("label", { class: "control-switch" }, input, el("span", {}, ...words)));
  return { node, set: (value) => (input.checked = value) };
}
