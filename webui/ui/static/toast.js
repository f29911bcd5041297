// Short messages at the edge of the page, and what a screen reader is told.
import { button, el, write } from "./dom.js";

let shelf = null;
let voice = null;

function ready() {
  if (shelf) return;
  shelf = el("div", { id: "toasts", role: "status", "aria-live": "polite" });
  voice = el("div", { class: "voice", role: "status", "aria-live": "polite" });
  document.body.append(shelf, voice);
}

// Shows a message; `act` is {text, run} for one button. Returns how to take it away.
export function toast(text, { act = null, seconds = 5, bad = false } = {}) {
  ready();
  const close = () => note.remove();
  const note = el("div", { class: bad ? "toast bad" : "toast" }, el("span", {}, text));
  if (act) {
    note.append(
      button(act.text, () => {
        close();
        act.run();
      }),
    );
  }
  for (const other of document.querySelectorAll(".toast:not(:has(button))")) {
    if (other.textContent === text) other.remove(); // said again, not twice
  }
  // Inside an open dialog, or it would lie behind it.
  (document.querySelector("dialog[open] .view-toasts") ?? shelf).append(note);
  setTimeout(close, seconds * 1000);
  return close;
}

export function announce(text) {
  ready();
  write(voice, text);
}
