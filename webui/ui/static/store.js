// What is known of this person's jobs and pictures, kept up to date by the studio's events.
import { api } from "./api.js";

const jobs = new Map();
const images = new Map();
const previews = new Map();
const moments = new Map(); // job → {eta, at, started}: when the last prediction came, in ms
const hidden = new Set(); // pictures whose deletion can still be undone
const listeners = new Set();
const names = { sampler: new Map(), schedule: new Map(), checkpoints: [] };
const state = { lost: false, loaded: false, olderLeft: true };

const lastMoment = (job) => Math.max(job.created, ...job.images.map((image) => image.created));
const ENDED = ["done", "failed", "cancelled"];
export const isEnded = (job) => ENDED.includes(job.state);

let nowNamed = null;

// `named` is a promise: what there is to choose from is known.
export const store = {
  state,
  names,
  job: (id) => jobs.get(id),
  // In the order they are served.
  unfinished: () =>
    [...jobs.values()]
      .filter((job) => !isEnded(job))
      .sort((a, b) => (a.state === b.state ? a.created - b.created : a.state === "running" ? -1 : 1)),
  // What ended last comes first.
  ended: () => [...jobs.values()].filter(isEnded).sort((a, b) => lastMoment(b) - lastMoment(a)),
  preview: (id) => previews.get(id),
  moment: (id) => moments.get(id) ?? {},
  // Newest first.
  images: () => [...images.values()].filter((image) => !hidden.has(image.id)).sort((a, b) => b.created - a.created),
  imagesOf: (job) => job.images.filter((image) => !hidden.has(image.id)),
  hide: (id) => change(() => hidden.add(id)),
  unhide: (id) => change(() => hidden.delete(id)),
  forget: (id) => change(() => forgetImage(id)),
  put: (job) => change(() => putJob(job)),
  listen: (listener) => listeners.add(listener),
  unlisten: (listener) => listeners.delete(listener),
  start,
  older,
  named: new Promise((resolve) => (nowNamed = resolve)),
};

let waiting = false;
function change(action) {
  action();
  if (waiting) return;
  waiting = true;
  // Many events of one moment are one drawing.
  setTimeout(() => {
    waiting = false;
    for (const listener of listeners) listener();
  }, 16);
}

function putJob(job) {
  if (!job.request && !jobs.has(job.id)) return; // told in need, without its request
  const known = jobs.get(job.id) ?? { images: [] };
  const merged = { ...known, ...job, images: job.images ?? known.images };
  jobs.set(job.id, merged);
  for (const image of merged.images) images.set(image.id, image);
  noteTime(merged);
  if (isEnded(merged)) previews.delete(job.id);
}

function noteTime(job) {
  const known = moments.get(job.id) ?? {};
  const now = Date.now();
  if (job.state === "running" && !known.started) {
    const spent = job.eta && job.progress < 1 ? (job.eta * job.progress) / (1 - job.progress) : 0;
    known.started = now - Math.min(spent * 1000, now - job.created * 1000);
  }
  moments.set(job.id, { ...known, eta: job.eta, at: now });
}

function forgetImage(id) {
  images.delete(id);
  hidden.delete(id);
  for (const job of jobs.values()) job.images = job.images.filter((image) => image.id !== id);
}

const heard = {
  job: (data) => putJob(data),
  progress: (data) => update(data.job, { step: data.step, steps: data.steps, progress: data.progress, eta: data.eta }),
  place: (data) => update(data.job, { place: data.place, eta: data.eta }),
  preview: (data) => previews.set(data.job, data),
  image: ({ job, image }) => {
    images.set(image.id, image);
    const known = jobs.get(job);
    if (known && !known.images.some((one) => one.id === image.id)) known.images = [...known.images, image];
  },
  deleted: (data) => forgetImage(data.image),
};

function update(id, fields) {
  const job = jobs.get(id);
  if (!job || isEnded(job)) return;
  Object.assign(job, fields);
  noteTime(job);
}

async function start() {
  const [samplers, schedules, checkpoints] = await Promise.all([api.samplers(), api.schedules(), api.checkpoints()]);
  for (const one of samplers) names.sampler.set(one.id, one.label);
  for (const one of schedules) names.schedule.set(one.id, one.label);
  names.checkpoints = checkpoints;
  nowNamed();
  connect();
  document.addEventListener("visibilitychange", onVisibility);
}

let source = null;
function connect() {
  source?.close();
  source = new EventSource("/api/v1/events");
  source.onopen = refresh;
  source.onerror = () => {
    change(() => (state.lost = true));
    // The browser tries again by itself, but not after an answer that was an error.
    if (source?.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
  for (const [kind, take] of Object.entries(heard)) {
    source.addEventListener(kind, (event) => change(() => take(JSON.parse(event.data))));
  }
}

// A browser opens six lines to a host; pages nobody looks at must not hold them.
let leaving = 0;
function onVisibility() {
  clearTimeout(leaving);
  if (document.hidden) {
    leaving = setTimeout(() => {
      source?.close();
      source = null;
    }, 30_000);
  } else if (!source) connect();
}

async function refresh() {
  try {
    const [newJobs, newImages] = await Promise.all([api.jobs(), api.images()]);
    change(() => {
      state.lost = false;
      state.loaded = true;
      newJobs.forEach(putJob);
      newImages.forEach((image) => images.set(image.id, image));
      state.olderLeft = newImages.length === 60;
    });
  } catch {
    change(() => (state.lost = true));
  }
}

async function older() {
  const oldest = [...images.values()].sort((a, b) => a.created - b.created)[0];
  const more = await api.images(oldest?.id);
  change(() => {
    more.forEach((image) => images.set(image.id, image));
    state.olderLeft = more.length === 60;
  });
}
