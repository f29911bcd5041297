// The truth about a LoRA: one line that says whether it fits, and all that its file tells below it.
import { el } from "./dom.js";
import { say } from "./say.js";

const FACTS = ["title", "trigger", "base_model", "dims", "alpha", "steps", "resolution", "date", "notes"];

export const isWhole = ({ fits, matched, layers }) => fits && matched === layers;

function lineOf({ name, fits, matched, layers, family, checkpoint, problem }) {
  if (fits) return matched === layers ? say("truth_fits", { name, matched, layers }) : say("truth_partly", { name, matched, layers, rest: layers - matched });
  return layers && family ? say("truth_foreign", { name, family, matched, layers, checkpoint }) : problem;
}

// A fold for one LoRA. `toggled(isOpen)` hears when the person opens or closes it.
export function truthNode(truth, isOpen, toggled = () => {}) {
  const mark = say(isWhole(truth) ? "truth_good" : "truth_bad");
  const line = el("summary", {}, el("span", { class: "truth-mark", role: "img", "aria-label": mark, title: mark }), el("span", {}, lineOf(truth)));
  const node = el("details", { class: `truth ${isWhole(truth) ? "good" : "bad"}`, data: { name: truth.name } }, line, bodyOf(truth));
  node.open = isOpen;
  node.addEventListener("toggle", () => toggled(node.open));
  return node;
}

function bodyOf(truth) {
  // What the line says already is not said again.
  const problem = truth.problem && truth.layers ? [el("p", {}, truth.problem)] : [];
  const unmatched = truth.parts.flatMap((part) => unmatchedOf(part));
  return el("div", { class: "truth-body" }, ...problem, lines([...partsOf(truth), ...fileOf(truth)]), ...unmatched, ...trainingOf(truth.trained));
}

function partsOf({ parts }) {
  return parts.map(({ part, matched, unmatched }) => [say(`truth_part_${part}`), unmatched ? say("truth_part", { matched, unmatched }) : say("truth_part_all", { matched })]);
}

function fileOf({ formats, ranks, alphas, family, embeddings }) {
  return [
    [say("adapter_family"), family.replace(/^made for /, "")],
    [say("adapter_format"), formats.join(", ")],
    [say("adapter_ranks"), ranks.join(", ")],
    [say("adapter_alphas"), alphas.join(", ")],
    [say("adapter_bundled"), embeddings.join(", ")],
  ];
}

function unmatchedOf({ part, names, unmatched }) {
  if (!names.length) return [];
  const rest = unmatched > names.length ? [el("li", {}, say("truth_more", { n: unmatched - names.length }))] : [];
  const title = `${say("truth_unmatched")} · ${say(`truth_part_${part}`)}`;
  return [el("h4", {}, title), el("ul", { class: "truth-names" }, ...names.map((name) => el("li", {}, name)), ...rest)];
}

export function trainingOf(trained) {
  if (!trained) return [];
  const tags = trained.tags.map(([tag, count]) => `${tag} ${count}`).join(", ");
  const facts = [...FACTS.map((name) => [say(`training_${name}`), trained[name]]), [say("training_tags"), tags]];
  const said = facts.filter(([, value]) => value);
  return said.length ? [el("h4", {}, say("adapter_training")), lines(said)] : [];
}

export function lines(pairs) {
  const said = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return el("dl", { class: "truth-facts" }, ...said.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))));
}
