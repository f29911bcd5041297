// The developing tray: a card for every job that matters now, and the filmstrip.
import { button, el } from "./dom.js";
import { Card } from "./card.js";
import { Filmstrip } from "./filmstrip.js";
import { fillForm } from "./form.js";
import { promptOf, say } from "./say.js";
import { recall, remember } from "./memory.js";
import { store } from "./store.js";
import { announce } from "./toast.js";
import { examples } from "./words.js";

const cards = new Map();
const dismissed = new Set(recall("dismissed", []));
const states = new Map();
let list = null;
let empty = null;
let film = null;

export function startTray(tray) {
  list = el("div", { class: "cards" });
  empty = emptyTray();
  film = new Filmstrip();
  tray.replaceChildren(empty, list, film.node);
  tray.setAttribute("role", "region");
  tray.setAttribute("aria-label", say("tray"));
  store.listen(draw);
  setInterval(() => cards.forEach((card) => card.tick()), 500);
  draw();
}

// Developing and waiting first; below them what ended last, and what failed until it is dismissed.
function onShow() {
  const ended = store.ended().filter((job) => !dismissed.has(job.id));
  const finished = ended.find((job) => store.imagesOf(job).length > 0);
  const newest = finished?.created ?? 0; // an older failure has been seen
  const troubled = ended.filter((job) => job.state === "failed" && job.created >= newest && job !== finished);
  const unfinished = store.unfinished();
  return [...unfinished, ...troubled.slice(0, 3), ...(finished ? [finished] : [])];
}

function draw() {
  if (!store.state.loaded) return;
  const jobs = onShow();
  const busy = store.unfinished().length > 0;
  const wanted = new Set(jobs.map((job) => job.id));
  for (const [id, card] of cards) {
    if (wanted.has(id)) continue;
    card.node.remove();
    cards.delete(id);
  }
  jobs.forEach((job, place) => {
    const card = cards.get(job.id) ?? new Card(job, dismiss);
    cards.set(job.id, card);
    card.draw(job);
    card.node.classList.toggle("behind", place > 0 && (busy || job.state !== "done"));
    if (list.children[place] !== card.node) list.insertBefore(card.node, list.children[place] ?? null);
  });
  empty.hidden = jobs.length > 0;
  film.draw();
  tell();
}

function dismiss(id) {
  dismissed.add(id);
  remember("dismissed", [...dismissed].slice(-200));
  draw();
}

// Says aloud what ended since the last drawing.
function tell() {
  for (const job of store.ended()) {
    const before = states.get(job.id);
    if (before && before !== job.state) {
      if (job.state === "done") announce(say("announce_done", { prompt: promptOf(job) }));
      if (job.state === "failed") announce(say("announce_failed", { message: job.error?.message ?? "" }));
    }
    states.set(job.id, job.state);
  }
  store.unfinished().forEach((job) => states.set(job.id, job.state));
}

function emptyTray() {
  const ideas = examples.map((text) => button(text, () => begin(text), { class: "idea" }));
  return el(
    "div",
    { class: "empty-tray", hidden: true },
    el("div", { class: "sheet", "aria-hidden": "true" }),
    el("h2", {}, say("empty_title")),
    el("p", {}, say("empty_text")),
    el("div", { class: "ideas" }, ...ideas),
    el("p", { class: "keys" }, say("keys_hint")),
  );
}

function begin(text) {
  fillForm({ prompt: text }, { merge: true });
  document.querySelector("#field-prompt textarea")?.focus();
}
