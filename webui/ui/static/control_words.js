// Units in words: for the header of the panel, and for the settings of a picture.
import { makerOf, modelOf } from "./control_choices.js";
import { isActing } from "./control_units.js";
import { say } from "./say.js";

const nameOf = (name) => modelOf(name)?.title ?? name;

export function headerWords(units) {
  const acting = units.filter(isActing);
  if (!acting.length) return "";
  const names = acting.map((unit) => nameOf(unit.model) || say("control_nameless")).join(", ");
  return acting.length === 1 ? say("control_acts", { names }) : say("control_act", { n: acting.length, names });
}

export const percent = (share) => Math.round(share * 100);

// A resolved unit: "Outlines → Pocket edges, weight 1, 0-100 %".
export function unitWords(unit) {
  const { preprocessor, model, weight, start, end, mode, mask, method } = unit;
  const made = preprocessor === "none" ? say("control_fact_as_is") : (makerOf(preprocessor)?.label ?? preprocessor);
  if (method === "map") return made;
  const isLooking = method === "ip_adapter" || method === "reference_only";
  const what = isLooking ? nameOf(model) : `${made} → ${nameOf(model)}`;
  const value = say("control_fact_value", { what, weight: Math.round(weight * 100) / 100, start: percent(start), end: percent(end) });
  const more = [mode === "balanced" ? "" : say(`control_mode_${mode}`).toLowerCase(), mask ? say("control_fact_masked") : ""];
  return [value, ...more.filter(Boolean)].join(", ");
}

// Pairs of name and value for all units of a resolved request.
export function controlFacts({ controls = [] }) {
  const name = (n) => (controls.length > 1 ? say("control_fact_of", { n }) : say("control_fact"));
  return controls.map((unit, index) => [name(index + 1), unitWords(unit)]);
}
