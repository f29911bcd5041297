// The map of a unit beside its picture, kept up with every change: what the model will read.
import { api, imageUrl } from "./api.js";
import { icon } from "./canvas_icons.js";
import { isLooking, makerOf } from "./control_choices.js";
import { button, el, write } from "./dom.js";
import { formNow } from "./form.js";
import { kindNow } from "./kinds.js";
import { say } from "./say.js";
import { sourceNow } from "./source.js";
import { isEnded, store } from "./store.js";

const PAUSE = 300;
const drawn = new Map(); // what was asked of a network → its job

// Width and height that are drawn now, or nothing where the input's own size counts and is not known.
export function sizeDrawn() {
  const { width, height } = document.documentElement.dataset.size === "input" ? sourceNow() : formNow();
  const side = (pixels) => Math.min(4096, Math.max(16, Math.round(pixels / 8) * 8));
  return width && height ? { width: side(width), height: side(height) } : {};
}

// What a map is asked for with, or null without a picture.
export function wishOf(unit, preprocessor = unit.preprocessor) {
  const image = unit.image || (kindNow() === "text_to_image" ? "" : sourceNow().init);
  if (!image) return null;
  const { threshold_a, threshold_b, resolution, resize, mask } = unit;
  return { kind: "map", image, preprocessor, threshold_a, threshold_b, resolution, resize, mask, ...sizeDrawn() };
}

export class MapBox {
  constructor(unit) {
    Object.assign(this, { unit, timer: 0, isBusy: false, isStale: false, key: "", made: null, live: true });
    this.image = el("img", { alt: "", hidden: true });
    this.words = el("p", { class: "control-empty-words", role: "status" });
    this.make = button(say("control_map_make"), () => this.order(), { hidden: true });
    this.empty = el("div", { class: "control-empty" }, icon("picture"), this.words, this.make);
    this.node = el("figure", { class: "control-box map" }, el("figcaption", {}, say("control_map")), this.image, this.empty);
    this.heard = () => this.live && this.follow();
    store.listen(this.heard);
  }

  // Something has changed that the map may depend on.
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  stop() {
    clearTimeout(this.timer);
    this.live = false;
    store.unlisten(this.heard);
  }

  // One question at a time: what changes meanwhile is asked for afterwards.
  async ask() {
    if (!this.live || !this.node.offsetParent) return;
    if (this.isBusy) return void (this.isStale = true);
    const wish = this.wish();
    if (!wish || JSON.stringify(wish) === this.key) return;
    Object.assign(this, { isBusy: true, key: JSON.stringify(wish) });
    if (!this.made) this.show(null, say("control_map_making"));
    try {
      const view = await api.makeMap(wish);
      this.show(view.url, "", view);
    } catch (error) {
      this.show(null, error.message, null, true);
    }
    Object.assign(this, { isBusy: false });
    if (!this.isStale) return;
    this.isStale = false;
    this.soon();
  }

  // What to ask for at once; null where there is nothing to ask, and the box says why.
  wish() {
    const wish = wishOf(this.unit);
    const maker = makerOf(this.unit.preprocessor);
    const without = isLooking(this.unit) ? say("control_map_reads") : wish ? (maker?.missing ?? "") : say("control_map_none");
    if (without || !maker) this.key = "";
    if (without || !maker) return void this.show(null, without);
    if (maker.is_instant) return wish;
    this.key = "";
    this.follow();
    return null;
  }

  // A network makes it, as a job like any other.
  async order() {
    const wish = wishOf(this.unit);
    if (!wish) return;
    try {
      const job = await api.submit(wish);
      drawn.set(JSON.stringify(wish), job.id);
      store.put(job);
    } catch (error) {
      this.show(null, error.message, null, true);
    }
  }

  // How far the job is that makes this very map.
  follow() {
    const wish = wishOf(this.unit);
    const maker = makerOf(this.unit.preprocessor);
    if (!wish || !maker || maker.is_instant || maker.missing || isLooking(this.unit)) return;
    const job = store.job(drawn.get(JSON.stringify(wish)));
    const [image] = job?.images ?? [];
    if (image) return this.show(imageUrl(image.id), "");
    if (job && !isEnded(job)) return this.show(null, say("control_map_making"));
    this.show(null, job?.error?.message ?? say("control_map_network"), null, Boolean(job?.error));
    this.make.hidden = false;
  }

  show(url, words, made = null, bad = false) {
    this.made = made;
    this.image.hidden = !url;
    this.empty.hidden = Boolean(url);
    this.make.hidden = true;
    if (url && this.image.getAttribute("src") !== url) this.image.src = url;
    this.image.alt = url ? say("control_map_of", { name: makerOf(this.unit.preprocessor)?.label ?? this.unit.preprocessor }) : "";
    write(this.words, words);
    this.words.classList.toggle("bad", bad);
  }
}
