// From a resolved request back to what was asked, and into the form.
import { fillForm, formNow } from "./form.js";
import { openTab } from "./kinds.js";
import { restoreSource } from "./source.js";
import { kindFields, strengths } from "./words.js";

// The fields of a request of this kind, as the API takes them: every choice made.
function fieldsOf(resolved) {
  const { kind } = resolved;
  const names = kindFields[kind].map((name) => (name === strengths[kind] ? "strength" : name));
  const request = Object.fromEntries(names.filter((name) => name in resolved).map((name) => [name, resolved[name]]));
  if (kind === "text_to_image") return request;
  // The size follows from the input again.
  if (resolved.out_width || kind === "upscale") Object.assign(request, { width: null, height: null });
  if (kind === "inpaint" && resolved.area === "masked") Object.assign(request, { width: resolved.width, height: resolved.height });
  return request;
}

// What a person asked for: words that were drawn by chance as they were written, a grid whole.
export function askedFor(resolved, changes = {}) {
  const { kind, sheet, template, negative_template: negative } = resolved;
  if (sheet) {
    const axis = (one) => one && { field: one.field, values: one.values };
    const { base, x, y, z, margin } = sheet;
    return { kind: "grid", base: { ...base, ...changes }, x: axis(x), y: axis(y), z: axis(z), margin };
  }
  const { checkpoint, ...request } = fieldsOf(resolved);
  const base = { kind, ...request, ...(checkpoint ? { checkpoint } : {}), styles: [], variation_seed: -1 };
  if (kind !== "text_to_image") {
    const inits = [...new Set((resolved.each ?? []).map((one) => one.init ?? resolved.init))];
    base.init = inits.length ? inits : [resolved.init];
    if (resolved.mask) base.mask = resolved.mask;
    if (!base.sampler) for (const name of ["sampler", "schedule", "steps", "cfg_scale"]) delete base[name];
  }
  if (template) base.prompt = template;
  if (negative) base.negative_prompt = negative;
  return { ...base, ...changes };
}

// Into the form, on the tab of its kind. What other kinds have for themselves stays.
export function restoreRequest(resolved) {
  const { kind } = resolved;
  const { strength, checkpoint, ...request } = fieldsOf(resolved);
  const own = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null || kind === "text_to_image"));
  if (!own.sampler) for (const name of ["sampler", "schedule", "steps", "cfg_scale"]) delete own[name];
  if (strengths[kind]) own[strengths[kind]] = strength;
  fillForm({ ...formNow(), ...own, ...(checkpoint ? { checkpoint } : {}) });
  openTab(kind);
  if (kind !== "text_to_image") restoreSource(resolved);
}
