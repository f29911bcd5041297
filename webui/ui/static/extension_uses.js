// What extensions are asked to do with the next picture, kept between visits.
import { extensions, learnExtensions } from "./extensions.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";
import { toast } from "./toast.js";

const found = recall("extensions", {});
const kept = typeof found === "object" && found !== null ? found : {}; // id → {use, values}
const listeners = new Set();

export const listenUses = (listener) => listeners.add(listener);

function keep(id, changes) {
  kept[id] = { use: false, values: {}, ...kept[id], ...changes };
  remember("extensions", kept);
  listeners.forEach((listener) => listener());
}

// Those that requests can ask for something, or that say something in the form.
export const isUsable = (one) => one.status === "ready" && one.is_on && one.transforms;
export const isShown = (one) => one.status === "ready" && one.is_on && (one.transforms || one.panels.length > 0);
export const isAlways = (one) => one.acts === "always";
export const isActing = (one) => isUsable(one) && (isAlways(one) || kept[one.id]?.use === true);

export function setUse(id, use) {
  keep(id, { use });
}

export function setInput(id, name, value) {
  keep(id, { values: { ...kept[id]?.values, [name]: value } });
}

// Whatever an older page has left: a value that cannot be gives way to the usual one.
function fits({ type, choices }, value) {
  if (type === "switch") return typeof value === "boolean";
  if (type === "choice") return choices.includes(value);
  return typeof value === (type === "text" ? "string" : "number");
}

export function inputsOf(one) {
  const own = kept[one.id]?.values ?? {};
  return Object.fromEntries(one.inputs.map((field) => [field.name, fits(field, own[field.name]) ? own[field.name] : field.default]));
}

// The part of a request that says it; nothing at all where none acts.
export function extensionsNow() {
  const acting = extensions.all().filter(isActing);
  return acting.length ? { extensions: Object.fromEntries(acting.map((one) => [one.id, inputsOf(one)])) } : {};
}

// The same, once it is known which there are. A picture is never made without one in silence: what cannot be asked
// for is asked for anyway, and refused in words.
export async function extensionsToSend() {
  if (!extensions.isKnown()) await learnExtensions().catch(() => {});
  if (extensions.isKnown()) return extensionsNow();
  const wanted = Object.entries(kept).filter(([, { use }]) => use);
  return wanted.length ? { extensions: Object.fromEntries(wanted.map(([id, { values }]) => [id, values])) } : {};
}

// As a picture was made: those that had a part in it are switched on, all others off.
export function restoreExtensions(asked) {
  const wanted = asked ?? {};
  for (const id of Object.keys(kept)) if (!(id in wanted) && kept[id].use) setUse(id, false);
  for (const [id, values] of Object.entries(wanted)) keep(id, { use: true, values: { ...values } });
  const gone = Object.keys(wanted).filter((id) => extensions.isKnown() && !isUsable(extensions.named(id) ?? {}));
  gone.forEach((id) => setUse(id, false));
  if (gone.length) toast(say("extensions_gone", { names: gone.join(", ") }), { bad: true, seconds: 8 });
}

// What acts, as names: for the header of the fold.
export const actingNames = () => extensions.all().filter(isActing).map(({ name }) => name);

// Pairs of name and value for a resolved request.
export function extensionFacts({ extensions: asked }) {
  const said = (value) => (value === true ? say("extension_yes") : value === false ? say("extension_no") : String(value));
  const words = Object.entries(asked ?? {}).map(([id, values]) => {
    const one = extensions.named(id);
    const title = (name) => one?.inputs.find((field) => field.name === name)?.title ?? name;
    const inputs = Object.entries(values).map(([name, value]) => `${title(name)} ${said(value)}`);
    return inputs.length ? say("extension_fact_value", { name: one?.name ?? id, inputs: inputs.join(", ") }) : (one?.name ?? id);
  });
  return words.length ? [[say("extension_fact"), words.join("; ")]] : [];
}
