// The full view of a picture: zoom, its settings in words, and what can be done with it.
import { STRONG, SUBTLE, again, canHires, hires, isSheet, remake, remove, requestOfImage, restore, reuseSeed, vary } from "./actions.js";
import { api, imageUrl } from "./api.js";
import { openCompare } from "./compare.js";
import { sendToUnit } from "./control.js";
import { button, el } from "./dom.js";
import { factLines, factsOf } from "./facts.js";
import { showLineage } from "./lineage.js";
import { promptOf, say } from "./say.js";
import { sendTo } from "./source.js";
import { store } from "./store.js";
import { Zoom } from "./zoom.js";

let parts = null;
let current = null;

export async function openView(image) {
  parts ??= build();
  current = image;
  parts.img.src = imageUrl(image.id);
  parts.img.alt = say("picture_alt", { prompt: promptOf(store.job(image.job)), seed: image.seed });
  parts.img.style.setProperty("--ratio", `${image.width} / ${image.height}`);
  parts.img.style.setProperty("--wide", String(image.width / image.height));
  parts.zoom.fit();
  parts.actions.replaceChildren(...actionsOf(image));
  parts.facts.replaceChildren();
  parts.lineage.replaceChildren();
  markEnds();
  if (!parts.dialog.open) parts.dialog.showModal();
  const job = store.job(image.job) ?? (await api.job(image.job).catch(() => null));
  if (job && !store.job(job.id)) store.put(job);
  if (job && current === image) {
    parts.facts.replaceChildren(...factLines(factsOf(requestOfImage(job.request, image), image)));
    parts.actions.replaceChildren(...actionsOf(image)); // now that its request is known
  }
  showLineage(parts.lineage, image, (other) => openView(other));
}

export function isOpen() {
  return parts?.dialog.open ?? false;
}

function build() {
  const img = el("img", { class: "view-image" });
  const stage = el("div", { class: "view-stage" }, img);
  const percent = button(say("zoom_fit"), () => zoom.fit(), { class: "quiet view-percent" });
  const zoom = new Zoom(stage, img, (scale) => {
    percent.textContent = scale === 1 ? say("zoom_fit") : `${Math.round(scale * 100)} %`;
  });
  const icon = (text, name, action) => button("", action, { "aria-label": say(name), title: say(name), data: { icon: text } });
  const previous = icon("left", "previous", () => step(-1));
  const next = icon("right", "next", () => step(1));
  const bar = el(
    "div",
    { class: "view-bar" },
    previous,
    next,
    el("span", { class: "gap" }),
    icon("minus", "zoom_out", () => zoom.by(1 / 1.5)),
    percent,
    icon("plus", "zoom_in", () => zoom.by(1.5)),
    icon("close", "close", () => dialog.close()),
  );
  const facts = el("dl", { class: "facts" });
  const actions = el("div", { class: "view-actions" });
  const lineage = el("div", { class: "lineage" });
  const side = el("div", { class: "view-side" }, el("h2", {}, say("settings")), facts, actions, lineage);
  const toasts = el("div", { class: "view-toasts" });
  const dialog = el("dialog", { id: "view", "aria-label": say("view"), tabindex: -1, autofocus: true }, bar, stage, side, toasts);
  dialog.addEventListener("keydown", (event) => onKey(event, zoom));
  document.body.append(dialog);
  return { dialog, img, zoom, facts, actions, lineage, previous, next };
}

function onKey(event, zoom) {
  const keys = {
    ArrowLeft: () => step(-1),
    ArrowRight: () => step(1),
    "+": () => zoom.by(1.5),
    "=": () => zoom.by(1.5),
    "-": () => zoom.by(1 / 1.5),
    0: () => zoom.fit(),
  };
  if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  keys[event.key]();
}

function neighbour(by) {
  const images = store.images();
  const place = images.findIndex((image) => image.id === current.id);
  return place < 0 ? undefined : images[place + by];
}

function step(by) {
  const image = neighbour(by);
  if (image) openView(image);
}

// Not `disabled`: a button that loses the focus would take the keyboard along.
function markEnds() {
  const images = store.images();
  parts.previous.setAttribute("aria-disabled", String(images[0]?.id === current.id));
  parts.next.setAttribute("aria-disabled", String(images.at(-1)?.id === current.id));
}

const SENT_TO = ["image_to_image", "inpaint", "upscale"];

function actionsOf(image) {
  const request = store.job(image.job)?.request;
  const sheet = isSheet(request, image);
  const single = (...buttons) => (sheet ? [] : buttons);
  // What is only enlarged has no seed to vary.
  const drawn = (...buttons) => (sheet || request?.checkpoint === "" ? [] : buttons);
  const leaving = (action) => () => {
    parts.dialog.close();
    action();
  };
  return [
    ...single(button(say("restore"), leaving(() => restore(image.job, image)), { class: "primary" })),
    button(say("again"), leaving(() => again(image.job)), { title: say("again_help") }),
    ...single(
      button(say("remake"), leaving(() => remake(image)), { title: say("remake_help") }),
    ),
    ...drawn(
      button(say("vary_subtle"), leaving(() => vary(image, SUBTLE)), { title: say("vary_help") }),
      button(say("vary_strong"), leaving(() => vary(image, STRONG)), { title: say("vary_help") }),
      button(say("reuse_seed"), leaving(() => reuseSeed(image.seed))),
      ...(canHires(request) ? [button(say("hires"), leaving(() => hires(image)), { title: say("hires_help") })] : []),
    ),
    ...SENT_TO.map((kind) => button(say(`send_${kind}`), leaving(() => sendTo(kind, image, imageUrl(image.id))), { data: { send: kind } })),
    button(say("send_control"), leaving(() => sendToUnit(image)), { data: { send: "control" } }),
    button(say("compare"), () => openCompare(image), { data: { compare: "yes" } }),
    el("a", { class: "button", href: imageUrl(image.id, { download: true }), download: true }, say("download")),
    el("a", { class: "button quiet", href: `/api/v1/images/${image.id}/as/webp`, download: true }, say("download_webp")),
    el("a", { class: "button quiet", href: `/api/v1/images/${image.id}/as/jpeg`, download: true }, say("download_jpeg")),
    button(say("delete"), () => removeAndStep(image), { class: "quiet" }),
  ];
}

function removeAndStep(image) {
  const next = neighbour(1) ?? neighbour(-1);
  if (next) openView(next);
  else parts.dialog.close();
  remove(image);
}
