// The extensions of this machine, as they are for this person. Nothing here knows the page.
import { api } from "./api.js";

let list = null; // null until they are known
const listeners = new Set();

export const extensions = {
  isKnown: () => list !== null,
  all: () => list ?? [],
  named: (id) => list?.find((one) => one.id === id),
  listen: (listener) => listeners.add(listener),
};

function tell() {
  listeners.forEach((listener) => listener());
}

export async function learnExtensions() {
  list = await api.extensions();
  tell();
}

function put(view) {
  list = extensions.all().map((one) => (one.id === view.id ? view : one));
  tell();
}

// On or off: for this person at once, or for the machine from its next start on.
export async function switchExtension(id, on, forAll) {
  put(await api.switchExtension(id, { on, for_all: forAll }));
}

export async function setExtension(id, values) {
  put(await api.setExtension(id, values));
}
