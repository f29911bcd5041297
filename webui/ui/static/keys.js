// Ctrl or ⌘ + Enter generates (or makes the grid, on its tab), Esc stops; from anywhere.
import { stopOne } from "./actions.js";
import { store } from "./store.js";

export function startKeys() {
  document.addEventListener("keydown", onKey, { capture: true });
}

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !openDialog()) {
    event.preventDefault();
    event.stopPropagation();
    const making = document.getElementById("make-grid");
    (making?.offsetParent ? making : document.getElementById("generate"))?.click();
  }
  if (event.key === "Escape" && !openDialog() && !openList() && store.unfinished().length) stopOne();
}

// An open list of choices is what Esc closes first.
function openList() {
  return document.querySelector('[role="listbox"]:not([hidden]), ul.options');
}

function openDialog() {
  return document.querySelector("dialog[open]");
}
