// What a lesson locks is shown and cannot be changed here; what it hides is not shown.

import { h } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import { type Lesson, names } from "../lesson.js";
import type { Control } from "./field.js";

type Native = HTMLInputElement | HTMLSelectElement | HTMLButtonElement;

export function lockControl(control: Control, lesson: Lesson, t: Translate): void {
  const { element } = control;
  element.classList.toggle("jx-off", names(lesson.hide, control.name));
  const locked = names(lesson.lock, control.name);
  if (!locked && !element.classList.contains("jx-locked")) return;
  element.classList.toggle("jx-locked", locked);
  for (const native of element.querySelectorAll<Native>("input, select, button:not(.jx-help)")) {
    if (locked) native.disabled = true;
    else if (native.dataset.locked) native.disabled = false;
    if (locked) native.dataset.locked = "1";
    else delete native.dataset.locked;
  }
  mark(element, locked, t);
}

function mark(element: HTMLElement, locked: boolean, t: Translate): void {
  const head = element.querySelector(".jx-field-head, summary");
  const there = head?.querySelector(".jx-lock") ?? null;
  if (!locked) there?.remove();
  else if (there === null)
    head?.append(h("span", { class: "jx-lock", title: t("lesson.lockedHelp") }, t("lesson.locked")));
}
