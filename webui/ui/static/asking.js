// From a resolved request back to what was asked, and into the form.
import { asked, restoreUnits } from "./control_units.js";
import { restoreExtensions } from "./extension_uses.js";
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

// What steers and which extensions act: no fields of the form, but parts of what was asked.
function brought({ controls, extensions }) {
  return { ...(controls?.length ? { controls: controls.map(asked) } : {}), ...(extensions ? { extensions } : {}) };
}

// The pictures that a request begins with.
function initsOf({ each, init }) {
  const inits = [...new Set((each ?? []).map((one) => one.init ?? init))];
  return inits.length ? inits : [init];
}

const ENLARGING = ["scale", "upscaler", "upscaler_2", "blend", "colour_match"];

// A map is asked for by what its one unit says.
function mapOf({ controls: [unit], width, height }) {
  const { image, preprocessor, threshold_a, threshold_b, resolution, resize, mask } = unit;
  return { kind: "map", image, preprocessor, threshold_a, threshold_b, resolution, resize, mask, width, height };
}

// What a person asked for: words that were drawn by chance as they were written, a grid whole.
export function askedFor(resolved, changes = {}) {
  const { kind, sheet, template, negative_template: negative } = resolved;
  if (kind === "map") return mapOf(resolved);
  if (sheet) {
    const axis = (one) => one && { field: one.field, values: one.values };
    const { base, x, y, z, margin } = sheet;
    return { kind: "grid", base: { ...base, ...changes }, x: axis(x), y: axis(y), z: axis(z), margin };
  }
  const { checkpoint, ...request } = fieldsOf(resolved);
  const base = { kind, ...request, ...brought(resolved), ...(checkpoint ? { checkpoint } : {}), styles: [], variation_seed: -1 };
  if (kind !== "text_to_image") {
    base.init = initsOf(resolved);
    if (resolved.mask) base.mask = resolved.mask;
    if (kind === "inpaint") base.resize_mode = resolved.resize_mode;
    if (!base.sampler) return { kind, init: base.init, ...Object.fromEntries(ENLARGING.map((name) => [name, request[name]])) };
  }
  if (template) base.prompt = template;
  if (negative) base.negative_prompt = negative;
  return { ...base, ...changes };
}

// Into the form, on the tab of its kind. What other kinds have for themselves stays, and what is only enlarged says
// nothing of words and seeds.
export function restoreRequest(resolved) {
  const { kind } = resolved;
  const steers = Boolean(resolved.controls?.length);
  restoreUnits(resolved.controls);
  if (kind === "map") return openTab("control");
  restoreExtensions(resolved.extensions);
  const { strength, checkpoint, ...request } = fieldsOf(resolved);
  const wanted = checkpoint ? Object.keys(request) : ENLARGING;
  const own = Object.fromEntries(wanted.map((name) => [name, request[name]]).filter(([, value]) => value !== null || kind === "text_to_image"));
  if (strengths[kind]) own[strengths[kind]] = strength;
  if (kind === "outpaint") own.ratio = ""; // the sides say it already
  if (kind === "upscale" || kind === "outpaint") for (const name of ["window", "tiled_vae"]) delete own[name]; // chosen by the size
  fillForm({ ...formNow(), ...own, ...(checkpoint ? { checkpoint } : {}) });
  openTab(kind === "text_to_image" && steers ? "control" : kind);
  if (kind !== "text_to_image") restoreSource(initsOf(resolved), resolved.mask);
}
