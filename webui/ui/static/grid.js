// The grid tab: one request of the form drawn for every combination of values.
import { api } from "./api.js";
import { controlsNow, controlsToSend } from "./control_sending.js";
import { el, found } from "./dom.js";
import { extensionsNow, extensionsToSend } from "./extension_uses.js";
import { formNow, listenForm } from "./form.js";
import { clock, say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { axisExamples, kindFields } from "./words.js";

const PAUSE = 300;
let axes = {};
let margin = 8;
let timer = 0;
let asked = 0;

// Called by Gradio with every change: field and values of x, y and z, and the margin.
export function gridChanged(...values) {
  axes = {};
  ["x", "y", "z"].forEach((side, index) => {
    const [field, typed] = values.slice(2 * index, 2 * index + 2);
    if (field && field !== "none") axes[side] = { field, values: typed ?? "" };
    showValues(side, field);
  });
  margin = values[6] ?? 8;
  soon();
}

export function startGrid() {
  listenForm(soon);
  for (const side of ["y", "z"]) found(`axis-${side}-values`).then(() => showValues(side, axes[side]?.field));
}

// A side on which nothing changes has no values.
function showValues(side, field) {
  const node = document.getElementById(`axis-${side}-values`);
  if (!node) return;
  node.hidden = !field || field === "none";
  const area = node.querySelector("textarea");
  if (area) area.placeholder = axisExamples[field] ?? axisExamples.number;
}

// What the form says, without what is empty and what a grid has no use for.
function request() {
  const own = (name, value) => kindFields.text_to_image.includes(name) && value !== null && value !== undefined;
  const base = Object.fromEntries(Object.entries(formNow()).filter(([name, value]) => own(name, value)));
  return { kind: "grid", base: { ...base, ...controlsNow(), ...extensionsNow(), batch_count: 1 }, ...axes, margin };
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(tellCost, PAUSE);
}

async function tellCost() {
  const place = document.getElementById("grid-cost");
  if (!place || !place.offsetParent) return;
  const mine = ++asked;
  let words = say("grid_empty");
  let bad = false;
  if (axes.x) {
    try {
      const cost = await api.cost(request());
      bad = Boolean(cost.error);
      words = cost.error?.message ?? costWords(cost);
    } catch (error) {
      [words, bad] = [error.message, true];
    }
  }
  if (mine !== asked) return;
  const prompt = formNow().prompt?.trim() || say("no_prompt");
  place.replaceChildren(
    el("p", { class: "grid-base" }, say("grid_base", { prompt })),
    el("p", { class: bad ? "note bad" : "note", role: "status" }, words),
  );
}

function costWords({ pictures, steps, seconds }) {
  const time = seconds === null ? "" : say("grid_time", { time: clock(seconds) });
  return say("grid_cost", { pictures, steps }) + time;
}

export async function makeGrid() {
  if (!axes.x) return toast(say("grid_empty"), { seconds: 5 });
  try {
    await controlsToSend();
    await extensionsToSend();
    store.put(await api.submit(request()));
    toast(say("grid_made"), { seconds: 3 });
  } catch (error) {
    toast(error.message, { bad: true, seconds: 10 });
  }
  return null;
}

// The tray follows the person from tab to tab.
export function moveTray(place) {
  const tray = document.getElementById("tray-shell");
  const home = document.getElementById(place);
  if (tray && home && !home.contains(tray)) home.append(tray);
  soon();
}
