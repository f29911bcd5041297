// The panel of control units: on its own tab open at the top of the form, elsewhere a fold.
import { freshUnit, learnChoices } from "./control_choices.js";
import { pictureOf } from "./control_gallery.js";
import { closePainting } from "./control_paint.js";
import { address } from "./control_picture.js";
import { isSending } from "./control_sending.js";
import { UnitPanel } from "./control_unit.js";
import { MOST, isActing, units } from "./control_units.js";
import { headerWords } from "./control_words.js";
import { button, el, write } from "./dom.js";
import { listenForm, listenTrouble } from "./form.js";
import { listenKind, openTab, tabNow } from "./kinds.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";
import { listenSource } from "./source.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const TAB = "control";
let parts = null;
let panel = null;
let drawnTabs = "";
let isUnfolded = recall("control-open", false);
const ready = { promise: null, done: null };
ready.promise = new Promise((resolve) => (ready.done = resolve));

export async function startControl(place) {
  parts = build();
  place.replaceChildren(parts.node);
  listenKind(unfold);
  unfold();
  try {
    await Promise.all([learnChoices(), store.named]);
  } catch (error) {
    write(parts.waiting, error.message);
    return;
  }
  parts.waiting.remove();
  if (!units.all().length) units.add(freshUnit());
  units.listen(changed);
  listenForm(() => panel?.map.soon());
  listenSource(() => panel?.map.soon());
  listenTrouble(fieldOf);
  open();
  ready.done();
}

function build() {
  const name = el("span", {}, say("control"));
  const said = el("span", { class: "control-acting" });
  const head = el("button", { type: "button", class: "control-head", "aria-expanded": "false", "aria-controls": "control-body", on: { click: fold } }, name, said);
  const waiting = el("p", { class: "quiet" }, say("control_waiting"));
  const tabs = el("div", { class: "control-tabs", role: "tablist", "aria-label": say("control_units"), on: { keydown: onKey } });
  const add = button("+", addUnit, { class: "control-add", "aria-label": say("control_add"), title: say("control_add") });
  const room = el("div", { id: "control-unit", role: "tabpanel", tabindex: -1 });
  const intro = el("p", { class: "quiet control-intro" }, say("control_intro"));
  const body = el("div", { id: "control-body" }, intro, waiting, el("div", { class: "control-row" }, tabs, add), room);
  return { node: el("section", { class: "control-panel", "aria-label": say("control") }, head, body), head, said, body, waiting, tabs, add, room };
}

// --- open and closed ---

function fold() {
  if (tabNow() === TAB) return;
  isUnfolded = !isUnfolded;
  remember("control-open", isUnfolded);
  unfold();
}

function unfold() {
  const isOpen = isUnfolded || tabNow() === TAB;
  parts.body.hidden = !isOpen;
  parts.head.setAttribute("aria-disabled", String(tabNow() === TAB)); // there it is only a heading
  parts.head.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) closePainting();
  if (isOpen) panel?.draw();
}

// --- units ---

function changed(what, unit) {
  if (what === "list") open();
  else if (panel?.unit === unit) panel.draw();
  drawTabs();
}

function open() {
  const unit = units.now();
  if (panel?.unit !== unit) {
    panel?.destroy();
    panel = unit ? new UnitPanel(unit, () => dropUnit(unit)) : null;
    parts.room.replaceChildren(...(panel ? [panel.node] : []));
  }
  panel?.draw();
  drawTabs();
}

function drawTabs() {
  write(parts.said, headerWords(units.all()));
  const key = JSON.stringify(units.all().map((unit) => [unit.image, isActing(unit), unit === units.now()]));
  if (drawnTabs === key) return;
  drawnTabs = key;
  const focused = parts.tabs.contains(document.activeElement);
  parts.tabs.replaceChildren(...units.all().map(tab));
  parts.add.hidden = units.all().length >= MOST;
  parts.room.setAttribute("aria-label", say("control_unit", { n: units.place(units.now()) + 1 }));
  if (focused) parts.tabs.querySelector('[aria-selected="true"]')?.focus();
}

function tab(unit, place) {
  const isOpen = unit === units.now();
  const words = { n: place + 1 };
  const said = { role: "tab", "aria-selected": String(isOpen), "aria-controls": "control-unit", tabindex: isOpen ? 0 : -1 };
  const label = isActing(unit) ? say("control_unit_acts", words) : say("control_unit", words);
  const picture = unit.image ? el("img", { src: address(unit.image), alt: "" }) : null;
  const inside = [picture, el("span", {}, String(place + 1)), isActing(unit) ? el("i", {}) : null].filter(Boolean);
  return el("button", { type: "button", ...said, "aria-label": label, title: label, on: { click: () => units.select(place) } }, ...inside);
}

function onKey(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const count = units.all().length;
  units.select((units.place(units.now()) + by + count) % count);
}

function addUnit() {
  units.add(freshUnit());
  parts.tabs.querySelector('[aria-selected="true"]')?.focus();
}

// What was removed can be had back for a while. There is always one.
function dropUnit(unit) {
  const place = units.place(unit);
  closePainting();
  units.drop(unit);
  if (!units.all().length) units.add(freshUnit());
  parts.tabs.querySelector('[aria-selected="true"]')?.focus();
  if (unit.image) toast(say("control_dropped", { n: place + 1 }), { seconds: 6, act: { text: say("undo"), run: () => units.putBack(unit, place) } });
}

// A finished picture into the first unit that has none.
export async function sendToUnit(image) {
  const blob = await pictureOf(image);
  if (!blob) return;
  openTab(TAB);
  await ready.promise;
  const free = units.all().find((one) => !one.image && !isSending(one)) ?? units.add(freshUnit());
  if (!free) return void toast(say("control_pictures_full", { n: MOST }), { bad: true, seconds: 6 });
  units.select(units.place(free));
  panel.take(blob);
  parts.node.scrollIntoView({ block: "nearest" });
  toast(say("control_sent", { n: units.place(free) + 1 }), { seconds: 3 });
}

// Where a field like "controls.1.model" stands: at that unit, which is opened. Null for other fields.
function fieldOf(field) {
  const [, place, name] = field.match(/^controls\.(\d+)\.(\w+)$/) ?? [];
  if (!units.all()[place]) return null;
  isUnfolded = true;
  units.select(Number(place));
  unfold();
  const wanted = name === "end" ? "start" : name; // one field has both
  const node = panel.node.querySelector(`[data-unit-field="${wanted}"]`) ?? panel.node;
  node.closest("details")?.setAttribute("open", "");
  return node;
}
