// What can be done with a job or a picture.
import { api } from "./api.js";
import { askedFor, restoreRequest } from "./asking.js";
import { fillForm } from "./form.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const UNDO_SECONDS = 6;
export const SUBTLE = 0.15; // how much of another seed's noise a variation mixes in
export const STRONG = 0.5;
const pending = new Map(); // picture → timer of a deletion that can still be undone

async function trying(action) {
  try {
    return await action();
  } catch (error) {
    toast(error.message, { bad: true, seconds: 8 });
    return null;
  }
}

export function stopJob(job) {
  return trying(async () => {
    store.put(await api.stop(job.id));
    toast(say("stopped"), { seconds: 3 });
  });
}

// Stops what is running; else the job that was added last.
export function stopOne() {
  const mine = store.unfinished();
  const job = mine.find((one) => one.state === "running") ?? mine.at(-1);
  if (job) return stopJob(job);
  toast(say("nothing_to_stop"), { seconds: 3 });
  return null;
}

async function requestOf(jobId) {
  const job = store.job(jobId) ?? (await api.job(jobId));
  store.put(job);
  return job.request;
}

// The settings of a whole job, or of one picture of it.
export function restore(jobId, image = null) {
  return trying(async () => {
    const whole = await requestOf(jobId);
    const request = image ? requestOfImage(whole, image) : { ...whole };
    if (!image) request.variation_seed = variationOf(request, 0);
    restoreRequest({ ...request, ...(image && alone(image)) });
    toast(say("restored"));
  });
}

const alone = (image) => ({ seed: image.seed, batch_size: 1, batch_count: 1 });

// The variation seed of a picture of a job; -1 where no other seed is mixed in. As in
// webui/request/resolved.py they count on, and after the largest comes 0.
export function variationOf({ variation_strength: strength, variation_seed: seed }, index) {
  if (!(strength > 0)) return -1;
  const room = Number.MAX_SAFE_INTEGER - seed;
  return index <= room ? seed + index : index - room - 1;
}

async function submitLike(jobId, changes) {
  store.put(await api.submit(askedFor(await requestOf(jobId), changes)));
}

// The request of one picture: what is its own in a grid or with drawn words, over what is shared.
export function requestOfImage(request, image) {
  const own = request.each?.[image.index];
  const merged = { ...request, ...own, each: [], sheet: null };
  return { ...merged, variation_seed: variationOf(merged, own ? 0 : image.index) };
}

// The sheet of a grid comes after its pictures.
export const isSheet = (request, image) => Boolean(request?.sheet) && image.index === request.each.length;

// Exactly the same once more, to see whether the pixels are equal.
export function remake(image) {
  return trying(async () => {
    store.put(await api.remake(image.id));
    toast(say("remaking"), { seconds: 3 });
  });
}

export function again(jobId) {
  return trying(async () => {
    await submitLike(jobId, { seed: -1 });
    toast(say("again_done"), { seconds: 3 });
  });
}

// The same picture with some of another seed's noise in its own.
export function vary(image, strength) {
  return trying(async () => {
    const request = requestOfImage(await requestOf(image.job), image);
    const { variation_strength: already } = request;
    const drawn = { ...request, template: "", negative_template: "" };
    store.put(await api.submit(askedFor(drawn, { ...alone(image), variation_strength: strength, origin: `image:${image.id}` })));
    toast(say(already > 0 ? "varied_first" : "varied", { seed: image.seed }), { seconds: 3 });
  });
}

// Drawn over at twice its size. Its first pass is known, and not made again.
export function hires(image) {
  return trying(async () => {
    const request = requestOfImage(await requestOf(image.job), image);
    const drawn = { ...request, template: "", negative_template: "" };
    const changes = { ...alone(image), variation_seed: request.variation_seed, hires_scale: 2, origin: `image:${image.id}` };
    store.put(await api.submit(askedFor(drawn, changes)));
    toast(say("hires_done"), { seconds: 3 });
  });
}

// Only what was drawn from a prompt alone, once, has a first pass.
export const canHires = (request) => request?.kind === "text_to_image" && !request.sheet && !request.hires_width;

export function reuseSeed(seed) {
  fillForm({ seed }, { merge: true });
  toast(say("reused_seed", { seed }));
}

export function remove(image) {
  store.hide(image.id);
  const send = () => {
    pending.delete(image.id);
    trying(async () => {
      await api.remove(image.id).catch((error) => {
        store.unhide(image.id);
        throw error;
      });
      store.forget(image.id);
    });
  };
  pending.set(image.id, { timer: setTimeout(send, UNDO_SECONDS * 1000), send });
  toast(say("deleted"), { seconds: UNDO_SECONDS, act: { text: say("undo"), run: () => undo(image) } });
}

function undo(image) {
  clearTimeout(pending.get(image.id)?.timer);
  pending.delete(image.id);
  store.unhide(image.id);
}

// Whoever leaves the page has not undone.
window.addEventListener("pagehide", () => {
  for (const { timer, send } of [...pending.values()]) {
    clearTimeout(timer);
    send();
  }
});
