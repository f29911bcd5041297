// The person's own pictures, to show one of them on a card.
import { imageUrl } from "./api.js";
import { button, el } from "./dom.js";
import { say } from "./say.js";
import { store } from "./store.js";

const MOST = 24;
let room = null;

// Opens the latest pictures in `place`, or closes them; `take(image)` gets the one that is chosen.
export function openPictures(place, take) {
  const wasOpen = room?.isConnected && place.contains(room);
  room?.remove();
  if (wasOpen) return;
  const images = store.images().slice(0, MOST);
  const none = images.length ? [] : [el("p", { class: "quiet" }, say("adapter_preview_none"))];
  room = el("div", { class: "adapter-pictures" }, ...none, ...images.map((image) => thumb(image, take)));
  place.append(room);
}

function thumb(image, take) {
  const label = say("open", { seed: image.seed });
  const chosen = () => {
    room.remove();
    take(image);
  };
  const node = button("", chosen, { "aria-label": label, title: label, data: { image: image.id } });
  node.append(el("img", { src: imageUrl(image.id), alt: "", loading: "lazy" }));
  return node;
}
