// The HTML that an extension shows in forms. It is the author's: it gets a shadow of its own, so that neither its names
// nor its styles meet the page's, and what could act or lead away is left out.

const STYLE = "p, ul, ol { margin: 0 0 8px } h1, h2, h3, h4 { margin: 0 0 4px; font-size: 13px } a { color: inherit } img { max-width: 100% }";
const LEFT_OUT = "script, iframe, frame, object, embed, applet, base, meta, link, form, portal, noscript, template";

export function panelNode(html) {
  const parsed = document.createElement("template"); // what is in it does nothing yet
  parsed.innerHTML = html;
  for (const node of parsed.content.querySelectorAll(LEFT_OUT)) node.remove();
  for (const node of parsed.content.querySelectorAll("*")) clean(node);
  const host = document.createElement("div");
  host.className = "extension-panel";
  const style = document.createElement("style");
  style.textContent = STYLE;
  host.attachShadow({ mode: "open" }).append(style, parsed.content);
  return host;
}

function clean(node) {
  for (const { name, value } of [...node.attributes]) {
    const isHandler = name.startsWith("on");
    const isAddress = ["href", "src", "action", "formaction", "srcdoc", "xlink:href"].includes(name);
    if (isHandler || (isAddress && !isSafe(name, value))) node.removeAttribute(name);
  }
  if (node.localName === "a") node.setAttribute("rel", "noreferrer noopener");
}

// Links may lead anywhere a browser shows; pictures come from here.
function isSafe(name, value) {
  try {
    const address = new URL(value, location.href);
    if (name === "src") return address.origin === location.origin || address.protocol === "data:";
    return name.endsWith("href") && ["http:", "https:", "mailto:"].includes(address.protocol);
  } catch {
    return false;
  }
}
