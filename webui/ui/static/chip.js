// The header: the queue chip, the safelight, the theme switch and the title of the window.
import { remaining } from "./card.js";
import { button, el, write } from "./dom.js";
import { clock, say } from "./say.js";
import { store } from "./store.js";
import { words } from "./words.js";

const SLOW_ANSWER = 1500; // ms without the studio before the chip says so
let text = null;
let lostSince = 0;

export function startChip(place) {
  text = el("span", { id: "queue-chip", role: "status" });
  const theme = button("", switchTheme, { id: "theme-switch" });
  place.append(text, theme);
  nameSwitch(theme);
  store.listen(draw);
  setInterval(draw, 500);
}

function draw() {
  const mine = store.unfinished();
  lostSince = store.state.lost ? lostSince || Date.now() : 0;
  const lost = lostSince && Date.now() - lostSince > SLOW_ANSWER;
  document.documentElement.dataset.developing = mine.some((job) => job.state === "running") ? "yes" : "no";
  text.dataset.state = lost ? "lost" : mine.length ? "busy" : "idle";
  write(text, lost ? say("chip_lost") : queueWords(mine));
  const running = mine.find((job) => job.state === "running");
  const percent = running && Math.floor(running.progress * 100);
  document.title = running ? say("title_running", { percent, title: words.title }) : words.title;
}

function queueWords(mine) {
  if (!mine.length) return say("chip_idle");
  const times = mine.map(remaining).filter((time) => time !== null);
  const yours = say("chip_yours", { n: mine.length });
  return times.length ? `${yours} · ${say("chip_next", { time: clock(Math.min(...times)) })}` : yours;
}

function nameSwitch(node) {
  const label = say(document.documentElement.dataset.theme === "light" ? "to_dark" : "to_light");
  node.setAttribute("aria-label", label);
  node.title = label;
}

function switchTheme(event) {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light";
  try {
    localStorage.setItem("darkroom.theme", root.dataset.theme);
  } catch {
    // The choice lasts as long as the page.
  }
  nameSwitch(event.currentTarget);
}
