// What can be done with a job or a picture.
import { api } from "./api.js";
import { fillForm } from "./form.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";
import { fields } from "./words.js";

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
    fillForm({ ...request, ...(image && alone(image)) });
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

// What a person asked for: words that were drawn by chance as they were written, a grid whole.
export function askedFor(resolved, changes = {}) {
  const { sheet, template, negative_template: negative } = resolved;
  if (sheet) {
    const axis = (one) => one && { field: one.field, values: one.values };
    const { base, x, y, z, margin } = sheet;
    return { kind: "grid", base: { ...base, ...changes }, x: axis(x), y: axis(y), z: axis(z), margin };
  }
  const request = Object.fromEntries(fields.map((name) => [name, resolved[name]]));
  const base = { ...request, styles: [], variation_seed: -1, ...changes };
  if (template) base.prompt = template;
  if (negative) base.negative_prompt = negative;
  return base;
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
    store.put(await api.submit(askedFor(drawn, { ...alone(image), variation_strength: strength })));
    toast(say(already > 0 ? "varied_first" : "varied", { seed: image.seed }), { seconds: 3 });
  });
}

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
