// The studio's own API.
import { say } from "./say.js";

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, options);
  } catch {
    throw new Error(say("trouble"));
  }
  if (!answer.ok) {
    const body = await answer.json().catch(() => null);
    throw new Error(body?.error?.message || say("trouble"));
  }
  return answer.status === 204 ? null : answer.json();
}

const json = (value) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
const kindOf = (source) => (typeof source === "string" ? "text/plain; charset=utf-8" : source.type || "application/octet-stream");

export const api = {
  jobs: () => ask("jobs?limit=50"),
  job: (id) => ask(`jobs/${id}`),
  stop: (id) => ask(`jobs/${id}`, { method: "DELETE" }),
  submit: (request) => ask("jobs", json(request)),
  cost: (request) => ask("cost", json(request)),
  words: () => ask("words"),
  keepStyle: (name, words) => ask(`styles/${encodeURIComponent(name)}`, { ...json(words), method: "PUT" }),
  dropStyle: (name) => ask(`styles/${encodeURIComponent(name)}`, { method: "DELETE" }),
  checkPrompt: (words) => ask("prompt/check", json(words)),
  metadata: (source) => ask("metadata", { method: "POST", headers: { "Content-Type": kindOf(source) }, body: source }),
  remake: (id) => ask(`images/${id}/remake`, { method: "POST" }),
  remakeFile: (file) => ask("remakes", { method: "POST", headers: { "Content-Type": kindOf(file) }, body: file }),
  sendInput: (blob) => ask("inputs", { method: "POST", headers: { "Content-Type": kindOf(blob) }, body: blob }),
  controls: () => ask("controls"),
  makeMap: (wish) => ask("maps", json(wish)),
  cards: (kind, how) => ask(`cards/${kind}?${new URLSearchParams(how)}`),
  card: (kind, name) => ask(`cards/${kind}/${encodeURIComponent(name)}`),
  noteCard: (kind, name, notes) => ask(`cards/${kind}/${encodeURIComponent(name)}/notes`, { ...json(notes), method: "PUT", keepalive: true }),
  takePreview: (kind, name, image) => ask(`cards/${kind}/${encodeURIComponent(name)}/preview`, { ...json({ image }), method: "PUT" }),
  truths: (asked) => ask("loras/truth", json(asked)),
  extensions: () => ask("extensions"),
  switchExtension: (id, wanted) => ask(`extensions/${id}`, { ...json(wanted), method: "PUT" }),
  setExtension: (id, values) => ask(`extensions/${id}/settings`, { ...json(values), method: "PUT" }),
  lineage: (id) => ask(`images/${id}/lineage`),
  images: (before) => ask(`images?limit=60${before ? `&before=${before}` : ""}`),
  // Kept alive, so that leaving the page does not lose it.
  remove: (id) => ask(`images/${id}`, { method: "DELETE", keepalive: true }),
  checkpoints: () => ask("checkpoints"),
  samplers: () => ask("samplers"),
  schedules: () => ask("schedules"),
};

export const inputUrl = (sha256) => `/api/v1/inputs/${sha256}`;

export function imageUrl(id, { download = false } = {}) {
  return `/api/v1/images/${id}${download ? "?download=true" : ""}`;
}
