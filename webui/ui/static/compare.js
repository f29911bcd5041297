// Two pictures, one over the other with a slider or side by side, and what differs in their settings.
import { requestOfImage } from "./actions.js";
import { api, imageUrl, inputUrl } from "./api.js";
import { button, el } from "./dom.js";
import { factsOf } from "./facts.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const SHOWN = 24;
let parts = null;
let after = null;
let asked = 0;

// `image` against what it came from, or else the picture before it.
export async function openCompare(image) {
  after = image;
  const mine = ++asked;
  const { parents } = await api.lineage(image.id).catch(() => ({ parents: [] }));
  if (mine !== asked) return;
  const shown = parents.filter(({ role, image: own, input }) => !role.includes("mask") && (own || input));
  const parent = shown.find(({ role }) => !role.startsWith("control")) ?? shown[0];
  const others = store.images().filter((one) => one.id !== image.id);
  if (!parent && !others.length) return toast(say("compare_nothing"), { seconds: 5 });
  parts ??= build();
  const place = others.findIndex((one) => one.created <= image.created);
  const rest = others.slice(Math.max(0, place)).filter((one) => one.id !== parent?.image?.id);
  const choices = [...(parent ? [ofParent(parent)] : []), ...rest.slice(0, SHOWN).map(ofImage)];
  parts.strip.replaceChildren(...choices.map((choice) => thumb(choice)));
  parts.after.src = imageUrl(image.id);
  if (!parts.dialog.open) parts.dialog.showModal();
  setShare(50);
  show(choices[0]);
  return null;
}

const ofImage = (image) => ({ url: imageUrl(image.id), image, name: say("open", { seed: image.seed }) });
const ofParent = ({ image, input }) => ({
  url: image ? imageUrl(image.id) : inputUrl(input.sha256),
  image,
  name: say("compare_parent"),
});

function thumb(choice) {
  const picture = el("img", { src: choice.url, alt: "" });
  return el("button", { type: "button", title: choice.name, "aria-label": choice.name, on: { click: () => show(choice) }, data: { url: choice.url } }, picture);
}

async function show({ url, image }) {
  const mine = ++asked;
  parts.before.src = url;
  const { width, height } = after;
  parts.stage.style.setProperty("--ratio", `${width} / ${height}`);
  parts.stage.style.setProperty("--wide", String(width / height));
  for (const node of parts.strip.children) node.setAttribute("aria-pressed", String(node.dataset.url === url));
  const [before, now] = await Promise.all([image, after].map(factsFor));
  if (mine === asked) parts.differences.replaceChildren(...differences(before, now));
}

async function factsFor(image) {
  if (!image) return null;
  const job = store.job(image.job) ?? (await api.job(image.job).catch(() => null));
  return job && new Map(factsOf(requestOfImage(job.request, image), image));
}

function differences(before, now) {
  if (!before || !now) return [];
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const rows = names.filter((name) => before.get(name) !== now.get(name));
  if (!rows.length) return [el("p", { class: "quiet" }, say("compare_same"))];
  const line = (name) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, before.get(name) ?? "–"), el("td", {}, now.get(name) ?? "–"));
  const head = el("tr", {}, el("th", { scope: "col" }, say("compare_difference")), el("th", { scope: "col" }, say("compare_before")), el("th", { scope: "col" }, say("compare_after")));
  return [el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows.map(line)))];
}

function setShare(percent) {
  parts.range.value = String(percent);
  parts.stage.style.setProperty("--share", `${percent}%`);
}

function setMode(mode) {
  parts.dialog.dataset.mode = mode;
  parts.modes.forEach((node) => node.setAttribute("aria-pressed", String(node.dataset.mode === mode)));
}

function build() {
  const before = el("img", { class: "compare-before", alt: say("compare_before") });
  const afterImage = el("img", { class: "compare-after", alt: say("compare_after") });
  const range = el("input", { type: "range", min: 0, max: 100, step: 0.5, "aria-label": say("compare_slider"), on: { input: () => setShare(range.value) } });
  const handle = el("div", { class: "compare-handle", "aria-hidden": "true" });
  const names = ["before", "after"].map((name) => el("span", { class: `compare-name ${name}` }, say(`compare_${name}`)));
  const stage = el("div", { class: "compare-stage" }, before, afterImage, handle, range, ...names);
  const modes = ["over", "side"].map((mode) => button(say(`compare_${mode}`), () => setMode(mode), { data: { mode } }));
  const close = button("", () => dialog.close(), { "aria-label": say("close"), title: say("close"), data: { icon: "close" } });
  const bar = el("div", { class: "view-bar" }, ...modes, el("span", { class: "gap" }), close);
  const strip = el("div", { class: "compare-strip", role: "group", "aria-label": say("compare_with") });
  const table = el("div", { class: "compare-differences" });
  const dialog = el("dialog", { id: "compare", "aria-label": say("compare"), tabindex: -1 }, bar, stage, strip, table);
  document.body.append(dialog);
  parts = { dialog, before, after: afterImage, range, stage, strip, differences: table, modes };
  setMode("over");
  return parts;
}
