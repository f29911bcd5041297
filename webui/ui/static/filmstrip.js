// The filmstrip: this person's latest pictures, newest first.
import { imageUrl } from "./api.js";
import { button, el } from "./dom.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { openView } from "./view.js";

export class Filmstrip {
  constructor() {
    this.strip = el("div", { class: "strip" });
    this.older = button(say("older"), () => store.older(), { class: "quiet older" });
    this.node = el("section", { class: "film", hidden: true, "aria-label": say("latest") }, el("h2", {}, say("latest")), this.strip);
    this.drawn = new Map();
  }

  draw() {
    const images = store.images();
    this.node.hidden = images.length === 0;
    const wanted = new Set(images.map((image) => image.id));
    for (const [id, node] of this.drawn) {
      if (wanted.has(id)) continue;
      node.remove();
      this.drawn.delete(id);
    }
    images.forEach((image, place) => {
      const node = this.drawn.get(image.id) ?? frame(image);
      this.drawn.set(image.id, node);
      if (this.strip.children[place] !== node) this.strip.insertBefore(node, this.strip.children[place] ?? null);
    });
    if (store.state.olderLeft) this.strip.append(this.older);
    else this.older.remove();
  }
}

function frame(image) {
  const label = say("open", { seed: image.seed });
  const img = el("img", { src: imageUrl(image.id), alt: "", loading: "lazy", width: image.width, height: image.height });
  return el(
    "button",
    {
      type: "button",
      class: "film-frame",
      "aria-label": label,
      data: { image: image.id },
      style: { "--wide": String(image.width / image.height) },
      on: { click: () => openView(image) },
    },
    img,
  );
}
