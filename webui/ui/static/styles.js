// Keeping what stands in the prompts as a style, and dropping one.
import { api } from "./api.js";
import { button, el } from "./dom.js";
import { fillForm, formNow } from "./form.js";
import { say } from "./say.js";
import { toast } from "./toast.js";

export function startStyles(place) {
  const name = el("input", { type: "text", "aria-label": say("style_name"), placeholder: say("style_name"), maxlength: 200 });
  const doing = (action, done) => async () => {
    const called = name.value.trim();
    if (!called) return name.focus();
    try {
      await action(called);
      name.value = "";
      toast(say(done, { name: called }), { seconds: 3 });
      fillForm({}, { merge: true }); // which lists the styles anew
    } catch (error) {
      toast(error.message, { bad: true, seconds: 8 });
    }
    return null;
  };
  const keep = doing((called) => api.keepStyle(called, now()), "style_kept");
  const drop = doing((called) => api.dropStyle(called), "style_dropped");
  const line = el("div", { class: "style-line" }, name, button(say("style_keep"), keep, { title: say("style_keep_help", { slot: "{prompt}" }) }), button(say("style_drop"), drop));
  place.replaceChildren(line);
}

function now() {
  const { prompt = "", negative_prompt = "" } = formNow();
  return { prompt: prompt ?? "", negative_prompt: negative_prompt ?? "" };
}
