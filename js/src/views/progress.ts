import { h, setAttribute } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import type { Answer } from "../protocol.js";

export interface Progress {
  element: HTMLElement;
  update(answer: Answer | null, running: boolean, stale: boolean): void;
}

/** Two pixels at the top, by evaluations or, without a budget, by time. */
export function progressLine(t: Translate): Progress {
  const fill = h("i", {});
  const element = h(
    "div",
    { class: "jx-progress", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
    fill,
  );
  setAttribute(element, "aria-label", t("app.progress"));
  return {
    element,
    update(answer, running, stale) {
      const share = !running ? 0 : stale ? null : shareDone(answer);
      element.classList.toggle("jx-open", share === null);
      setAttribute(element, "aria-hidden", running ? null : "true");
      fill.style.transform = `scaleX(${share ?? 1})`;
      setAttribute(element, "aria-valuenow", share === null ? null : Math.round(share * 100));
      // A bar that ran full is taken away, not run backwards.
      element.classList.toggle("jx-off", !running);
    },
  };
}

function shareDone(answer: Answer | null): number | null {
  if (answer === null) return null;
  if (answer.samples !== null && answer.samples > 0) return Math.min(1, answer.evals / answer.samples);
  if (answer.eta !== null && answer.seconds !== null && answer.seconds + answer.eta > 0) {
    return answer.seconds / (answer.seconds + answer.eta);
  }
  return null;
}
