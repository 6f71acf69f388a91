// Moves through the steps of an algorithm: a native slider, buttons, play and pause. Nothing ever plays by itself.

import { h, on, setAttribute, setText, svg } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import { prefersStill } from "../theme.js";

const ICONS = {
  back: "M1.5 1h2v10h-2zM11 1v10L4.5 6z",
  play: "M2.5 1v10L11 6z",
  pause: "M2 1h3v10H2zM7 1h3v10H7z",
  next: "M8.5 1h2v10h-2zM1 1v10l6.5-5z",
};
const TICK = 350;
/** For those who want little motion: each picture stands for a while. */
const SLOW_TICK = 1000;

export interface Scrubber {
  /** The slider's row, and the row with the buttons and what they say. */
  slider: HTMLElement;
  buttons: HTMLElement;
  at(): number;
  /** Takes the number of steps; stays where it is, in the end if it was there. */
  count(steps: number): void;
  go(to: number): void;
  /** What the slider says of the step that is shown. */
  say(words: string): void;
}

/** `moved` is called with the step, from 0 to the number of steps, whenever another one is to be shown. */
export function scrubber(t: Translate, uid: string, moved: (at: number, aloud: boolean) => void): Scrubber {
  const input = h("input", { type: "range", id: `${uid}-step`, min: 0, step: 1, max: 1, value: 1 });
  const slider = h(
    "div",
    { class: "jx-scrub" },
    h("label", { class: "jx-sr", for: input.id }, t("steps.slider")),
    input,
  );
  const back = button(ICONS.back, () => go(at - 1, true));
  const next = button(ICONS.next, () => go(at + 1, true));
  const shape = svg("path", {});
  const words = h("span", {});
  const play = button(null, () => (timer === null ? begin() : stop()));
  play.append(svg("svg", { viewBox: "0 0 12 12", class: "jx-icon", "aria-hidden": "true" }, shape), words);
  play.classList.add("jx-play");
  const where = h("span", { class: "jx-num jx-soft" });
  const buttons = h("div", { class: "jx-scrub-buttons" }, back, play, next, where);
  setAttribute(back, "aria-label", t("steps.back"));
  setAttribute(next, "aria-label", t("steps.next"));
  let at = 1;
  let steps = 1;
  let timer: ReturnType<typeof setInterval> | null = null;
  label();

  function go(to: number, aloud = false): void {
    at = Math.max(0, Math.min(steps, to));
    input.value = String(at);
    back.disabled = at === 0;
    next.disabled = at === steps;
    setText(where, t("steps.where", { at, n: steps }));
    moved(at, aloud && timer === null);
  }

  function begin(): void {
    if (at >= steps) go(0);
    timer = setInterval(tick, prefersStill() ? SLOW_TICK : TICK);
    label();
  }

  function tick(): void {
    if (input.isConnected && at < steps) go(at + 1);
    if (!input.isConnected || at >= steps) stop();
  }

  function stop(): void {
    if (timer !== null) clearInterval(timer);
    timer = null;
    label();
  }

  function label(): void {
    setAttribute(shape, "d", timer === null ? ICONS.play : ICONS.pause);
    setText(words, t(timer === null ? "steps.play" : "steps.pause"));
  }

  on(input, "input", () => {
    stop();
    go(Number(input.value));
  });
  // The arrow keys belong to the buttons too.
  on(buttons, "keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    stop();
    go(at + step, true);
  });
  return {
    slider,
    buttons,
    at: () => at,
    count(wanted) {
      if (wanted === steps) return;
      at = at === steps ? wanted : Math.round((at / steps) * wanted);
      steps = wanted;
      input.max = String(steps);
      go(at);
    },
    go(to) {
      stop();
      go(to);
    },
    say: (said) => setAttribute(input, "aria-valuetext", said),
  };
}

function button(icon: string | null, click: () => void): HTMLButtonElement {
  const made = h("button", { type: "button", class: "jx-button" });
  if (icon !== null) {
    made.append(
      svg("svg", { viewBox: "0 0 12 12", class: "jx-icon", "aria-hidden": "true" }, svg("path", { d: icon })),
    );
  }
  on(made, "click", click);
  return made;
}
