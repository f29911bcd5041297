// What this browser keeps between visits. Storage may be full or switched off: then it forgets.

export function recall(key, fallback = null) {
  try {
    const text = localStorage.getItem(`darkroom.${key}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`darkroom.${key}`, JSON.stringify(value));
  } catch {
    // Nothing depends on it within this visit.
  }
}
