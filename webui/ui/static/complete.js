// Names while typing a prompt: LoRAs after "<", wildcards after "__", embeddings by their first letters.
import { api } from "./api.js";
import { el } from "./dom.js";
import { say } from "./say.js";

const MOST = 8;
const FIELDS = "#field-prompt textarea, #field-negative-prompt textarea";
let words = null;
let list = null;
let open = null; // {area, begin, end, names, chosen}

export function startCompletion() {
  list = el("ul", { class: "completion", role: "listbox", "aria-label": say("completion"), hidden: true });
  document.body.append(list);
  document.addEventListener("input", ({ target }) => target.matches(FIELDS) && offer(target));
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("focusout", ({ target }) => target.matches?.(FIELDS) && setTimeout(close, 150));
}

// What is being typed before the caret, and the names that fit: [text to put in, what is shown].
export function fitting(before, known) {
  const tag = before.match(/<(?:lora:)?([^<>:,]*)$/i);
  const wild = before.match(/__([\w/-]*)$/);
  const word = before.match(/(?:^|[\s,(])([\w-]{2,})$/);
  const starts = (names, typed) => names.filter((name) => name.toLowerCase().includes(typed.toLowerCase())).slice(0, MOST);
  if (tag) return { length: tag[0].length, names: starts(known.loras, tag[1].replace(/^(l|lo|lor|lora)$/i, "")).map((name) => [`<lora:${name}:1>`, name]) };
  if (wild && !isClosing(before)) return { length: wild[0].length, names: starts(known.wildcards, wild[1]).map((name) => [`__${name}__`, name]) };
  if (word) return { length: word[1].length, names: begun(known.embeddings, word[1]).map((name) => [name, name]) };
  return { length: 0, names: [] };
}

// A name that stands there whole is not offered: Enter and Tab shall do what they always do.
function begun(names, typed) {
  const start = typed.toLowerCase();
  return names.filter((name) => name.toLowerCase().startsWith(start) && name.length > start.length).slice(0, MOST);
}

// "__name__" ends with the same two marks that begin one.
const isClosing = (before) => (before.match(/__/g) ?? []).length % 2 === 0;

async function offer(area) {
  if (!words) {
    words = await api.words().catch(() => null);
    setTimeout(() => (words = null), 30_000); // files come and go
  }
  if (!words || document.activeElement !== area) return close();
  const before = area.value.slice(0, area.selectionStart);
  const { length, names } = fitting(before, words);
  if (!names.length) return close();
  open = { area, begin: before.length - length, end: before.length, names, chosen: 0 };
  return draw();
}

function draw() {
  const box = open.area.getBoundingClientRect();
  list.style.left = `${box.left + window.scrollX}px`;
  list.style.top = `${box.bottom + window.scrollY + 4}px`;
  list.style.minWidth = `${Math.min(box.width, 320)}px`;
  list.replaceChildren(
    ...open.names.map(([, shown], index) =>
      el("li", { role: "option", "aria-selected": String(index === open.chosen), on: { pointerdown: (event) => pick(event, index) } }, shown),
    ),
  );
  list.hidden = false;
}

function close() {
  open = null;
  list.hidden = true;
}

function pick(event, index) {
  event.preventDefault();
  const { area, begin, end, names } = open;
  const [text] = names[index];
  close();
  area.focus();
  area.setRangeText(text, begin, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

function onKey(event) {
  if (!open) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (move && plain) open.chosen = (open.chosen + move + open.names.length) % open.names.length;
  else if (["Enter", "Tab"].includes(event.key) && plain) pick(event, open.chosen);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (open) draw();
}
