// In every making tab: which extensions have a part in the next picture, and with what.
import { el, write } from "./dom.js";
import { extensionFields } from "./extension_fields.js";
import { panelNode } from "./extension_panel.js";
import { switchField } from "./control_fields.js";
import { actingNames, inputsOf, isActing, isAlways, isShown, isUsable, listenUses, setInput, setUse } from "./extension_uses.js";
import { extensions, learnExtensions } from "./extensions.js";
import { listenTrouble } from "./form.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";

let parts = null;
let sections = new Map(); // id → {node, draw}
let drawn = "";

export function startExtensionFold(place) {
  const said = el("span", { class: "extension-acting" });
  const body = el("div", { class: "extension-uses" });
  const node = el("details", { class: "extension-fold" }, el("summary", {}, el("span", {}, say("extensions")), said), body);
  node.open = recall("extensions-open", false);
  node.addEventListener("toggle", () => remember("extensions-open", node.open));
  node.hidden = true;
  parts = { node, said, body, shell: place.parentNode };
  place.replaceChildren(node);
  extensions.listen(draw);
  listenUses(draw);
  listenTrouble(fieldOf);
  // Without an answer there is nothing to show; Generate asks again.
  if (!extensions.isKnown()) learnExtensions().catch(() => {});
  draw();
}

function draw() {
  const shown = extensions.all().filter(isShown);
  const key = JSON.stringify(shown.map(({ id, inputs, panels, acts }) => [id, inputs, panels, acts]));
  if (key !== drawn) {
    drawn = key;
    sections = new Map(shown.map((one) => [one.id, section(one)]));
    parts.body.replaceChildren(...[...sections.values()].map(({ node }) => node));
  }
  parts.node.hidden = !shown.length;
  for (const one of sections.values()) one.draw();
  const names = actingNames();
  const words = { n: names.length, names: names.join(", ") };
  write(parts.said, names.length ? say(names.length === 1 ? "extensions_one_acts" : "extensions_act", words) : "");
}

// `one` may be another value by the time it is drawn, so it is looked up by its id.
function section({ id }) {
  const one = extensions.named(id);
  const now = () => extensions.named(id);
  const use = isUsable(one) && !isAlways(one) ? switchField({ name: "", label: one.name, help: one.description }, (on) => setUse(id, on)) : null;
  const title = el("div", {}, el("span", { class: "control-label" }, one.name), el("span", { class: "control-help" }, isUsable(one) ? say("extension_always") : ""));
  const fields = extensionFields(isUsable(one) ? one.inputs : [], (name, value) => setInput(id, name, value));
  const head = el("div", { class: "made-fields" }, use?.node ?? title);
  use?.node.querySelector("input").setAttribute("aria-label", `${say("extension_use")}: ${one.name}`);
  const node = el("section", { class: "extension-use", "aria-label": one.name, data: { extension: id } }, head, fields.node, ...one.panels.map(panelNode));
  const drawOne = () => {
    use?.set(isActing(now()));
    fields.node.hidden = !one.inputs.length || !isActing(now());
    if (!node.contains(document.activeElement)) fields.set(inputsOf(now()));
  };
  fields.set(inputsOf(one));
  return { node, draw: drawOne };
}

// Where a field like "extensions.seamless.sides" stands, unfolded; null for others.
function fieldOf(field) {
  const [, id, name] = field.match(/^extensions\.([^.]+)(?:\.(.+))?$/) ?? [];
  const there = sections.get(id)?.node;
  if (!there) return null;
  parts.node.open = true;
  return [...there.querySelectorAll("[data-unit-field]")].find((one) => name && one.dataset.unitField === name) ?? there;
}
