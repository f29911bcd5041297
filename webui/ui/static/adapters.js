// LoRAs and embeddings to choose from: a button below the prompt, and what it opens.
import { AdapterDetails } from "./adapter_details.js";
import { AdapterList } from "./adapter_list.js";
import { listenPrompt, startPrompts } from "./adapter_prompt.js";
import { button, el, write } from "./dom.js";
import { recall, remember } from "./memory.js";
import { say } from "./say.js";

const PAUSE = 200;
const KINDS = ["lora", "embedding"];
const SORTS = ["name", "newest", "size"];
const kept = { kind: "lora", sort: "name", ...recall("adapters", {}) };
let parts = null;
let timer = 0;

export function startAdapters(place) {
  startPrompts();
  place.replaceChildren(button(say("adapters"), open, { class: "adapters-open", title: say("adapters_help"), "aria-haspopup": "dialog" }));
  listenPrompt(() => parts?.dialog.open && parts.list.mark());
}

function open() {
  parts ??= build();
  back();
  parts.dialog.showModal();
  show();
  parts.search.focus();
}

function build() {
  const list = new AdapterList(about, (words) => write(count, words));
  const details = new AdapterDetails(back, (card) => list.refresh(card));
  const count = el("span", { class: "adapter-count", role: "status" });
  const search = el("input", { type: "search", placeholder: say("adapters_search"), "aria-label": say("adapters_search"), maxlength: 200, on: { input: soon } });
  const tabs = KINDS.map((kind) => button(say(`adapters_${kind}`), () => choose(kind), { data: { kind } }));
  const sort = el("select", { "aria-label": say("adapters_sort"), on: { change: () => keep({ sort: sort.value }) } });
  sort.append(...SORTS.map((name) => el("option", { value: name }, say(`adapters_sort_${name}`))));
  const close = button("", () => dialog.close(), { "aria-label": say("close"), title: say("close"), data: { icon: "close" } });
  const bar = el("div", { class: "view-bar" }, el("h2", {}, say("adapters")), el("span", { class: "gap" }), close);
  const kinds = el("div", { class: "ways", role: "group", "aria-label": say("adapters_kinds") }, ...tabs);
  const all = el("div", { class: "adapter-all" }, el("div", { class: "adapter-tools" }, kinds, search, sort, count), list.node);
  const dialog = el("dialog", { id: "adapters-dialog", "aria-label": say("adapters"), tabindex: -1 }, bar, all, details.node, el("div", { class: "view-toasts" }));
  dialog.addEventListener("cancel", onCancel);
  dialog.addEventListener("close", () => details.leave());
  document.body.append(dialog);
  return { dialog, list, details, search, tabs, sort, all };
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE);
}

function show() {
  clearTimeout(timer);
  const { kind, sort } = kept;
  for (const tab of parts.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.kind === kind));
  parts.sort.value = sort;
  parts.list.show({ kind, sort, search: parts.search.value });
}

function keep(changes) {
  Object.assign(kept, changes);
  remember("adapters", kept);
  show();
}

function choose(kind) {
  keep({ kind });
  parts.search.focus();
}

function about(card) {
  parts.all.hidden = true;
  parts.details.open(card);
}

// From the details to all of them, to where one was.
function back() {
  const name = parts.details.leave();
  parts.all.hidden = false;
  parts.list.mark();
  if (name) parts.list.focus(name);
}

// Esc goes back one step, then closes.
function onCancel(event) {
  if (event.target !== parts.dialog || parts.details.node.hidden) return;
  event.preventDefault();
  back();
}
