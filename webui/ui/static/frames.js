// The pictures of a card: finished ones, the one in the making, and those still to come.
import { imageUrl } from "./api.js";
import { el } from "./dom.js";
import { pictureCount, promptOf, say } from "./say.js";
import { store } from "./store.js";
import { openView } from "./view.js";

const MOST = 16;

// Which frames to draw: [{index, image | preview | neither}], and how many are left out. The sheet
// of a grid stands for its pictures.
export function framesOf(job) {
  const done = new Map(store.imagesOf(job).map((image) => [image.index, image]));
  const running = job.state === "queued" || job.state === "running";
  const preview = store.preview(job.id);
  const sheet = job.request.sheet && done.get(pictureCount(job.request));
  if (sheet) return { frames: [{ index: sheet.index, image: sheet, preview: null }], left: 0 };
  const indexes = running ? [...Array(pictureCount(job.request)).keys()] : [...done.keys()].sort((a, b) => a - b);
  const first = running ? Math.max(0, Math.min((preview?.index ?? 0) - MOST + 1, indexes.length - MOST)) : 0;
  const shown = indexes.slice(first, first + MOST);
  const frames = shown.map((index) => ({
    index,
    image: done.get(index),
    preview: running && preview?.index === index && !done.has(index) ? preview : null,
  }));
  return { frames, left: indexes.length - shown.length };
}

export class FrameGrid {
  constructor() {
    this.node = el("div", { class: "frames" });
    this.drawn = new Map(); // index → {node, img, key}
  }

  draw(job) {
    const { frames, left } = framesOf(job);
    const { width, height } = (frames.length === 1 && frames[0].image) || job.request;
    const across = Math.ceil(Math.sqrt(frames.length));
    this.node.style.setProperty("--across", String(across));
    this.node.style.setProperty("--rows", String(Math.ceil(frames.length / across)));
    this.node.style.setProperty("--ratio", `${width} / ${height}`);
    this.node.style.setProperty("--wide", String(width / height));
    this.node.dataset.count = String(frames.length);
    const wanted = new Set(frames.map((frame) => frame.index));
    for (const [index, { node }] of this.drawn) {
      if (wanted.has(index)) continue;
      node.remove();
      this.drawn.delete(index);
    }
    frames.forEach((frame, place) => {
      this.drawFrame(job, frame);
      const { node } = this.drawn.get(frame.index);
      if (this.node.children[place] !== node) this.node.insertBefore(node, this.node.children[place] ?? null);
    });
    this.drawRest(left);
  }

  drawFrame(job, { index, image, preview }) {
    const key = image ? `image ${image.id}` : preview ? "preview" : "empty";
    const old = this.drawn.get(index);
    if (old?.key === key) {
      if (preview && old.img.src !== preview.url) old.img.src = preview.url;
      return;
    }
    const made = image ? finished(job, image) : preview ? developing(job, preview) : empty();
    if (old) {
      if (image && old.img) made.img.classList.add("arriving");
      old.node.replaceWith(made.node);
    } else this.node.append(made.node);
    this.drawn.set(index, { ...made, key });
  }

  drawRest(left) {
    this.rest?.remove();
    this.rest = left > 0 ? el("p", { class: "rest" }, say("more", { n: left })) : null;
    if (this.rest) this.node.append(this.rest);
  }
}

function finished(job, image) {
  const img = el("img", {
    src: imageUrl(image.id),
    alt: say("picture_alt", { prompt: promptOf(job), seed: image.seed }),
    width: image.width,
    height: image.height,
  });
  const node = el(
    "button",
    {
      type: "button",
      class: "frame done",
      data: { image: image.id },
      "aria-label": say("open", { seed: image.seed }),
      on: { click: () => openView(image) },
    },
    img,
  );
  return { node, img };
}

// A preview has few pixels: softened by a part of one, it develops instead of showing squares.
function soften({ currentTarget: img }) {
  img.style.setProperty("--soft", `${(img.clientWidth / img.naturalWidth / 5).toFixed(1)}px`);
}

function developing(job, preview) {
  const alt = say("preview_of", { prompt: promptOf(job) });
  const img = el("img", { src: preview.url, alt, on: { load: soften } });
  return { node: el("div", { class: "frame developing", data: { preview: preview.index } }, img), img };
}

function empty() {
  return { node: el("div", { class: "frame empty" }), img: null };
}
