// What the control units hold, kept between visits. Nothing here knows the page.
import { recall, remember } from "./memory.js";
import { controlFields, mostUnits } from "./words.js";

export const MOST = mostUnits;

// The limits of a field, as the server has them; a field that may be left open says those of its values.
export function limits(name) {
  const own = controlFields[name];
  const { minimum, maximum, enum: choices } = own.anyOf?.find((one) => one.type !== "null") ?? own;
  return { title: own.title, help: own.description, minimum, maximum, choices };
}

const INITIAL = Object.fromEntries(Object.entries(controlFields).map(([name, own]) => [name, own.default]));

// `drawn`: its picture is a drawing, lines that can be drawn on; `chosen`: the person has chosen the model.
const OF_THE_PAGE = { drawn: false, chosen: false };

// A unit with all of its fields and no others, whatever an older page or a request has left.
function whole(some) {
  const fields = { ...INITIAL, ...OF_THE_PAGE };
  const fits = (name) => some[name] === null || typeof some[name] === typeof (fields[name] ?? 0);
  const own = Object.keys(fields).filter((name) => name in some && fits(name));
  return { ...fields, ...Object.fromEntries(own.map((name) => [name, some[name]])) };
}

const listeners = new Set();
const found = recall("control", {});
const list = (Array.isArray(found?.units) ? found.units : []).slice(0, MOST).map((one) => whole(Object(one)));
let open = Math.max(0, Math.min(list.length - 1, Number(found?.open) || 0));

// `what`: "unit" when the fields of one have changed, "list" when others are there or open.
function tell(what, unit = null) {
  remember("control", { units: list, open });
  listeners.forEach((listener) => listener(what, unit));
}

export const units = {
  all: () => [...list],
  now: () => list[open],
  place: (unit) => list.indexOf(unit),
  listen: (listener) => listeners.add(listener),
  change(unit, fields) {
    Object.assign(unit, fields);
    tell("unit", unit);
  },
  select(place) {
    open = Math.max(0, Math.min(list.length - 1, place));
    tell("list");
  },
  // A new unit, open; null when there are as many as may be.
  add(fields) {
    if (list.length >= MOST) return null;
    list.push(whole(fields));
    open = list.length - 1;
    tell("list");
    return list[open];
  },
  drop(unit) {
    list.splice(list.indexOf(unit), 1);
    units.select(open);
  },
  // The place is what people call it by, so an undone removal brings it back there.
  putBack(unit, place) {
    if (list.length >= MOST) return;
    list.splice(place, 0, unit);
    units.select(place);
  },
  replace(others) {
    list.splice(0, list.length, ...others.slice(0, MOST).map(whole));
    units.select(0);
  },
};

export const isActing = (unit) => unit.enabled && unit.weight > 0;

// The units of a request, as a resolved one has them too. Those of a picture that had none are switched off.
export function restoreUnits(controls) {
  if (!controls?.length) return list.filter((one) => one.enabled).forEach((one) => units.change(one, { enabled: false }));
  return units.replace(controls.map((one) => ({ ...asked(one), drawn: one.preprocessor === "none", chosen: true })));
}

// The fields of a unit as a request has them: nothing of this page, nor of how it was resolved.
export const asked = (unit) => Object.fromEntries(Object.keys(INITIAL).filter((name) => name in unit).map((name) => [name, unit[name]]));
