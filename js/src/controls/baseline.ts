import { h, on, setText, show } from "../dom.js";
import { drawPicture } from "../picture.js";
import { type Control, type ControlHost, field, select, setOptions } from "./field.js";

/** The baseline shows itself: what "absent" means is half of every answer. */
export function baselineControl(host: ControlHost): Control {
  const { t, store } = host;
  const input = h("select", { "data-key": "baseline" });
  const thumbnail = h("canvas", { class: "jx-thumb", "aria-hidden": "true", hidden: true });
  const words = h("span", {});
  const below = h("div", { class: "jx-reference" }, thumbnail, words);
  const { element, help, refuse } = field(host, t("control.baseline"), input, below);
  on(input, "change", () => host.ask({ baseline: input.value }));
  return {
    name: "baseline",
    element,
    refuse,
    busy: () => false,
    follow(panel) {
      show(element, panel.baselines.length > 0);
      setOptions(
        input,
        panel.baselines.map((b) => ({ value: b.value, label: b.label, title: b.help })),
      );
      const baseline = store.trait<string>("baseline") ?? "";
      select(input, baseline);
      help(panel.baselines.find((b) => b.value === baseline)?.help ?? "");
      const { picture, words: text } = store.state.reference;
      show(thumbnail, picture !== null);
      if (picture !== null) drawPicture(thumbnail, picture, 36);
      setText(words, t.say(text) || (picture === null ? "" : t("control.absent")));
      show(below, picture !== null || text !== "");
    },
  };
}
