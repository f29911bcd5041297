// One job as a card: waiting, developing, finished, stopped or failed.
import { again, remove, restore, reuseSeed, stopJob } from "./actions.js";
import { imageUrl } from "./api.js";
import { sendToUnit } from "./control.js";
import { button, el, write } from "./dom.js";
import { FrameGrid } from "./frames.js";
import { clock, pictureCount, promptOf, say } from "./say.js";
import { sendTo } from "./source.js";
import { store } from "./store.js";

export class Card {
  constructor(job, dismiss) {
    this.id = job.id;
    this.dismiss = dismiss;
    this.frames = new FrameGrid();
    this.state = el("p", { class: "card-state" });
    this.times = el("p", { class: "card-times" });
    this.prompt = el("p", { class: "card-prompt" });
    this.message = el("p", { class: "card-message" });
    this.bar = el("div", { class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, el("i"));
    this.actions = el("div", { class: "card-actions" });
    this.node = el(
      "article",
      { class: "card", data: { job: job.id } },
      this.frames.node,
      this.bar,
      el("div", { class: "card-text" }, el("div", { class: "card-line" }, this.state, this.times), this.prompt, this.message),
      this.actions,
    );
  }

  draw(job) {
    this.job = job;
    const showsFrames = job.state === "running" || store.imagesOf(job).length > 0;
    this.node.dataset.state = job.state;
    this.frames.node.hidden = !showsFrames;
    this.bar.hidden = job.state !== "running";
    if (showsFrames) this.frames.draw(job);
    write(this.prompt, promptOf(job));
    const said = [job.error?.message, job.remade?.words, ...(job.notes ?? [])].filter(Boolean).join(" ");
    write(this.message, said);
    this.message.hidden = !said;
    this.message.classList.toggle("plain", !job.error);
    this.drawActions(job);
    this.tick();
  }

  // What changes with the clock alone.
  tick() {
    const job = this.job;
    write(this.state, stateWords(job));
    write(this.times, timeWords(job));
    const percent = Math.round(job.progress * 100);
    this.bar.firstChild.style.width = `${percent}%`;
    this.bar.setAttribute("aria-valuenow", String(percent));
    this.bar.setAttribute("aria-label", say("step", { step: job.step, steps: job.steps }));
  }

  drawActions(job) {
    const images = store.imagesOf(job);
    const key = `${job.state} ${images.length === 1 ? images[0].id : images.length}`;
    if (this.drawnActions === key) return;
    this.drawnActions = key;
    this.actions.replaceChildren(...this.buttons(job, images));
  }

  buttons(job, images) {
    if (job.state === "queued") return [button(say("stop_waiting"), () => stopJob(job), { class: "quiet" })];
    if (job.state === "running") return [button(say("stop"), () => stopJob(job), { class: "stop" })];
    const made = [
      button(say("again"), () => again(job.id), { title: say("again_help") }),
      button(say("restore"), () => restore(job.id, images.length === 1 ? images[0] : null)),
    ];
    if (images.length === 1) made.push(...pictureButtons(images[0]));
    if (job.state !== "done") made.push(button(say("dismiss"), () => this.dismiss(job.id), { class: "quiet" }));
    return made;
  }
}

export function pictureButtons(image) {
  return [
    button(say("send_image_to_image"), () => sendTo("image_to_image", image, imageUrl(image.id))),
    button(say("send_inpaint"), () => sendTo("inpaint", image, imageUrl(image.id))),
    button(say("send_upscale"), () => sendTo("upscale", image, imageUrl(image.id))),
    button(say("send_control"), () => sendToUnit(image)),
    ...(store.job(image.job)?.request.checkpoint === "" ? [] : [button(say("reuse_seed"), () => reuseSeed(image.seed))]),
    el("a", { class: "button", href: imageUrl(image.id, { download: true }), download: true }, say("download")),
    button(say("delete"), () => remove(image), { class: "quiet" }),
  ];
}

function stateWords(job) {
  const images = store.imagesOf(job);
  if (job.state === "running") {
    if (!job.step) return say("starting");
    const step = say("step", { step: job.step, steps: job.steps });
    const total = pictureCount(job.request);
    return total > 1 ? `${step} · ${say("picture_of", { n: Math.min(images.length + 1, total), total })}` : step;
  }
  if (job.state === "queued") {
    if (job.place === null || job.place === undefined) return say("queued_new");
    if (job.place === 0) return say("queued_next");
    return job.place === 1 ? say("queued_one") : say("queued_many", { n: job.place });
  }
  if (job.state === "cancelled") return images.length ? say("cancelled_kept") : say("cancelled");
  if (job.state === "done" && !images.length) return say("deleted_all");
  return say(job.state);
}

export function remaining(job) {
  const { eta, at } = store.moment(job.id);
  if (eta === null || eta === undefined) return null;
  return Math.max(0, eta - (Date.now() - at) / 1000);
}

function timeWords(job) {
  const left = remaining(job);
  if (job.state === "queued") return left === null ? "" : say("ready_in", { time: clock(left) });
  if (job.state === "running") {
    const elapsed = (Date.now() - (store.moment(job.id).started ?? Date.now())) / 1000;
    const words = left === null ? "" : left < 0.5 ? say("almost") : say("left", { time: clock(left) });
    return [say("elapsed", { time: clock(elapsed) }), words].filter(Boolean).join(" · ");
  }
  const { width, height, seed, checkpoint } = job.request;
  const [image] = store.imagesOf(job);
  const size = image ? `${image.width} × ${image.height}` : `${width} × ${height}`;
  if (job.state === "failed") return "";
  return checkpoint ? `${size} · ${say("seed")} ${seed}` : size;
}

