// A picture or a text that says how it was made, dropped or pasted anywhere: what can be used of it.
import { api } from "./api.js";
import { restoreUnits } from "./control_units.js";
import { button, el } from "./dom.js";
import { restoreExtensions } from "./extension_uses.js";
import { fillForm, formNow } from "./form.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { toast } from "./toast.js";

const LOOKS_LIKE_SETTINGS = /(^|\n)(Steps: \d|Negative prompt: )|^\s*\{[\s\S]*"(prompt|class_type|positive_prompt|nodes|sampler)"/;
let parts = null;
let asked = 0;

export function startFound() {
  document.addEventListener("dragover", onDrag);
  document.addEventListener("drop", onDrop);
  document.addEventListener("paste", onPaste);
}

const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

function onDrag(event) {
  if (!isFile(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  document.documentElement.dataset.dropping = "yes";
  clearTimeout(onDrag.timer);
  onDrag.timer = setTimeout(() => delete document.documentElement.dataset.dropping, 200);
}

function onDrop(event) {
  if (!isFile(event)) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) lookAt(file);
}

function onPaste(event) {
  const field = event.target.closest?.("textarea, input");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const [file] = [...(event.clipboardData?.files ?? [])];
  if (file && !(field && text)) {
    event.preventDefault();
    lookAt(file);
  } else if (LOOKS_LIKE_SETTINGS.test(text)) {
    event.preventDefault();
    lookAt(text, () => field && insert(field, text));
  }
}

// What was pasted and says nothing is pasted after all.
function insert(field, text) {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

async function lookAt(source, otherwise = () => {}) {
  const mine = ++asked;
  try {
    const found = await api.metadata(source);
    if (mine !== asked) return;
    if (found.error || found.is_empty) otherwise();
    if (found.error) toast(found.error.message, { bad: true, seconds: 8 });
    else if (found.is_empty) toast(say("found_nothing"), { seconds: 6 });
    else show(found, source instanceof Blob ? source : null);
  } catch (error) {
    toast(error.message, { bad: true, seconds: 8 });
  }
}

function show(found, file) {
  parts ??= build();
  parts.title.textContent = found.tool ? say("found_by", { tool: found.tool }) : say("found");
  parts.body.replaceChildren(
    facts(found.shown),
    ...section("found_missing", found.missing.map(missingWords), "bad"),
    ...section("found_unmapped", found.unmapped.map(([key, value]) => `${key}: ${value}`)),
    ...section("found_notes", found.notes),
  );
  const again = found.remakes && file ? [button(say("remake"), () => remake(file), { title: say("remake_help") })] : [];
  parts.actions.replaceChildren(
    button(say("found_use"), () => use(found), { class: "primary" }),
    ...again,
    button(say("close"), () => parts.dialog.close(), { class: "quiet" }),
  );
  if (!parts.dialog.open) parts.dialog.showModal();
}

function facts(shown) {
  const lines = shown.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return el("dl", { class: "facts" }, ...lines);
}

function section(name, lines, kind = "") {
  if (!lines.length) return [];
  return [el("h3", {}, say(name)), el("ul", { class: `found-list ${kind}` }, ...lines.map((line) => el("li", {}, line)))];
}

const KINDS = {
  lora: "missing_lora",
  vae: "missing_vae",
  checkpoint: "missing_checkpoint",
  embedding: "missing_embedding",
  hypernetwork: "missing_hypernetwork",
  controlnet: "missing_controlnet",
  sampler: "missing_sampler",
  schedule: "missing_schedule",
  upscaler: "missing_upscaler",
};
const missingWords = ({ kind, name, hash }) => say("found_missing_line", { kind: say(KINDS[kind]), name: name || "?", hash: hash ? ` (${hash})` : "" });

function use(found) {
  parts.dialog.close();
  // Without a checkpoint that is here, the present one stays.
  fillForm({ checkpoint: formNow().checkpoint, ...found.fields });
  restoreExtensions(found.fields.extensions);
  if (found.fields.controls?.length) restoreUnits(found.fields.controls);
  toast(say("found_used"));
}

async function remake(file) {
  parts.dialog.close();
  try {
    store.put(await api.remakeFile(file));
    toast(say("remaking"), { seconds: 3 });
  } catch (error) {
    toast(error.message, { bad: true, seconds: 10 });
  }
}

function build() {
  const title = el("h2", {});
  const body = el("div", { class: "found-body" });
  const actions = el("div", { class: "found-actions" });
  const dialog = el("dialog", { id: "found", "aria-label": say("found"), tabindex: -1 }, title, body, actions);
  document.body.append(dialog);
  return { dialog, title, body, actions };
}
