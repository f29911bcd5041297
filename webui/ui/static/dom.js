// Elements made by hand: text is always text, never HTML.

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [key, item] of Object.entries(value)) node.style.setProperty(key, item);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function button(text, action, properties = {}) {
  return el("button", { type: "button", ...properties, on: { click: action } }, text);
}

// Sets text only when it differs, so that a screen reader is not told twice.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function found(id) {
  return new Promise((resolve) => {
    const look = () => document.getElementById(id);
    if (look()) return resolve(look());
    const watcher = new MutationObserver(() => {
      if (!look()) return;
      watcher.disconnect();
      resolve(look());
    });
    watcher.observe(document.documentElement, { childList: true, subtree: true });
  });
}
