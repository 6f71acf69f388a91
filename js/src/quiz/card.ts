// Guess first, then see: the card that stands where the picture will be.

import { h, on, setText, show } from "../dom.js";
import type { Key, Translate } from "../i18n/index.js";
import { hidden, type Quiz } from "../lesson.js";
import type { State } from "../store.js";
import { FORMS, type Form } from "./forms.js";
import { resultList, scoreText } from "./result.js";

export interface Card {
  element: HTMLElement;
  update(state: State): void;
}

export function quizCard(t: Translate, uid: string, guess: (picks: number[]) => void): Card {
  const title = h("div", { class: "jx-quiz-title", role: "heading", "aria-level": 4, tabindex: -1 });
  const words = h("p", { class: "jx-soft" });
  const body = h("div", { class: "jx-quiz-body" });
  const reveal = h("button", { type: "button", class: "jx-button jx-primary" }, t("quiz.reveal"));
  const close = h("button", { type: "button", class: "jx-button" }, t("quiz.close"));
  const element = h(
    "section",
    { class: "jx-quiz", "aria-label": t("quiz.label") },
    title,
    words,
    body,
    reveal,
    close,
  );
  let form: Form | null = null;
  let key = "";
  let running = false;
  let asked: Quiz | null = null;

  on(reveal, "click", () => {
    const picks = form?.picks() ?? null;
    if (picks !== null) guess(picks);
  });
  on(close, "click", () => show(element, false));
  const ready = (): void => {
    reveal.disabled = running || (form?.picks() ?? null) === null;
  };

  function build(quiz: Quiz, state: State): void {
    const focused = element.contains(document.activeElement);
    asked = quiz;
    show(element, true);
    form =
      quiz.state === "open" ? FORMS[quiz.kind]({ t, uid, picture: state.input, changed: ready }, quiz) : null;
    setText(title, quiz.state === "revealed" ? scoreText(quiz, t) : question(quiz, t));
    setText(words, explain(quiz, t));
    show(words, words.textContent !== "");
    body.replaceChildren(...(form ? [form.element] : quiz.state === "revealed" ? [resultList(quiz, t)] : []));
    show(reveal, form !== null);
    show(close, quiz.state === "revealed");
    if (focused && quiz.state === "revealed") title.focus();
  }

  show(element, false);
  return {
    element,
    update(state) {
      const { quiz } = state;
      running = state.status === "running" || state.status === "stale";
      const now = quiz === null ? "" : JSON.stringify([quiz, quiz.kind === "region" && state.input !== null]);
      if (now !== key) {
        key = now;
        if (quiz === null) show(element, false);
        else build(quiz, state);
      }
      if (hidden(asked)) ready();
    },
  };
}

/** The author's question, or ours. */
function question(quiz: Quiz, t: Translate): string {
  if (quiz.question !== "") return quiz.question;
  if (quiz.state === "waiting") return t("quiz.soon");
  const one = quiz.pick === 1 && quiz.kind !== "rank" ? ".one" : "";
  return t(`quiz.ask.${quiz.kind}${one}` as Key, { n: quiz.pick });
}

function explain(quiz: Quiz, t: Translate): string {
  if (quiz.reason !== "") return t.say(quiz.reason);
  if (quiz.state !== "revealed") return t("quiz.hidden");
  return quiz.settled ? "" : t("quiz.unsettled");
}
