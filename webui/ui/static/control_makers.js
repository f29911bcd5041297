// The two lists of a unit, preprocessor and model, and the numbers of the preprocessor.
import { choices, isForeign, isLooking, makerOf, modelFor, modelOf, modelsFor, wordsOf } from "./control_choices.js";
import { selectField, sliderField } from "./control_fields.js";
import { limits, units } from "./control_units.js";
import { el } from "./dom.js";
import { say } from "./say.js";

export class Makers {
  constructor(unit) {
    this.unit = unit;
    this.maker = selectField(labelled("preprocessor"), (id) => this.chooseMaker(id));
    this.model = selectField(labelled("model"), (name) => units.change(unit, { model: name, chosen: true }));
    this.options = el("div", { class: "control-options" });
    this.node = el("div", { class: "control-makers" }, this.maker.node, this.options, missing(), this.model.node, broken());
    this.sliders = null;
  }

  // The numbers are those of the preprocessor: another one begins with its own.
  chooseMaker(id) {
    const model = modelFor(this.unit, id);
    units.change(this.unit, { preprocessor: id, threshold_a: null, threshold_b: null, model });
  }

  draw() {
    const { unit } = this;
    this.maker.set(makerGroups(unit.preprocessor), unit.preprocessor);
    this.maker.describe(makerOf(unit.preprocessor)?.missing || makerOf(unit.preprocessor)?.help || "");
    this.model.set(modelGroups(unit), unit.model);
    this.model.describe(choices().models.length ? "" : say("control_no_models"));
    this.maker.node.hidden = this.options.hidden = isLooking(unit);
    this.drawOptions();
  }

  // Made anew only when they are others, or the one that is pulled would be gone.
  drawOptions() {
    const { unit } = this;
    const maker = makerOf(unit.preprocessor);
    if (this.sliders?.of !== maker?.id) {
      const fields = (maker?.options ?? []).map((option) => [option, sliderField(numbered(option), (value) => units.change(unit, { [option.field]: value }))]);
      this.sliders = { of: maker?.id, fields };
      this.options.replaceChildren(...fields.map(([, one]) => one.node));
    }
    for (const [option, one] of this.sliders.fields) one.set(unit[option.field] ?? option.default);
  }
}

const labelled = (name) => ({ name, label: limits(name).title });
const numbered = ({ field, label, minimum, maximum, step }) => ({ name: field, label, minimum, maximum, step });

// What is not here stands in its group, but cannot be chosen.
function makerGroups(now) {
  const groups = new Map();
  for (const { id, label, group, missing: problem } of choices().preprocessors) {
    const text = problem ? say("control_not_here", { name: label }) : label;
    groups.set(group, [...(groups.get(group) ?? []), { value: id, text, disabled: Boolean(problem) }]);
  }
  return [...unknown(now, Boolean(makerOf(now))), ...groups];
}

function modelGroups(unit) {
  const { suiting, others, foreign } = modelsFor(wordsOf(unit.preprocessor));
  const option = (one) => ({ value: one.name, text: one.title });
  const foreignOption = (one) => ({ value: one.name, text: say("control_foreign_option", { name: one.title, family: one.family }), disabled: isForeign(one) });
  return [
    ...(unit.model ? unknown(unit.model, Boolean(modelOf(unit.model))) : [["", [{ value: "", text: say("control_no_model") }]]]),
    [suiting.length && others.length ? say("control_suiting") : "", suiting.map(option)],
    [suiting.length ? say("control_other_models") : "", others.map(option)],
    [say("control_foreign"), foreign.map(foreignOption)],
  ];
}

// What a picture from elsewhere names, and nobody knows here.
const unknown = (name, isKnown) => (isKnown ? [] : [["", [{ value: name, text: say("control_gone_option", { name }) }]]]);

function lines(summary, pairs) {
  if (!pairs.length) return null;
  const rows = pairs.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text)));
  return el("details", { class: "control-lines" }, el("summary", {}, summary), el("dl", {}, ...rows));
}

function missing() {
  const lacking = choices().preprocessors.filter((one) => one.missing);
  const words = lacking.length === 1 ? say("control_missing_one") : say("control_missing", { n: lacking.length });
  return lines(words, lacking.map((one) => [one.label, one.missing]));
}

function broken() {
  return lines(say("control_broken"), choices().broken.map((one) => [one.name, one.problem]));
}
