import { h, setText, show } from "../dom.js";
import type { Translate } from "../i18n/index.js";

/** What the method wants said about this answer, folded. */
export function notes(t: Translate): { element: HTMLElement; update(lines: readonly string[]): void } {
  const title = h("summary", {});
  const list = h("ul", {});
  const element = h("details", { class: "jx-notes", hidden: true }, title, list);
  let key = "";
  return {
    element,
    update(lines) {
      if (lines.join("\n") === key) return;
      key = lines.join("\n");
      show(element, lines.length > 0);
      setText(title, t(lines.length === 1 ? "notes.one" : "notes.many", { n: lines.length }));
      list.replaceChildren(...lines.map((line) => h("li", {}, line)));
    },
  };
}
