// The sentence that says the result, whatever its kind.

import { h, setText } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import type { Answer } from "../protocol.js";
import { kindOf } from "./kinds.js";

export interface Summary {
  element: HTMLElement;
  update(answer: Answer | null, running: boolean, empty: string): void;
}

export function summary(t: Translate): Summary {
  const words = h("span", {});
  const caveat = h("span", { class: "jx-soft" }, t("app.caveat"));
  const element = h("p", { class: "jx-say jx-num" }, words, " ", caveat);
  let height = 0;
  return {
    element,
    update(answer, running, empty) {
      const said = answer === null ? null : (kindOf(answer)?.sentence?.(answer, t) ?? null);
      caveat.hidden = said === null;
      if (said === null) setText(words, empty);
      else words.replaceChildren(said);
      // A sentence that grows and shrinks by a line while it refines would move the picture: only let it grow.
      height = running ? Math.max(height, element.offsetHeight) : 0;
      element.style.minHeight = height > 0 ? `${height}px` : "";
    },
  };
}
