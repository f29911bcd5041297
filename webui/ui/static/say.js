// Texts, times and sizes as a person reads them.
import { words } from "./words.js";

export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// Seconds as 0:07, 12:30 or 1:02:03.
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// Bytes as 312 kB or 1.4 GB.
export function sizeWords(bytes) {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const size = bytes / 1000 ** power;
  return `${size >= 100 || !power ? Math.round(size) : size.toFixed(1)} ${["B", "kB", "MB", "GB"][power]}`;
}

export function madeAt(unixSeconds) {
  const date = new Date(unixSeconds * 1000);
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export function promptOf(job) {
  const { kind, prompt, template, checkpoint, upscaler, init_width: from, out_width: to } = job?.request ?? {};
  if (kind === "map") return say("kind_map");
  if (checkpoint === "") return say("kind_upscale", { scale: Math.round((100 * to) / from) / 100, upscaler });
  return (template || prompt)?.trim() || say("no_prompt");
}

export function pictureCount(request) {
  return request.each?.length || request.batch_size * request.batch_count;
}
