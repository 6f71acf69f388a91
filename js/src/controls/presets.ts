// The author's presets: one click sets all controls, and the line below says what to look at.

import { h, on, setAttribute, setText, show } from "../dom.js";
import type { Lesson } from "../lesson.js";
import type { ControlHost } from "./field.js";

export interface Presets {
  element: HTMLElement;
  update(lesson: Lesson, enabled: boolean): void;
}

export function presetButtons({ t, store }: Omit<ControlHost, "ask">): Presets {
  const title = h("div", { class: "jx-soft" }, t("lesson.presets"));
  const row = h("div", { class: "jx-preset-row" });
  const note = h("p", { class: "jx-preset-note", role: "status" });
  const element = h(
    "div",
    { class: "jx-presets", role: "group", "aria-label": t("lesson.presets") },
    title,
    row,
    note,
  );
  let key = "";
  return {
    element,
    update({ presets, preset }, enabled) {
      if (JSON.stringify(presets) !== key) {
        key = JSON.stringify(presets);
        row.replaceChildren(...presets.map(({ name }) => button(name)));
      }
      for (const made of row.querySelectorAll("button")) {
        setAttribute(made, "aria-pressed", made.textContent === preset ? "true" : "false");
        made.disabled = !enabled;
      }
      setText(note, presets.find((p) => p.name === preset)?.note ?? "");
      show(element, presets.length > 0);
    },
  };

  function button(name: string): HTMLButtonElement {
    const made = h("button", { type: "button", class: "jx-button" }, name);
    on(made, "click", () => store.command({ kind: "preset", name }));
    return made;
  }
}
