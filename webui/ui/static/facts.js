// The settings of a picture in words.
import { controlFacts } from "./control_words.js";
import { el } from "./dom.js";
import { extensionFacts } from "./extension_uses.js";
import { madeAt, say } from "./say.js";
import { store } from "./store.js";

function variationWords(request) {
  const { variation_seed: seed } = request;
  return !seed || seed < 0 ? "" : say("variation_value", { percent: Math.round(request.variation_strength * 100), seed });
}

// How the picture came about, in words.
function kindWords(request) {
  const { kind, strength, init_width: from, out_width: to, upscaler, hires_width: width, hires_height: height } = request;
  if (width) return say("kind_hires", { width, height, strength: request.hires_strength });
  const scale = from ? Math.round((100 * to) / from) / 100 : 1;
  return say(`kind_${kind ?? "text_to_image"}`, { strength, scale, upscaler });
}

// The request in words, as [name, value] pairs.
export function factsOf(request, image) {
  const name = (kind, id) => store.names[kind].get(id) ?? id;
  const checkpoint = store.names.checkpoints.find((one) => one.name === request.checkpoint);
  const method = say("with_value", {
    sampler: name("sampler", request.sampler),
    schedule: name("schedule", request.schedule),
    steps: request.steps,
    cfg: request.cfg_scale,
  });
  const drawn = Boolean(request.checkpoint);
  const lines = [
    ["kind", kindWords(request)],
    ["prompt", drawn ? request.prompt || say("none") : ""],
    ["negative_prompt", request.negative_prompt],
    ["seed", drawn ? image.seed : ""],
    ["variation", variationWords(request)],
    ["size", say("size_value", image)],
    ["with", drawn ? method : ""],
    ["checkpoint", checkpoint?.title ?? request.checkpoint],
    ["exact", request.exact ? say("exact_value") : ""],
    ["made", madeAt(image.created)],
  ];
  const said = lines.filter(([, value]) => value !== "").map(([key, value]) => [say(key), String(value)]);
  said.splice(-1, 0, ...controlFacts(request), ...extensionFacts(request));
  return said;
}

export function factLines(pairs) {
  return pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}
