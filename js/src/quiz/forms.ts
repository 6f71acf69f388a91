// How each kind of question is answered: everything native, nothing chosen beforehand.

import { h, on, setAttribute, setText } from "../dom.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Quiz, QuizKind } from "../lesson.js";
import { drawPicture } from "../picture.js";
import type { Picture } from "../protocol.js";

/** One form; `picks` is null until the question is answered. */
export interface Form {
  element: HTMLElement;
  picks(): number[] | null;
}

export interface FormHost {
  t: Translate;
  uid: string;
  picture: Picture | null;
  changed(): void;
}

type MakeForm = (host: FormHost, quiz: Quiz) => Form;

const SIDE = 240; // pixels of the longer side of a picture

export const FORMS: Record<QuizKind, MakeForm> = {
  top: topForm,
  sign: signForm,
  rank: rankForm,
  region: regionForm,
};

/** Check boxes; as many as are asked for. */
function topForm({ changed }: FormHost, { labels, pick }: Quiz): Form {
  const boxes = labels.map(() => h("input", { type: "checkbox" }));
  const items = labels.map((label, i) =>
    h("label", { class: "jx-quiz-choice" }, boxes[i], h("span", {}, label)),
  );
  const chosen = (): number[] => boxes.flatMap((box, i) => (box.checked ? [i] : []));
  for (const box of boxes) {
    on(box, "change", () => {
      const full = chosen().length >= pick;
      for (const other of boxes) other.disabled = full && !other.checked;
      changed();
    });
  }
  return {
    element: h("div", { class: "jx-quiz-choices" }, ...items),
    picks: () => (chosen().length === pick ? chosen() : null),
  };
}

/** Up or down, for every feature. */
function signForm({ t, uid, changed }: FormHost, { labels }: Quiz): Form {
  const radios = labels.map((_, i) =>
    ([1, -1] as const).map((sign) => ({
      sign,
      input: h("input", { type: "radio", name: `${uid}-sign-${i}` }),
    })),
  );
  const rows = radios.map((pair, i) =>
    h(
      "div",
      { class: "jx-quiz-sign", role: "radiogroup", "aria-label": labels[i]! },
      h("span", { class: "jx-quiz-name" }, labels[i]!),
      ...pair.map(({ sign, input }) => h("label", {}, input, t(sign === 1 ? "quiz.up" : "quiz.down"))),
    ),
  );
  for (const { input } of radios.flat()) on(input, "change", changed);
  const picks = (): number[] =>
    radios.flatMap((pair) => pair.filter(({ input }) => input.checked).map(({ sign }) => sign as number));
  return {
    element: h("div", { class: "jx-quiz-rows" }, ...rows),
    picks: () => (picks().length === labels.length ? picks() : null),
  };
}

/** An order, changed by moving one up or down. */
function rankForm({ t, changed }: FormHost, { labels }: Quiz): Form {
  let order = labels.map((_, i) => i);
  const list = h("ol", { class: "jx-quiz-rank" });
  const items = labels.map((label, i) => {
    const mover = (by: 1 | -1, key: Key, sign: string): HTMLButtonElement => {
      const button = h(
        "button",
        { type: "button", class: "jx-button", "aria-label": t(key, { name: label }) },
        sign,
      );
      on(button, "click", () => {
        move(i, by);
        button.focus();
      });
      return button;
    };
    const up = mover(-1, "quiz.moveUp", "↑");
    const down = mover(1, "quiz.moveDown", "↓");
    return { element: h("li", {}, h("span", { class: "jx-quiz-name" }, label), up, down), up, down };
  });

  function move(which: number, by: number): void {
    const from = order.indexOf(which);
    const to = from + by;
    if (to < 0 || to >= order.length) return;
    order = order.with(from, order[to]!).with(to, which);
    place();
    changed();
  }

  function place(): void {
    list.replaceChildren(...order.map((i) => items[i]!.element));
    for (const [place, i] of order.entries()) {
      setAttribute(items[i]!.up, "aria-disabled", place === 0 ? "true" : null);
      setAttribute(items[i]!.down, "aria-disabled", place === order.length - 1 ? "true" : null);
    }
  }

  place();
  return { element: list, picks: () => order };
}

/** Ninths of the picture. */
function regionForm({ t, picture, changed }: FormHost, { pick }: Quiz): Form {
  const canvas = h("canvas", { "aria-hidden": "true" });
  if (picture !== null) drawPicture(canvas, picture, SIDE);
  const cells = Array.from({ length: 9 }, () =>
    h("button", { type: "button", class: "jx-quiz-cell", "aria-pressed": "false" }, h("span", {}, "")),
  );
  const pressed = (): number[] =>
    cells.flatMap((c, i) => (c.getAttribute("aria-pressed") === "true" ? [i] : []));
  for (const [i, cell] of cells.entries()) {
    const name = t(`region.${i}` as Key);
    setAttribute(cell, "aria-label", name);
    cell.title = name;
    on(cell, "click", () => {
      const now = cell.getAttribute("aria-pressed") !== "true" && pressed().length < pick;
      setAttribute(cell, "aria-pressed", now ? "true" : "false");
      setText(cell.firstElementChild!, now ? "✓" : "");
      changed();
    });
  }
  const grid = h("div", { class: "jx-quiz-grid" }, ...cells);
  return {
    element: h("div", { class: "jx-quiz-picture" }, canvas, grid),
    picks: () => (pressed().length === pick ? pressed() : null),
  };
}
