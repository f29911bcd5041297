// One extension on the tab Extensions: how it is, what it brings, its switches and its settings.
import { switchField } from "./control_fields.js";
import { button, el, write } from "./dom.js";
import { extensionFields } from "./extension_fields.js";
import { setExtension, switchExtension } from "./extensions.js";
import { fillForm, formNow } from "./form.js";
import { say } from "./say.js";
import { toast } from "./toast.js";
import { words } from "./words.js";

const PAUSE = 500;
const CHOSEN = ["sampler", "schedule", "upscaler", "upscaler_2", "hires_sampler", "hires_schedule", "hires_upscaler"];

// How it is: "ready", "off" on this machine, "mine" off for this person, or "failed".
const stateOf = ({ status, is_on: isOn }) => (status === "ready" && !isOn ? "mine" : status);
const STATES = { ready: "extension_ready", off: "extension_off_here", mine: "extension_off_mine", failed: "extension_failed" };

export class ExtensionCard {
  constructor(view) {
    Object.assign(this, { view, timer: 0, key: "", values: {} });
    this.head = el("header", {});
    this.said = el("div", { class: "extension-said" });
    this.mine = switchField({ name: "mine", label: say("extension_mine"), help: say("extension_mine_help") }, (on) => this.switch(on, false));
    this.here = switchField({ name: "here", label: say("extension_here"), help: say("extension_here_help") }, (on) => this.switch(on, true));
    for (const [one, name] of [[this.mine, "extension_mine"], [this.here, "extension_here"]]) {
      one.node.querySelector("input").setAttribute("aria-label", `${view.name}: ${say(name)}`);
    }
    this.next = el("p", { class: "extension-next", role: "status" });
    const switches = el("div", { class: "extension-switches made-fields" }, this.mine.node, this.here.node);
    this.settings = el("div", { class: "extension-settings" });
    this.node = el("article", { class: "extension", data: { extension: view.id }, "aria-label": view.name }, this.head, this.said, switches, this.next, this.settings);
    this.draw(view);
  }

  draw(view) {
    this.view = view;
    const state = stateOf(view);
    this.node.dataset.state = state;
    const version = view.version ? el("span", { class: "extension-version" }, say("extensions_version", { version: view.version })) : null;
    const status = el("p", { class: "extension-status" }, el("i", { "aria-hidden": "true" }), el("span", {}, say(STATES[state])));
    this.head.replaceChildren(...[el("h3", {}, view.name), version, status].filter(Boolean));
    this.said.replaceChildren(...saidOf(view));
    this.mine.set(view.is_on);
    this.mine.node.hidden = view.status !== "ready";
    this.here.set(view.is_on_here);
    write(this.next, nextWords(view));
    this.drawSettings(view);
  }

  // Built once for the same fields, so that nobody who types in one is torn from it.
  drawSettings({ settings }) {
    const key = JSON.stringify(settings.map(({ value, ...field }) => field));
    this.values = { ...Object.fromEntries(settings.map(({ name, value }) => [name, value])), ...this.unsent };
    if (key === this.key) return this.drawUsual();
    this.key = key;
    this.fields = extensionFields(settings, (name, value) => this.setSoon(name, value));
    this.usual = button(say("extension_settings_usual"), () => this.setAll(), { class: "quiet" });
    const fold = el("details", {}, el("summary", {}, say("extension_settings")), el("p", { class: "quiet" }, say("extension_settings_help")), this.fields.node, this.usual);
    this.settings.replaceChildren(...(settings.length ? [fold] : []));
    this.fields.set(this.values);
    return this.drawUsual();
  }

  drawUsual() {
    this.usual.hidden = this.view.settings.every(({ name, default: usual }) => this.values[name] === usual);
  }

  setSoon(name, value) {
    this.unsent = { ...this.unsent, [name]: value };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  setAll() {
    this.unsent = Object.fromEntries(this.view.settings.map(({ name, default: usual }) => [name, usual]));
    this.fields.set(this.unsent);
    this.send();
  }

  async send() {
    clearTimeout(this.timer);
    const values = { ...this.values, ...this.unsent };
    this.unsent = {};
    await this.doing(() => setExtension(this.view.id, values), say("extension_settings_kept"));
  }

  async switch(on, forAll) {
    const { id, name } = this.view;
    const done = forAll ? (on ? "extension_next_on" : "extension_next_off") : on ? "extension_switched_on" : "extension_switched_off";
    await this.doing(() => switchExtension(id, on, forAll), say(done, { name }));
    if (!forAll) listAnew();
  }

  async doing(action, done) {
    try {
      await action();
      toast(done, { seconds: 3 });
    } catch (error) {
      toast(error.message, { bad: true, seconds: 8 });
      this.draw(this.view); // as it was
    }
  }
}

// What it has brought is in the lists of the form at once, or gone from them.
function listAnew() {
  const now = formNow();
  fillForm(Object.fromEntries(CHOSEN.filter((name) => name in now).map((name) => [name, now[name]])), { merge: true });
}

function nextWords({ name, status, is_on_here: isOnHere }) {
  if (status === "off") return isOnHere ? say("extension_next_on", { name }) : "";
  return isOnHere ? "" : say("extension_next_off", { name });
}

function saidOf({ description, status, stage, problem, trouble, contributes }) {
  const stageWords = words[`extension_stage_${stage}`] ?? "";
  const failed = status === "failed" ? el("div", { class: "extension-problem", role: "note" }, el("p", {}, el("strong", {}, stageWords)), el("p", {}, problem)) : null;
  const lately = trouble ? el("div", { class: "extension-problem" }, el("p", {}, el("strong", {}, say("extension_trouble"))), el("p", {}, trouble)) : null;
  const brings = contributes.map((what) => el("li", {}, wordsOf(what)));
  const list = brings.length ? el("ul", { class: "extension-brings", "aria-label": say("extension_brings") }, ...brings) : null;
  return [description ? el("p", {}, description) : null, failed, lately, list].filter(Boolean);
}

// "hook wrap_sampling" is said in words; "sampler My sampler" is already.
function wordsOf(what) {
  const [, hook] = what.match(/^hook (\w+)$/) ?? [];
  return (hook && words[`extension_hook_${hook}`]) || what.replace(/^lora\b/, "LoRA");
}
