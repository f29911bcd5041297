// Pictures of units on their way to the studio, and the units as a request has them.
import { api } from "./api.js";
import { asked, isActing, units } from "./control_units.js";
import { toast } from "./toast.js";

const under = new WeakMap(); // unit → field → {blob, more, done} that the studio does not have yet
const painters = new Set();

// What is painted and not sent yet: these are called, and waited for, before a request goes out.
export const beforeSending = (flush) => painters.add(flush);

const of = (unit) => under.get(unit) ?? under.set(unit, new Map()).get(unit);

// Sends a picture for a field of a unit; then `more` is set along with it. What is sent last counts.
export function send(unit, field, blob, more = {}) {
  const one = { blob, more };
  of(unit).set(field, one);
  one.done = api.sendInput(blob).then((view) => {
    if (of(unit).get(field) !== one) return;
    of(unit).delete(field);
    units.change(unit, { [field]: view.sha256, ...more });
  });
  one.done.catch((error) => of(unit).get(field) === one && toast(error.message, { bad: true, seconds: 8 }));
  return one.done;
}

export const isSending = (unit) => of(unit).has("image");

// Nothing that is under way comes any more.
export function clear(unit, field, more = {}) {
  of(unit).delete(field);
  units.change(unit, { [field]: "", ...more });
}

async function settle() {
  for (const flush of painters) await Promise.resolve(flush()).catch(() => {}); // what was not sent is sent again below
  for (const unit of units.all()) {
    for (const [field, one] of of(unit)) await one.done.catch(() => send(unit, field, one.blob, one.more)); // once more
  }
}

// The fields of a request that say what steers. All units up to the last, so that the studio counts them as the
// person sees them; nothing at all where none acts.
export async function controlsToSend() {
  await settle();
  return controlsNow();
}

export function controlsNow() {
  return units.all().some(isActing) ? { controls: units.all().map(asked) } : {};
}
