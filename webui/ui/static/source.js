// The picture that is begun with: the canvas, further pictures, and what of them goes into a request.
import { api, inputUrl } from "./api.js";
import { PictureCanvas } from "./canvas.js";
import { controlsToSend } from "./control_sending.js";
import { button, el, found } from "./dom.js";
import { extensionsToSend } from "./extension_uses.js";
import { fillForm, formNow, listenForm, sides } from "./form.js";
import { kindNow, listenKind, openTab } from "./kinds.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { intents } from "./words.js";

const MOST = 100; // pictures of one request
const MUCH = 2.25; // times as many pixels as the checkpoint draws best
const PAUSE = 800;
const kept = { init: null, mask: null, more: [], ...recall("source", {}) };
let canvas = null;
let others = null;
let sending = Promise.resolve();
let keeping = Promise.resolve();
let timer = 0;
const listeners = new Set(); // of another picture on the canvas
let unsent = null; // a picture that could not be sent yet
const fitted = new Set(); // kinds for which the size of this picture was looked at

export function startSource(place) {
  const room = el("div", { id: "canvas" });
  others = el("div", { id: "other-pictures" });
  place.replaceChildren(room, others);
  canvas = new PictureCanvas(room, { mask: true, sketch: false, onChange: maskSoon, onPicture: brought });
  listenKind(showTools);
  listenForm(markSize);
  showTools();
  drawOthers();
  nameIntents();
  recover();
}

function nameIntents() {
  for (const name of Object.keys(intents)) {
    found(`intent-${name}`).then((node) => (node.title = say(`intent_${name}_help`)));
  }
}

export const listenSource = (listener) => listeners.add(listener);

function save(changes) {
  Object.assign(kept, changes);
  remember("source", kept);
  listeners.forEach((listener) => listener());
}

// What was on the canvas at the last visit, unless the person has brought another picture meanwhile.
async function recover() {
  if (!kept.init) return;
  const { init, mask } = kept;
  const answer = await fetch(inputUrl(init)).catch(() => null);
  if (kept.init !== init) return;
  if (!answer?.ok) {
    save({ init: null, mask: null });
    toast(say("source_gone"), { seconds: 6 });
    return;
  }
  ["image_to_image", "inpaint"].forEach((kind) => fitted.add(kind)); // the form is as it was left
  if (!(await canvas.load(await answer.blob())) || kept.init !== init) return;
  if (mask) await canvas.setMask(inputUrl(mask));
}

function showTools() {
  const kind = kindNow();
  canvas?.setTools({ mask: kind === "inpaint", sketch: kind === "image_to_image" });
  markSize();
  fitSize();
}

// Width and height have a say only where the size of the picture does not count.
function markSize() {
  const kind = kindNow();
  const form = formNow();
  const cut = kind === "image_to_image" && (form.resize_mode ?? "keep") !== "keep";
  const around = kind === "inpaint" && form.area === "masked";
  const input = kind !== "text_to_image" && !cut && !around;
  const { dataset } = document.documentElement;
  dataset.size = input ? "input" : "own";
  // What only enlarges has no use for words, seeds and samplers.
  dataset.drawn = kind === "upscale" && !(form.upscale_strength > 0) ? "no" : "yes";
}

// --- pictures that come in ---

function brought(blob) {
  save({ init: null, mask: null });
  fitted.clear();
  send(blob);
  fitSize();
}

function send(blob) {
  unsent = blob;
  const mine = api.sendInput(blob).then((view) => {
    if (sending !== mine) return;
    unsent = null;
    save({ init: view.sha256 });
    if (view.notes.length) toast(view.notes.join(" "), { seconds: 8 });
  });
  sending = mine;
  mine.catch((error) => sending === mine && toast(error.message, { bad: true, seconds: 8 }));
}

// A picture much larger than the checkpoint draws well is not drawn whole unless that is asked for.
function fitSize() {
  const { width, height } = canvas;
  if (!width || fitted.has(kindNow())) return;
  fitted.add(kindNow());
  const { checkpoint } = formNow();
  const [toWidth, toHeight] = sides(width, height, checkpoint);
  if (width * height <= MUCH * toWidth * toHeight) return;
  if (kindNow() === "inpaint") {
    fillForm({ area: "masked" }, { merge: true });
    toast(say("source_around", { width, height }), { seconds: 8 });
  } else if (kindNow() === "image_to_image") {
    fillForm({ resize_mode: "crop", width: toWidth, height: toHeight }, { merge: true });
    toast(say("source_large", { width, height, to_width: toWidth, to_height: toHeight }), { seconds: 8 });
  }
}

