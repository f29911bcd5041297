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

export const api = {
  jobs: () => ask("jobs?limit=50"),
  job: (id) => ask(`jobs/${id}`),
  stop: (id) => ask(`jobs/${id}`, { method: "DELETE" }),
  submit: (request) =>
    ask("jobs", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) }),
  images: (before) => ask(`images?limit=60${before ? `&before=${before}` : ""}`),
  // Kept alive, so that leaving the page does not lose it.
  remove: (id) => ask(`images/${id}`, { method: "DELETE", keepalive: true }),
  checkpoints: () => ask("checkpoints"),
  samplers: () => ask("samplers"),
  schedules: () => ask("schedules"),
};

export function imageUrl(id, { download = false } = {}) {
  return `/api/v1/images/${id}${download ? "?download=true" : ""}`;
}
