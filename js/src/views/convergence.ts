// Error (and gap, where there is one) against evaluations, both axes logarithmic: a straight line falling with
// slope one half is what sampling promises; a flat line says that more samples will not help.

import { h, setAttribute, setText, show, svg } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Panel } from "../protocol.js";
import type { Point } from "../store.js";
import { unitOf } from "./footer.js";

const WIDTH = 220;
const HEIGHT = 104;
const LEFT = 6;
const RIGHT = 40;
const TOP = 8;
const BOTTOM = 16;
const GOOD = 0.01;
const APART = 11; // pixels between two lines of text
/** Below a millionth of the picture nothing can be seen. */
const UNSEEN = 1e-6;

export interface Curve {
  element: HTMLElement;
  update(history: readonly Point[], answer: Answer | null, panel: Panel): void;
}

export function convergence(t: Translate): Curve {
  const good = svg("rect", { class: "jx-curve-good", x: 0.5 });
  const goodText = svg("text", { class: "jx-curve-text", x: LEFT });
  goodText.textContent = t("curve.good");
  const error = line(t("curve.error"), "jx-curve-error");
  const gap = line(t("curve.gap"), "jx-curve-gap");
  const first = svg("text", { class: "jx-curve-text", x: LEFT, y: HEIGHT - 4 });
  const last = svg("text", { class: "jx-curve-text", y: HEIGHT - 4, "text-anchor": "end" });
  const frame = svg("rect", {
    class: "jx-curve-frame",
    x: 0.5,
    y: 0.5,
    width: WIDTH - 1,
    height: HEIGHT - BOTTOM,
  });
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "jx-curve-svg", role: "img" });
  drawing.append(good, frame, goodText, gap.group, error.group, first, last);
  const caption = h("figcaption", {});
  const element = h("figure", { class: "jx-figure jx-convergence", hidden: true }, drawing, caption);

  return {
    element,
    update(history, answer, panel) {
      const hasError = history.some((point) => (point.error ?? 0) > 0);
      const hasGap =
        answer?.gap !== null && history.some((point) => Math.abs(point.gap ?? 0) > largest(answer) * UNSEEN);
      // Its place is kept through short runs and between runs: a curve that comes and goes moves the page.
      const grows = answer !== null && answer.errorKind !== "exact" && (hasError || hasGap);
      const visible = grows && (history.length > 1 || !answer.final || !element.hidden);
      show(element, visible);
      if (!visible) return;
      const axes = makeAxes(history, largest(answer));
      error.update(hasError ? path(history, (point) => point.error, axes) : []);
      gap.update(
        hasGap ? path(history, (point) => (point.gap === null ? null : Math.abs(point.gap)), axes) : [],
      );
      placeNames(error, gap);
      drawGood(axes, largest(answer) * GOOD);
      const from = history[0]!.evals;
      const to = history.at(-1)!.evals;
      setText(first, plain(from));
      setText(last, to === from ? "" : plain(to));
      last.setAttribute("x", String(axes.x(to)));
      const unit = unitOf(panel);
      const words = t(hasGap && hasError ? `curve.both.${unit}` : `curve.caption.${unit}`);
      setText(caption, words);
      setAttribute(drawing, "aria-label", `${words}: ${plain(history.at(-1)!.error)}`);
    },
  };

  function drawGood(axes: Axes, threshold: number): void {
    const y = axes.y(threshold);
    const visible = threshold > 0 && y > TOP && y < HEIGHT - BOTTOM - 12;
    good.setAttribute("visibility", visible ? "visible" : "hidden");
    goodText.setAttribute("visibility", visible ? "visible" : "hidden");
    if (!visible) return;
    good.setAttribute("y", String(y));
    good.setAttribute("width", String(WIDTH - 1));
    good.setAttribute("height", String(HEIGHT - BOTTOM + 0.5 - y));
    goodText.setAttribute("y", String(HEIGHT - BOTTOM - 4));
  }
}

interface Axes {
  x(evals: number): number;
  y(error: number): number;
}

function makeAxes(history: readonly Point[], scale: number): Axes {
  const evals = history.map((point) => Math.max(1, point.evals));
  const sizes = history.flatMap((point) =>
    [point.error, point.gap].map((v) => Math.abs(v ?? 0)).filter((v) => v > 0),
  );
  // An error of zero sits at the bottom, not at minus infinity.
  const floor = scale > 0 ? scale * UNSEEN : 1e-12;
  const high = Math.max(...sizes, floor * 10);
  const low = Math.max(floor, Math.min(...sizes, high / 10));
  const x = logAxis(Math.min(...evals), Math.max(...evals), LEFT, WIDTH - RIGHT);
  const y = logAxis(low, high, HEIGHT - BOTTOM - 8, TOP + 2);
  return { x: (v) => x(Math.max(1, v)), y: (v) => y(Math.max(low, v)) };
}

function logAxis(low: number, high: number, from: number, to: number): (value: number) => number {
  const width = Math.log(high / low) || 1;
  return (value) => from + (Math.log(value / low) / width) * (to - from);
}

type XY = [number, number];

function path(history: readonly Point[], of: (point: Point) => number | null, axes: Axes): XY[] {
  return history.flatMap((point) => {
    const value = of(point);
    return value === null ? [] : [[axes.x(point.evals), axes.y(value)] as XY];
  });
}

interface Line {
  group: SVGGElement;
  update(points: XY[]): void;
  /** Where its name would stand, or null where there is no line. */
  end(): number | null;
  place(y: number): void;
}

/** Names at the lines' ends, the higher line's above; none on another. */
function placeNames(a: Line, b: Line): void {
  const low = TOP + 6;
  const high = HEIGHT - BOTTOM - 3;
  const [one, other] = [a.end(), b.end()];
  if (one !== null && other !== null && Math.abs(one - other) < APART) {
    const middle = Math.min(high - APART / 2, Math.max(low + APART / 2, (one + other) / 2));
    const [upper, lower] = one <= other ? [a, b] : [b, a];
    upper.place(middle - APART / 2);
    lower.place(middle + APART / 2);
    return;
  }
  for (const each of [a, b]) each.place(Math.max(low, each.end() ?? 0));
}

/** A line with its name at the end and a dot on the newest point. */
function line(name: string, className: string): Line {
  const stroke = svg("polyline", { class: className, fill: "none" });
  const dot = svg("circle", { class: className, r: 2.2 });
  const label = svg("text", { class: "jx-curve-text" });
  label.textContent = name;
  const group = svg("g", {}, stroke, dot, label);
  let end: XY | undefined;
  return {
    group,
    end: () => (end === undefined ? null : end[1] + 3),
    place: (y) => label.setAttribute("y", y.toFixed(1)),
    update(points) {
      end = points.at(-1);
      group.setAttribute("visibility", end === undefined ? "hidden" : "visible");
      if (end === undefined) return;
      stroke.setAttribute("points", points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
      dot.setAttribute("cx", end[0].toFixed(1));
      dot.setAttribute("cy", end[1].toFixed(1));
      label.setAttribute("x", (end[0] + 5).toFixed(1));
    },
  };
}

function largest(answer: Answer | null): number {
  let most = 0;
  for (const value of answer?.arrays.get("values") ?? []) {
    if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  }
  return most;
}
