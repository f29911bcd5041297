// LoRAs and embeddings in a prompt: whether they are there, put in, taken out. Nothing here knows the page.

const TAG = /<(?:lora|lyco):([^<>]*)>/g;
const IN_WORD = /[\p{L}\p{N}_-]/u;
const same = (one, other) => one.toLowerCase() === other.toLowerCase();

// The LoRA tags of a prompt: [{name, at, length}].
export function tagsOf(prompt) {
  return [...prompt.matchAll(TAG)].map((match) => ({ name: match[1].split(":")[0].trim(), at: match.index, length: match[0].length }));
}

// Where an embedding's name stands as a word of its own; -1 for nowhere.
function wordAt(prompt, word, from = 0) {
  const [text, wanted] = [prompt.toLowerCase(), word.toLowerCase()];
  if (!wanted || text.length !== prompt.length) return prompt.indexOf(word, from); // letters whose small form is longer
  for (let at = text.indexOf(wanted, from); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const around = [text[at - 1] ?? "", text[at + wanted.length] ?? ""];
    if (!around.some((letter) => IN_WORD.test(letter))) return at;
  }
  return -1;
}

// Where a card's tag or name stands: {at, length}, or nothing.
function placeOf(prompt, { kind, name }) {
  if (kind === "lora") return tagsOf(prompt).find((tag) => same(tag.name, name));
  const at = wordAt(prompt, name);
  return at < 0 ? undefined : { at, length: name.length };
}

export const isIn = (prompt, card) => Boolean(placeOf(prompt, card));

// What a click writes: the tag, and its words behind it.
const pieceOf = ({ tag, trigger }) => (trigger ? `${tag}, ${trigger}` : tag);

// The prompt with a piece at a place, and where the caret stands then: parted from the words around it.
export function putAt(prompt, at, piece, parting = " ") {
  const [before, after] = [prompt.slice(0, at), prompt.slice(at)];
  const left = !before || /[\s([]$/.test(before) ? "" : /,$/.test(before) ? " " : parting;
  const right = !after || /^[\s,.)\]]/.test(after) ? "" : parting;
  const head = `${before}${left}${piece}`;
  return { text: `${head}${right}${after}`, caret: head.length };
}

// A tag is no word, so nothing but a space goes before it; words are parted by commas.
export function putIn(prompt, at, card) {
  const { text, caret } = putAt(prompt, at, pieceOf(card), " ");
  const [head, rest] = [text.slice(0, caret), text.slice(caret)];
  return card.trigger && /^ \S/.test(rest) ? { text: `${head},${rest}`, caret } : { text, caret };
}

// The prompt without a card, however often it is there, and without the words that a click wrote behind its tag.
export function takeOut(prompt, card) {
  let text = prompt;
  for (let place = placeOf(text, card); place; place = placeOf(text, card)) {
    const end = place.at + place.length;
    text = joined(text.slice(0, place.at), withoutWords(text.slice(end), card.trigger));
  }
  return text;
}

export function takeWords(prompt, words) {
  const at = wordAt(prompt, words);
  return at < 0 ? prompt : joined(prompt.slice(0, at), prompt.slice(at + words.length));
}

function withoutWords(rest, trigger) {
  const begin = rest.match(/^,? */)[0].length;
  if (!trigger || !rest.startsWith(trigger, begin)) return rest;
  const after = rest.slice(begin + trigger.length);
  return IN_WORD.test(after[0] ?? "") ? rest : after;
}

// Two ends of a prompt with nothing between them any more: one comma or space is enough.
function joined(left, right) {
  const before = left.trimEnd();
  const after = before && !/[,([]$/.test(before) ? right.trimStart() : right.replace(/^[\s,]+/, "");
  if (!after) return before.replace(/,$/, "");
  if (!before || /^[,.)\]]/.test(after) || /[([]$/.test(before)) return before + after;
  return `${before} ${after}`;
}
