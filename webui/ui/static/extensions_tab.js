// The tab Extensions: all that were found, or how to begin one.
import { button, el, write } from "./dom.js";
import { ExtensionCard } from "./extension_card.js";
import { extensions, learnExtensions } from "./extensions.js";
import { say } from "./say.js";
import { toast } from "./toast.js";

const cards = new Map(); // place in the list and id → card: two may claim one id
let parts = null;

export function startExtensions(place) {
  const words = el("p", { class: "quiet", role: "status" }, say("extensions_waiting"));
  const intro = el("p", { class: "quiet" }, say("extensions_intro"));
  const list = el("div", { class: "extension-list" });
  const none = empty();
  parts = { words, intro, list, none };
  place.replaceChildren(intro, words, none, list);
  extensions.listen(draw);
  openExtensions();
}

// Called by Gradio when the tab is opened: jobs may have told of trouble since.
export async function openExtensions() {
  try {
    await learnExtensions();
    write(parts.words, "");
  } catch (error) {
    write(parts.words, error.message);
  }
}

function draw() {
  const all = extensions.all();
  const keys = all.map(({ id }, place) => `${place} ${id}`);
  for (const key of [...cards.keys()].filter((one) => !keys.includes(one))) {
    cards.get(key).node.remove();
    cards.delete(key);
  }
  all.forEach((view, place) => {
    const key = keys[place];
    if (cards.has(key)) cards.get(key).draw(view);
    else cards.set(key, new ExtensionCard(view));
    const { node } = cards.get(key);
    if (parts.list.children[place] !== node) parts.list.insertBefore(node, parts.list.children[place] ?? null);
  });
  parts.intro.hidden = !all.length;
  parts.none.hidden = all.length > 0;
}

function empty() {
  const command = say("extensions_command");
  const copy = button(say("extensions_copy"), async () => {
    await navigator.clipboard.writeText(command);
    toast(say("extensions_copied"), { seconds: 3 });
  });
  copy.hidden = !navigator.clipboard;
  const line = el("div", { class: "extension-command" }, el("code", {}, command), copy);
  return el("div", { class: "extension-none", hidden: true }, el("h2", {}, say("extensions_none")), el("p", {}, say("extensions_teach")), line);
}
