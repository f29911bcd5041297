// What can be done with a job or a picture.
import { api } from "./api.js";
import { fillForm } from "./form.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const UNDO_SECONDS = 6;
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
    const request = await requestOf(jobId);
    const alone = image ? { seed: image.seed, batch_size: 1, batch_count: 1 } : {};
    fillForm({ ...request, ...alone });
    toast(say("restored"));
  });
}

export function again(jobId) {
  return trying(async () => {
    const { version, files, ...request } = await requestOf(jobId);
    store.put(await api.submit({ ...request, seed: -1 }));
    toast(say("again_done"), { seconds: 3 });
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
