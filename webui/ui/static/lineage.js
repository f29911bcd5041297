// What a picture came from, and what came from it.
import { api, imageUrl, inputUrl } from "./api.js";
import { el } from "./dom.js";
import { say } from "./say.js";

let asked = 0;

export async function showLineage(place, image, open) {
  const mine = ++asked;
  const { parents, children } = await api.lineage(image.id).catch(() => ({ parents: [], children: [] }));
  if (mine !== asked) return;
  const rows = [
    row("lineage_from", parents.map((parent) => parentThumb(parent, open))),
    row("lineage_to", children.map((child) => imageThumb(child, "", open))),
  ].filter(Boolean);
  place.replaceChildren(...(rows.length ? [el("h2", {}, say("lineage")), ...rows] : []));
}

function row(name, thumbs) {
  const shown = thumbs.filter(Boolean);
  if (!shown.length) return null;
  return el("div", { class: "lineage-row" }, el("h3", {}, say(name)), el("ul", {}, ...shown.map((thumb) => el("li", {}, thumb))));
}

// Roles of control units end with their number: "control 1", "control mask 2".
function roleWords(role) {
  const [, name, n] = role.match(/^(\D+?) ?(\d*)$/);
  return say(`role_${name.replaceAll(" ", "_")}`, { n });
}

function parentThumb({ role, input, image }, open) {
  const words = roleWords(role);
  if (image) return imageThumb(image, words, open);
  if (!input) return null;
  return el("a", { href: inputUrl(input.sha256), target: "_blank", title: words }, el("img", { src: inputUrl(input.sha256), alt: words }), el("span", {}, words));
}

function imageThumb(image, words, open) {
  const label = say("open", { seed: image.seed });
  return el(
    "button",
    { type: "button", title: words || label, "aria-label": words ? `${words}: ${label}` : label, data: { image: image.id }, on: { click: () => open(image) } },
    el("img", { src: imageUrl(image.id), alt: "" }),
    words ? el("span", {}, words) : null,
  );
}
