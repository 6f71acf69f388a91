// How far to trust it, in one line that is always there.

import { copyText } from "../clipboard.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { count, percent, plain, seconds } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Answer, Panel } from "../protocol.js";

export interface Footer {
  element: HTMLElement;
  update(answer: Answer | null, panel: Panel, running: boolean): void;
}

export function footer(t: Translate): Footer {
  const error = h("span", { class: "jx-error-estimate" });
  const gap = h("span", { class: "jx-gap" });
  const evals = h("span", { class: "jx-evals" });
  const time = h("span", { class: "jx-time" });
  const seed = h("span", {});
  const code = h("input", { class: "jx-code", type: "text", readonly: true, hidden: true });
  code.setAttribute("aria-label", t("foot.code"));
  const copy = h("button", { type: "button", class: "jx-link" }, t("action.copyCode"));
  const right = h("span", { class: "jx-foot-right" }, seed, copy, code);
  const element = h("div", { class: "jx-foot jx-num" }, error, gap, evals, time, right);
  let text = "";
  on(copy, "click", () => {
    void copyText(text, element).then((copied) => {
      if (copied) {
        setText(copy, t("action.copied"));
        setTimeout(() => setText(copy, t("action.copyCode")), 1500);
      } else {
        show(code, true);
        code.select();
      }
    });
  });
  return {
    element,
    update(answer, panel, running) {
      for (const part of [error, gap, evals, time]) show(part, answer !== null);
      text = panel.code;
      code.value = text;
      show(copy, text !== "");
      if (answer === null) return;
      show(gap, answer.type === "attribution");
      const strong = (value: string): HTMLElement => h("b", {}, value);
      error.replaceChildren(t.rich("foot.error", { value: strong(errorText(answer, t)) }));
      setAttribute(error, "title", t(`foot.errorHelp.${answer.errorKind}`));
      gap.replaceChildren(gapContent(answer, t, strong));
      setAttribute(gap, "title", t(answer.gap === null ? "foot.noGapHelp" : "foot.gapHelp"));
      evals.replaceChildren(evalsContent(answer, panel, t, strong));
      setText(time, timeText(answer, running, t));
      show(time, time.textContent !== "");
      setText(seed, t("foot.seed", { seed: answer.seed }));
    },
  };
}

export function errorText(answer: Answer, t: Translate): string {
  const { error, errorKind } = answer;
  if (errorKind === "exact") return t("foot.exact");
  if (error === null) return t("foot.unknown");
  const value = plain(error);
  switch (errorKind) {
    case "stderr":
      return t("foot.stderr", { value });
    case "bound":
      return t("foot.bound", { value });
    case "gap":
      return t("foot.gapKind", { value });
    case "unknown":
      return t("foot.unknownValue", { value });
  }
}

const ROUNDING = 1e-9;
type Strong = (value: string) => HTMLElement;

function gapContent(answer: Answer, t: Translate, strong: Strong): DocumentFragment | string {
  const { gap, base, output } = answer;
  if (gap === null) return t("foot.noGap");
  const total = base === null || output === null ? 0 : Math.abs(output - base);
  // What rounding leaves is no gap.
  const size = Math.abs(gap) < ROUNDING * Math.max(total, Math.abs(output ?? 0)) ? 0 : Math.abs(gap);
  if (total === 0) return t.rich("foot.gap", { value: strong(plain(size)) });
  return t.rich("foot.gapOf", {
    value: strong(plain(size)),
    share: percent(size / total),
    total: plain(total),
  });
}

function evalsContent(answer: Answer, panel: Panel, t: Translate, strong: Strong): DocumentFragment {
  const unit = unitOf(panel);
  const n = strong(count(answer.evals));
  if (answer.samples === null) return t.rich(evalsKey(answer, panel), { n });
  return t.rich(`foot.of.${unit}`, { n, samples: count(answer.samples) });
}

export function evalsText(answer: Answer, panel: Panel, t: Translate): string {
  return t(evalsKey(answer, panel), { n: count(answer.evals) });
}

function evalsKey(answer: Answer, panel: Panel): Key {
  const key = `foot.${unitOf(panel)}` as const;
  return answer.evals === 1 ? `${key}.one` : key;
}

export function unitOf(panel: Panel): "gradients" | "evaluations" {
  return panel.samples?.unit === "gradients" ? "gradients" : "evaluations";
}

function timeText(answer: Answer, running: boolean, t: Translate): string {
  if (running) {
    if (answer.eta === null) return "";
    return answer.eta < 120
      ? t("foot.eta", { seconds: seconds(answer.eta) })
      : t("foot.etaMinutes", { minutes: seconds(answer.eta) });
  }
  if (answer.partial) return t("foot.partial");
  if (answer.seconds === null) return "";
  return answer.seconds < 120
    ? t("foot.took", { seconds: seconds(answer.seconds) })
    : t("foot.tookMinutes", { minutes: seconds(answer.seconds) });
}