// A finished picture onto the canvas of a tab.
export async function sendTo(kind, image, url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok) return toast(say("sent_gone"), { bad: true, seconds: 6 });
  openTab(kind);
  await found("canvas");
  const blob = await answer.blob();
  if (!(await canvas.load(blob))) return null;
  save({ more: [] });
  drawOthers();
  brought(blob);
  const prompt = store.job(image.job)?.request?.prompt;
  if (prompt && !formNow().prompt) fillForm({ prompt }, { merge: true });
  document.getElementById("canvas").scrollIntoView({ block: "center" });
  toast(say("sent_to"), { seconds: 3 });
  return null;
}

// The pictures of a request that is restored. The mask is one of the first.
export async function restoreSource([init, ...more], mask) {
  await found("canvas");
  sending = Promise.resolve();
  unsent = null;
  save({ init, mask: mask || null, more });
  drawOthers();
  await recover();
}

// --- what goes into a request ---

function maskSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => (keeping = keepMask().catch(() => {})), PAUSE);
}

// The mask as an input, so that a reload finds it again.
async function keepMask() {
  if (kindNow() !== "inpaint") return; // elsewhere the mask is put aside
  const blob = await canvas.maskBlob();
  save({ mask: blob ? (await api.sendInput(blob)).sha256 : null });
}

// The picture that is drawn over, with its size; 0 without one.
export const sourceNow = () => ({ init: kept.init ?? "", width: canvas?.width ?? 0, height: canvas?.height ?? 0 });

// Called by Gradio when Generate is pressed: the first value becomes what is begun with, and what steers.
export async function withSource([, ...values]) {
  const kind = kindNow();
  try {
    const begun = kind === "text_to_image" ? { kind } : await beginning(kind);
    const isDrawn = document.documentElement.dataset.drawn !== "no";
    return [JSON.stringify({ ...begun, ...(isDrawn ? await controlsToSend() : {}), ...(await extensionsToSend()) }), ...values];
  } catch (error) {
    return [JSON.stringify({ error: { message: error.message, field: null } }), ...values];
  }
}

async function beginning(kind) {
  if (!canvas?.hasPicture) throw new Error(say("source_none"));
  await sending.catch(() => {});
  if (unsent) {
    send(unsent); // once more: the line may be there again
    await sending;
  }
  const sketch = kind === "image_to_image" ? await canvas.sketchBlob() : null;
  const first = sketch ? (await api.sendInput(sketch)).sha256 : kept.init;
  if (!first) throw new Error(say("source_none"));
  const more = kind === "image_to_image" || kind === "upscale" ? kept.more : [];
  const told = { kind, init: [first, ...more] };
  if (kind !== "inpaint") return told;
  clearTimeout(timer);
  await keeping;
  await keepMask();
  return kept.mask ? { ...told, mask: kept.mask } : told;
}

// --- further pictures, each drawn by itself ---

function drawOthers() {
  const pictures = kept.more.map((sha256) =>
    el(
      "li",
      {},
      el("img", { src: inputUrl(sha256), alt: "" }),
      button("×", () => dropOther(sha256), { "aria-label": say("source_drop"), title: say("source_drop") }),
    ),
  );
  const count = kept.more.length;
  const words = count === 1 ? say("source_other") : say("source_others", { n: count });
  others.replaceChildren(
    el("div", { class: "other-buttons" }, chooser("source_more", {}), chooser("source_folder", { webkitdirectory: true })),
    ...(count ? [el("p", { class: "quiet" }, words), el("ul", { class: "others" }, ...pictures)] : []),
  );
}

function dropOther(sha256) {
  save({ more: kept.more.filter((one) => one !== sha256) });
  drawOthers();
}

function chooser(name, more) {
  const input = el("input", { type: "file", accept: "image/*", multiple: true, hidden: true, ...more });
  input.addEventListener("change", () => {
    const files = [...input.files].filter((file) => /^image\/|\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i.test(file.type || file.name));
    input.value = ""; // so that the same file can be chosen again
    addAll(files);
  });
  return el("span", {}, button(say(name), () => input.click()), input);
}

async function addAll(files) {
  const room = MOST - 1 - kept.more.length;
  if (files.length > room) toast(say("source_most", { n: MOST }), { seconds: 8 });
  for (const file of files.slice(0, room)) {
    try {
      if (canvas.hasPicture) {
        const { sha256 } = await api.sendInput(file);
        if (sha256 !== kept.init && !kept.more.includes(sha256)) save({ more: [...kept.more, sha256] });
      } else if (await canvas.load(file)) brought(file);
    } catch (error) {
      toast(`${file.name}: ${error.message}`, { bad: true, seconds: 8 });
    }
  }
  drawOthers();
}
