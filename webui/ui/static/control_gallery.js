// The person's own pictures, to take one.
import { imageUrl } from "./api.js";
import { button, el } from "./dom.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

let parts = null;
let taking = () => {};

// `take(blob)` gets the picture that is chosen.
export function openGallery(take) {
  taking = take;
  parts ??= build();
  draw();
  parts.dialog.showModal();
}

export async function pictureOf(image) {
  const answer = await fetch(imageUrl(image.id)).catch(() => null);
  if (answer?.ok) return answer.blob();
  toast(say("sent_gone"), { bad: true, seconds: 6 });
  return null;
}

function draw() {
  const images = store.images();
  const older = store.state.olderLeft && images.length ? [button(say("older"), () => store.older().catch(() => {}), { class: "quiet" })] : [];
  const none = images.length ? [] : [el("p", { class: "quiet" }, say("control_gallery_empty"))];
  parts.list.replaceChildren(...none, ...images.map(thumb), ...older);
}

function thumb(image) {
  const label = say("open", { seed: image.seed });
  const picture = el("img", { src: imageUrl(image.id), alt: "", loading: "lazy" });
  return el("button", { type: "button", "aria-label": label, title: label, data: { image: image.id }, on: { click: () => choose(image) } }, picture);
}

async function choose(image) {
  parts.dialog.close();
  const blob = await pictureOf(image);
  if (blob) taking(blob);
}

function build() {
  const close = button("", () => dialog.close(), { "aria-label": say("close"), title: say("close"), data: { icon: "close" } });
  const bar = el("div", { class: "view-bar" }, el("h2", {}, say("control_gallery")), el("span", { class: "gap" }), close);
  const list = el("div", { class: "control-gallery-list" });
  const dialog = el("dialog", { id: "control-gallery", "aria-label": say("control_gallery"), tabindex: -1 }, bar, list);
  document.body.append(dialog);
  store.listen(() => dialog.open && draw());
  return { dialog, list };
}
