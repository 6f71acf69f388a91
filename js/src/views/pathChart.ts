// Output and running sum of the attributions along the way; the slider below it has the same axis.

import { h, on, setAttribute, svg } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Numbers } from "../protocol.js";
import { ticks } from "./curvesData.js";
import { key, label, resizing } from "./plane.js";
import { along, type PathSteps } from "./stepsData.js";

export const LEFT = 52;
export const RIGHT = 14;
const TOP = 14;
const BOTTOM = 20;
const HIGH = 168;

export interface PathChart {
  legend: HTMLElement;
  stage: HTMLElement;
  update(steps: PathSteps, at: number): void;
}

/** `chosen` is called with a place of the way that was pointed at. */
export function pathChart(t: Translate, chosen: (place: number) => void): PathChart {
  const [back, cursor] = [svg("g", {}), svg("g", { class: "jx-chart-cursor" })];
  const drawing = svg("svg", { class: "jx-chart", "aria-hidden": "true" }, back, cursor);
  const stage = h("div", { class: "jx-stage jx-curve-stage jx-path-chart", role: "img" });
  stage.style.height = `${HIGH}px`;
  stage.append(drawing);
  const [output, sum] = [key("path-f"), key("path-sum")];
  output.say(t("steps.change"));
  sum.say(t("steps.sum"));
  const legend = h("div", { class: "jx-step-legend jx-num" }, output.element, sum.element);
  let drawn: PathSteps | null = null;
  let shown: [PathSteps, number] | null = null;
  let wide = 0;
  let x = (v: number): number => v;
  let y = (v: number): number => v;
  const room = resizing(stage, () => {
    drawn = null;
    if (shown !== null) update(...shown);
  });

  function update(steps: PathSteps, at: number): void {
    shown = [steps, at];
    if (steps !== drawn) drawBack(steps);
    drawn = steps;
    const place = steps.ends[at]!;
    const base = steps.f[0]!;
    const [f, total] = [along(steps.t, steps.f, place) - base, along(steps.t, steps.sum, place)];
    const from = x(steps.ends[Math.max(0, at - 1)]!);
    cursor.replaceChildren(
      svg("rect", {
        class: "jx-path-step",
        ...{ x: from, y: TOP, width: x(place) - from, height: HIGH - TOP - BOTTOM },
      }),
      svg("line", { x1: x(place), x2: x(place), y1: TOP, y2: HIGH - BOTTOM }),
      svg("circle", { cx: x(place), cy: y(f), r: 4 }),
      svg("circle", { class: "jx-path-dot", cx: x(place), cy: y(total), r: 3.5 }),
    );
  }

  function drawBack(steps: PathSteps): void {
    wide = room();
    setAttribute(drawing, "viewBox", `0 0 ${wide} ${HIGH}`);
    const base = steps.f[0]!;
    const change = steps.f.map((v) => v - base) as Numbers;
    const all = [0, ...change, ...steps.sum];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const air = (high - low) * 0.06 || 0.5;
    x = (v) => LEFT + v * (wide - LEFT - RIGHT);
    y = (v) => HIGH - BOTTOM - ((v - low + air) / (high - low + 2 * air)) * (HIGH - TOP - BOTTOM);
    const path = (values: Numbers): string =>
      Array.from(values, (v, i) => `${i ? "L" : "M"}${x(steps.t[i]!).toFixed(1)} ${y(v).toFixed(1)}`).join(
        "",
      );
    const marks: SVGElement[] = ticks(low, high, 4).flatMap((v) => [
      svg("line", { class: "jx-chart-grid", x1: LEFT, x2: wide - RIGHT, y1: y(v), y2: y(v) }),
      label(plain(v), { x: LEFT - 6, y: y(v) + 3.5, "text-anchor": "end" }),
    ]);
    if (steps.saturation !== null) marks.push(...mark(steps.saturation));
    back.replaceChildren(
      ...marks,
      svg("path", { class: "jx-path-f", d: path(change) }),
      svg("path", { class: "jx-path-sum", d: path(steps.sum) }),
      label(t("steps.from"), { x: LEFT, y: HIGH - 5 }),
      label(t("steps.to"), { x: wide - RIGHT, y: HIGH - 5, "text-anchor": "end" }),
    );
    const ends = {
      change: plain(change.at(-1)!),
      sum: plain(steps.sum.at(-1)!),
      n: steps.count,
    };
    const more = steps.saturation === null ? "" : t("steps.labelSat", { t: plain(steps.saturation) });
    setAttribute(stage, "aria-label", t("steps.label", ends) + more);
  }

  /** Where the output has done 90 % of its change; the words stand where there is room. */
  function mark(place: number): SVGElement[] {
    const at = x(place);
    const words = t("steps.saturation", { t: place.toFixed(2) });
    const left = at > wide / 2;
    return [
      svg("line", { class: "jx-path-mark", x1: at, x2: at, y1: TOP - 4, y2: HIGH - BOTTOM }),
      label(words, { x: at + (left ? -5 : 5), y: 10, "text-anchor": left ? "end" : "start" }),
    ];
  }

  const point = (event: PointerEvent): void => {
    const box = stage.getBoundingClientRect();
    chosen((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT));
  };
  on(stage, "pointerdown", (event) => {
    stage.setPointerCapture?.(event.pointerId);
    point(event);
  });
  on(stage, "pointermove", (event) => {
    if (event.buttons > 0) point(event);
  });
  return { legend, stage, update };
}
