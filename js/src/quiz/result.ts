// What was guessed beside what is so.

import { h } from "../dom.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Quiz } from "../lesson.js";

type Mark = "right" | "wrong" | "missed";
const SIGNS: Record<Mark, string> = { right: "✓", wrong: "✗", missed: "○" };

/** The share that is right, in words. */
export function scoreText(quiz: Quiz, t: Translate): string {
  const of = quiz.kind === "rank" ? (quiz.pick * (quiz.pick - 1)) / 2 : quiz.truth.length;
  return t(quiz.kind === "rank" ? "quiz.scorePairs" : "quiz.score", { n: Math.round(quiz.score * of), of });
}

export function resultList(quiz: Quiz, t: Translate): HTMLElement {
  return quiz.kind === "rank" ? orders(quiz, t) : marks(quiz, t);
}

function marks(quiz: Quiz, t: Translate): HTMLElement {
  const items = quiz.kind === "sign" ? signs(quiz, t) : picked(quiz, t);
  const lines = items.map(({ mark, label, words }) =>
    h(
      "li",
      { class: `jx-quiz-${mark}` },
      h("span", { "aria-hidden": "true" }, SIGNS[mark]),
      h("b", {}, label),
      " ",
      h("span", { class: "jx-soft" }, words),
    ),
  );
  return h("ul", { class: "jx-quiz-marks" }, ...lines);
}

interface Item {
  mark: Mark;
  label: string;
  words: string;
}

function picked(quiz: Quiz, t: Translate): Item[] {
  const label = (i: number): string => (quiz.kind === "region" ? t(`region.${i}` as Key) : quiz.labels[i]!);
  const place = (i: number): string => t("quiz.place", { n: quiz.truth.indexOf(i) + 1 });
  const right = quiz.given.filter((i) => quiz.truth.includes(i));
  const wrong = quiz.given.filter((i) => !quiz.truth.includes(i));
  const missed = quiz.truth.filter((i) => !quiz.given.includes(i));
  return [
    ...right.map((i) => ({ mark: "right" as const, label: label(i), words: place(i) })),
    ...wrong.map((i) => ({ mark: "wrong" as const, label: label(i), words: t("quiz.notStrong") })),
    ...missed.map((i) => ({
      mark: "missed" as const,
      label: label(i),
      words: t("quiz.missed", { place: place(i) }),
    })),
  ];
}

function signs(quiz: Quiz, t: Translate): Item[] {
  return quiz.labels.map((label, i) => ({
    mark: quiz.given[i] === quiz.truth[i] ? "right" : "wrong",
    label,
    words: t(quiz.truth[i] === 1 ? "quiz.isUp" : "quiz.isDown"),
  }));
}

/** Two orders side by side; what is at the same place in both stands out. */
function orders(quiz: Quiz, t: Translate): HTMLElement {
  const list = (title: Key, order: number[]): HTMLElement =>
    h(
      "div",
      {},
      h("div", { class: "jx-soft" }, t(title)),
      h("ol", {}, ...order.map((i, place) => h("li", { class: mark(i, place) }, quiz.labels[i]!))),
    );
  const mark = (i: number, place: number): string =>
    quiz.given[place] === i && quiz.truth[place] === i ? "jx-quiz-right" : "";
  return h("div", { class: "jx-quiz-orders" }, list("quiz.you", quiz.given), list("quiz.model", quiz.truth));
}
