import { h, setText, show } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { TableAttribution } from "../protocol.js";

/** What the colours, the whiskers and the outline mean, and where the sum of the bars leads. */
export function barLegend(t: Translate): {
  element: HTMLElement;
  update(answer: TableAttribution, pinned: TableAttribution | null, average: boolean): void;
} {
  const positive = h("span", {});
  const key = (swatch: string, text: HTMLElement | string): HTMLElement =>
    h("span", { class: "jx-key" }, h("i", { class: `jx-swatch ${swatch}`, "aria-hidden": "true" }), text);
  const whisker = key("jx-swatch-whisker", t("legend.whisker"));
  const pinnedText = h("span", {});
  const pinnedKey = key("jx-swatch-outline", pinnedText);
  const ends = h("span", { class: "jx-ends" });
  const sides = [key("jx-swatch-pos", positive), key("jx-swatch-neg", t("legend.barsAgainst"))];
  const element = h("div", { class: "jx-legend jx-bar-legend jx-num" }, ...sides, whisker, pinnedKey, ends);
  return {
    element,
    update(answer, pinned, average) {
      setText(positive, t("legend.barsFor", { target: answer.target }));
      for (const side of sides) show(side, answer.unit !== "share");
      show(whisker, answer.stderr !== null);
      show(pinnedKey, pinned !== null);
      if (pinned !== null) setText(pinnedText, t("legend.pinned", { what: pinned.title }));
      const { base, output } = answer;
      const words =
        base === null || output === null
          ? ""
          : t(average ? "legend.average" : "legend.base", {
              base: plain(base),
              output: plain(output),
            });
      setText(ends, words);
    },
  };
}
