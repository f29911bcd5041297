// Ctrl or ⌘ + Enter generates, Esc stops; both from anywhere on the page.
import { stopOne } from "./actions.js";
import { store } from "./store.js";
import { isOpen } from "./view.js";

export function startKeys() {
  document.addEventListener("keydown", onKey, { capture: true });
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isOpen()) {
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("generate")?.click();
  }
  if (event.key === "Escape" && !isOpen() && !openList() && store.unfinished().length) stopOne();
}

// An open list of choices is what Esc closes first.
function openList() {
  return document.querySelector('[role="listbox"], ul.options');
}
