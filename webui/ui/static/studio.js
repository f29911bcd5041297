// The start: Gradio builds the form, this fills the tray. Gradio's events call `window.darkroom`.
import { stopOne } from "./actions.js";
import { startBuilder } from "./builder.js";
import { startChip } from "./chip.js";
import { startCompletion } from "./complete.js";
import { found } from "./dom.js";
import { adapted, answered, filled, formToFill, intent, keep, lastSeed, preset, shape, startForm } from "./form.js";
import { startFound } from "./found.js";
import { gridChanged, makeGrid, moveTray, startGrid } from "./grid.js";
import { startKeys } from "./keys.js";
import { openKind, recoverTab, startWay } from "./kinds.js";
import { startPromptCheck } from "./prompt_check.js";
import { say } from "./say.js";
import { store } from "./store.js";
import { startSource, withSource } from "./source.js";
import { startStyles } from "./styles.js";
import { toast } from "./toast.js";
import { startTray } from "./tray.js";

window.darkroom = { adapted, answered, filled, formToFill, gridChanged, intent, keep, lastSeed, makeGrid, moveTray, openKind, preset, shape, stop: stopOne, withSource };

found("tray").then(startTray);
found("chip").then(startChip);
found("generate").then((node) => (node.title = say("generate_key")));
found("stop").then((node) => (node.title = say("stop_key")));
found("prompt-check").then(startPromptCheck);
found("builder").then(startBuilder);
found("keep-style").then(startStyles);
found("way").then(startWay);
found("source").then(startSource).then(recoverTab);
startForm();
startCompletion();
startFound();
startGrid();
startKeys();
store.start().catch(() => toast(say("trouble"), { bad: true, seconds: 20 }));
