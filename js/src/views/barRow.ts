import { h, setAttribute, setText } from "../dom.js";
import { type BarScale, share, span, Z95 } from "./barScale.js";

export interface RowTexts {
  name: string;
  fullName: string;
  shown: string;
  value: string;
  pm: string;
  /** What a screen reader says instead, if anything. */
  label: string | null;
}

export interface BarValue {
  value: number;
  stderr: number | null;
  pinned: number | null;
  /** Ends of the whiskers, where they are not symmetric. */
  ends?: readonly [number, number];
  /** Where the bar begins, if not at zero. */
  from?: number;
}

/** One row: name, value of the feature, bar with whiskers, number. Only styles change while it refines. */
export class BarRow {
  readonly element: HTMLElement;
  readonly #name = h("span", { class: "jx-name" });
  readonly #shown = h("span", { class: "jx-shown" });
  readonly #bar = h("i", { class: "jx-fill" });
  readonly #pinned = h("i", { class: "jx-outline", hidden: true });
  readonly #whisker = h("u", { class: "jx-whisker", hidden: true });
  readonly #zero = h("i", { class: "jx-zero" });
  readonly #value = h("span", { class: "jx-number" });
  readonly #pm = h("span", { class: "jx-pm" });

  constructor(className: string, role: string | null) {
    const track = h("span", { class: "jx-track" }, this.#zero, this.#bar, this.#pinned, this.#whisker);
    this.element = h(
      "div",
      { class: className, role },
      this.#name,
      this.#shown,
      track,
      this.#value,
      this.#pm,
    );
  }

  texts({ name, fullName, shown, value, pm, label }: RowTexts): void {
    setText(this.#name, name);
    setAttribute(this.#name, "title", fullName === name ? null : fullName);
    setText(this.#shown, shown);
    setText(this.#value, value);
    setText(this.#pm, pm);
    setAttribute(this.element, "aria-label", label);
  }

  bar({ value, stderr, pinned, ends, from = 0 }: BarValue, scale: BarScale): void {
    const finite = Number.isFinite(value) ? value : 0;
    const tip = from + finite;
    this.#zero.style.left = `${share(scale, from)}%`;
    place(this.#bar, span(scale, from, tip));
    this.#bar.classList.toggle("jx-neg", finite < 0);
    setAttribute(this.element, "data-value", value);
    this.element.classList.toggle("jx-over", tip < scale.low || tip > scale.high);
    const reach = Z95 * (stderr ?? 0);
    const [low, high] = ends ?? [tip - reach, tip + reach];
    this.#whisker.hidden = !(high > low);
    if (high > low) place(this.#whisker, span(scale, low, high));
    this.#pinned.hidden = pinned === null;
    if (pinned !== null) {
      place(this.#pinned, span(scale, from, from + pinned));
      this.#pinned.classList.toggle("jx-neg", pinned < 0);
    }
  }
}

function place(element: HTMLElement, { left, width }: { left: number; width: number }): void {
  element.style.left = `${left.toFixed(3)}%`;
  element.style.width = `${width.toFixed(3)}%`;
}
