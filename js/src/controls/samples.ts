import { setText } from "../dom.js";
import { count } from "../format.js";
import { type Control, type ControlHost, field } from "./field.js";
import { logScale, slider } from "./slider.js";

/** Log slider: error falls with the square root, so equal steps should multiply the budget. */
export function samplesControl(host: ControlHost): Control {
  const { t, store } = host;
  const range = slider((samples, coarse) => {
    setText(output, count(samples));
    host.ask({ samples }, coarse);
  }, count);
  range.input.dataset.key = "samples";
  const { element, output, help, refuse } = field(host, t("control.samples"), range.input);
  help(t("control.samplesHelp"));
  return {
    name: "samples",
    element,
    refuse,
    busy: range.dragging,
    follow(panel) {
      element.hidden = panel.samples === null;
      if (panel.samples === null) return;
      const { low, high, value } = panel.samples;
      range.setScale(logScale(low, high, true));
      const samples = store.trait<number>("samples") || value;
      range.setValue(samples);
      setText(output, count(samples));
    },
  };
}
