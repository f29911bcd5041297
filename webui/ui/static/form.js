// The form in the browser: kept between visits, filled from a picture, told what is wrong.
import { el } from "./dom.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { intents, presets, ratios } from "./words.js";

let now = recall("form", {});
let toFill = null;
let ready = false;
const listeners = new Set();
const troubled = new Set();
let askedFrom = null; // what had the focus when Generate was pressed

export const formNow = () => now;
// What the form will hold once what was asked for is filled in; null when nothing is on its way.
export const formSoon = () => toFill?.form ?? null;
export const listenForm = (listener) => listeners.add(listener);
// Asked where a field stands that is not one of the form's own: an element, or null.
export const listenTrouble = (listener) => troubled.add(listener);

// Called by Gradio with every change.
export function keep(names, values) {
  if (!ready) return; // the values the page was built with are nobody's wish
  now = Object.fromEntries(names.map((name, index) => [name, values[index]]));
  changed();
}

function changed() {
  remember("form", now);
  markShape();
  listeners.forEach((listener) => listener());
}

export function preset(name) {
  fillForm(presets[name], { merge: true });
}

// Around what is added, an eighth of what the checkpoint draws is looked at.
export function intent(name) {
  const { width, height } = base(now.checkpoint);
  const around = intents[name].area === "masked" ? { padding: Math.round(Math.min(width, height) / 8) } : {};
  fillForm({ ...intents[name], ...around }, { merge: true });
}

// Called by Gradio when the page opens and when `fillForm` asks.
export function formToFill() {
  return JSON.stringify(toFill ?? { form: now });
}

export function startForm() {
  const note = ({ target }) => {
    if (target.closest("#generate")) askedFrom = document.activeElement;
  };
  document.addEventListener("click", note, { capture: true });
}

export function fillForm(request, { merge = false } = {}) {
  toFill = merge ? merged(request) : { form: request };
  document.getElementById("fill").click();
}

// Only these fields are set: what is typed into others meanwhile stays.
function merged(request) {
  const only = toFill && !toFill.only ? undefined : [...new Set([...(toFill?.only ?? []), ...Object.keys(request)])];
  return { form: { ...(toFill?.form ?? now), ...request }, only };
}

export function filled(answer) {
  const { values, note, only } = JSON.parse(answer);
  now = only ? { ...now, ...values } : values;
  toFill = null;
  if (!ready) document.querySelectorAll(".fold .label-wrap").forEach(prepareFold);
  ready = true;
  clearTrouble();
  changed();
  notice(note);
  document.documentElement.dataset.ready = "yes";
}

export function adapted(answer) {
  const { values, note } = JSON.parse(answer);
  now = { ...now, ...values };
  changed();
  notice(note);
}

export function answered(answer) {
  const { error } = JSON.parse(answer);
  clearTrouble();
  if (error) showTrouble(error);
}

export function lastSeed(current) {
  const latest = store.images()[0];
  if (latest) return latest.seed;
  toast(say("no_seed_yet"));
  return current;
}

// Gradio draws the fields of a fold only once it is open, so it comes open and is closed here.
function prepareFold(header) {
  const tell = () => header.setAttribute("aria-expanded", String(header.classList.contains("open")));
  new MutationObserver(tell).observe(header, { attributeFilter: ["class"] });
  if (header.classList.contains("open")) header.click();
  tell();
}

// --- size ---

const base = (checkpoint) => {
  const known = store.names.checkpoints;
  return (known.find((one) => one.name === checkpoint) ?? known[0])?.defaults ?? { width: 512, height: 512 };
};

// A side of this ratio with about as many pixels as the checkpoint draws best.
export function sides(across, down, checkpoint) {
  const { width, height } = base(checkpoint);
  const step = Math.min(64, Math.max(8, 2 ** Math.floor(Math.log2(Math.min(width, height) / 8))));
  const area = width * height;
  const round = (side) => Math.max(step, Math.round(side / step) * step);
  return [round(Math.sqrt((area * across) / down)), round(Math.sqrt((area * down) / across))];
}

// Keeps the picture upright if it is upright now.
export function shape(across, down, checkpoint, width, height) {
  const [long, short] = sides(across, down, checkpoint);
  return height > width ? [short, long] : [long, short];
}

function markShape() {
  const { width, height, checkpoint } = now;
  document.querySelectorAll("#ratios .ratio").forEach((node, index) => {
    const [, across, down] = ratios[index];
    const [long, short] = sides(across, down, checkpoint);
    const same = (width === long && height === short) || (width === short && height === long);
    node.setAttribute("aria-pressed", String(same));
  });
}

// --- words at the form ---

function notice(text, bad = false) {
  const place = document.getElementById("notice");
  place.replaceChildren();
  if (!text) return;
  place.append(el("p", { class: bad ? "note bad" : "note", role: bad ? "alert" : "status" }, text));
}

function clearTrouble() {
  document.querySelectorAll(".trouble").forEach((node) => node.classList.remove("trouble"));
  document.querySelectorAll(".field-trouble").forEach((node) => node.remove());
  notice("");
}

function showTrouble({ message, field }) {
  const own = field && document.getElementById(`field-${field.replaceAll("_", "-")}`);
  const place = own || (field && [...troubled].map((find) => find(field)).find(Boolean));
  if (!place) return notice(message, true);
  place.closest(".fold")?.querySelector(".label-wrap:not(.open)")?.click();
  place.classList.add("trouble");
  place.append(el("p", { class: "field-trouble", role: "alert" }, message));
  // After the fold has opened. Whoever has gone on to another field is not torn from it.
  setTimeout(() => {
    if (![askedFrom, document.body].includes(document.activeElement)) return;
    place.scrollIntoView({ block: "center" });
    place.querySelector('input:not([type="range"]), textarea, select, button')?.focus({ preventScroll: true });
  }, 50);
}
