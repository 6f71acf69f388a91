// A local fit under the microscope: neighbours as dots, larger and darker the more they weigh, and the fitted line.

import { select, setOptions } from "../controls/field.js";
import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, middle, plain, signedFor } from "../format.js";
import type { Answer } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { ticks } from "./curvesData.js";
import { type Fit, type FitFeature, fitOf, heights, places } from "./neighbourhoodData.js";
import { key, label, plane, resizing } from "./plane.js";

const LEFT = 52;
const RIGHT = 12;
const TOP = 22;
const BOTTOM = 40;
const TABLE_ROWS = 100;
const LONE = 2; // neighbours that weigh less than so many are one

export function neighbourhood({ t, preferences, uid, redraw }: ViewHost): View {
  const picture = plane("jx-scatter");
  const { stage, readout } = picture;
  const along = h("select", { id: `${uid}-along` });
  const alone = h("input", { id: `${uid}-alone`, type: "checkbox" });
  const aloneTool = h("div", { class: "jx-tool" }, alone, h("label", { for: alone.id }, t("near.alone")));
  const tools = h(
    "div",
    { class: "jx-tools" },
    h("div", { class: "jx-tool" }, h("label", { for: along.id }, t("near.along")), along),
    aloneTool,
  );
  const [own, line] = [key("ring"), key("near")];
  const legend = h("div", { class: "jx-legend jx-bar-legend jx-num" }, own.element, line.element);
  const good = h("p", { class: "jx-soft jx-num" });
  const body = h("tbody", {});
  const head = h("tr", {});
  const grid = h("table", { class: "jx-table jx-num" }, h("thead", {}, head), body);
  const table = h("div", { class: "jx-table-scroll", tabindex: 0, role: "region" }, grid);
  setAttribute(table, "aria-label", t("near.title"));
  const inside = h("div", {}, good, tools, legend, picture.figure, table);
  const element = h("details", { class: "jx-notes jx-near" }, h("summary", {}, t("near.title")), inside);
  const cursor = svg("circle", { class: "jx-near-cursor", r: 7, visibility: "hidden" });
  const room = resizing(stage, () => draw());
  let last: Answer | null = null;
  let wish: string | null = null;
  let at: number | null = null;
  /** Where each dot is, in pixels, and the dots from left to right. */
  let dots: [number, number][] = [];
  let order: number[] = [];

  function update({ answer }: Scene): void {
    last = answer;
    draw();
  }

  const chosen = (fit: Fit): FitFeature | null =>
    fit.features.find(({ name }) => `=${name}` === wish) ?? null;

  function draw(): void {
    const fit = element.open ? fitOf(last) : null;
    if (fit === null || last === null) return;
    wish ??= fit.kind === "present" || fit.features.length === 0 ? "fitted" : `=${fit.features[0]!.name}`;
    if (wish.startsWith("=") && chosen(fit) === null) wish = "fitted";
    setOptions(along, [
      ...["fitted", "distance"].map((value) => ({ value, label: t(`near.${value as "fitted"}`) })),
      ...fit.features.map(({ name }) => ({ value: `=${name}`, label: middle(name, 40) })),
    ]);
    select(along, wish);
    const feature = chosen(fit);
    show(aloneTool, feature !== null);
    sayFit(fit);
    drawDots(fit, feature);
    writeTable(fit, feature);
    point(at === null ? null : Math.min(at, order.length - 1));
  }

  function sayFit(fit: Fit): void {
    const r2 =
      fit.explained !== null
        ? t("near.r2", { r2: plain(fit.explained) })
        : t(fit.mass < LONE ? "near.narrow" : "near.flat");
    const facts = {
      intercept: plain(fit.intercept),
      width: plain(fit.width),
      n: count(fit.count),
      shown: count(fit.outputs.length),
      mass: count(fit.mass),
    };
    setText(good, `${r2} ${t("near.facts", facts)}`);
  }

  function drawDots(fit: Fit, feature: FitFeature | null): void {
    const width = room();
    const high = Math.round(Math.max(210, Math.min(340, 0.5 * width)));
    const xs = places(fit, feature, wish ?? "");
    const ys = heights(fit, feature, alone.checked);
    const here = feature === null ? (wish === "fitted" ? fit.fittedHere : 0) : hereOf(feature);
    const binary = feature !== null && feature.scale === null;
    const seen = binary ? [-0.45, 1.45] : [...xs, here];
    const same = wish === "fitted" ? [...xs, ...ys, fit.output] : null;
    const ends = feature === null ? [] : lineOf(fit, feature, seen);
    const [x0, x1] = span(same ?? seen, binary ? 0 : 0.03);
    const [y0, y1] = span(same ?? [...ys, fit.output, ...ends.map(([, y]) => y)], 0.04);
    const toX = (v: number): number => LEFT + ((v - x0) / (x1 - x0)) * (width - LEFT - RIGHT);
    const toY = (v: number): number => high - BOTTOM - ((v - y0) / (y1 - y0)) * (high - TOP - BOTTOM);
    const beside = (i: number): number => (binary ? 0.3 * (((i * 0.618034) % 1) - 0.5) : 0);
    dots = Array.from(xs, (x, i) => [toX(x + beside(i)), toY(ys[i]!)]);
    order = dots.map((_, i) => i).sort((a, b) => dots[a]![0] - dots[b]![0]);
    const path = (points: [number, number][]): string =>
      points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${toX(x).toFixed(1)} ${toY(y).toFixed(1)}`).join("");
    const marks = [
      ...axes(fit, feature, { x0, x1, y0, y1, toX, toY, width, high }),
      ...(wish === "distance" ? [kernel(fit, x1, toX, high)] : []),
      ...(wish === "fitted"
        ? [
            svg("path", {
              class: "jx-near-same",
              d: path([
                [x0, x0],
                [x1, x1],
              ]),
            }),
          ]
        : []),
      ...(feature === null
        ? []
        : [svg("path", { class: `jx-near-line ${feature.slope < 0 ? "jx-neg" : "jx-pos"}`, d: path(ends) })]),
      svg("circle", { class: "jx-ring", r: 5.5, cx: toX(here), cy: toY(fit.output) }),
      cursor,
    ];
    picture.draw(width, high, marks);
    paint(fit, width);
    own.say(t("near.own"));
    line.say(lineWords(feature));
    const sign = feature === null ? "near" : feature.slope < 0 ? "neg" : "pos";
    line.element.firstElementChild!.className = `jx-swatch jx-swatch-line jx-swatch-${sign}`;
    const words = feature === null ? t(`near.${wish as "fitted"}`) : feature.name;
    setAttribute(stage, "aria-label", t("near.label", { n: count(xs.length), name: words }));
  }

  function lineWords(feature: FitFeature | null): string {
    if (feature === null) return wish === "fitted" ? t("near.same") : t("near.kernel");
    const slope = signedFor(Math.abs(feature.slope))(feature.slope);
    return t(feature.scale === null ? "near.step" : "near.slope", { slope });
  }

  /** The light ones first, so that what weighs is on top. */
  function paint(fit: Fit, width: number): void {
    const canvas = stage.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const scale = canvas.width / width;
    context.fillStyle = getComputedStyle(stage).color;
    const light = dots.map((_, i) => i).sort((a, b) => fit.weights[a]! - fit.weights[b]!);
    for (const i of light) {
      const weight = Math.min(1, fit.weights[i]!);
      context.globalAlpha = 0.1 + 0.6 * weight;
      context.beginPath();
      context.arc(dots[i]![0] * scale, dots[i]![1] * scale, (1.4 + 2.2 * Math.sqrt(weight)) * scale, 0, 7);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  const twoWords = (fit: Fit): string[] =>
    fit.kind === "present" ? [t("near.hidden"), t("near.shown")] : [t("near.other"), t("near.here")];
  const valueWords = (fit: Fit, { scale }: FitFeature, v: number): string =>
    scale === null ? twoWords(fit)[v]! : plain(v);

  function axes(fit: Fit, feature: FitFeature | null, box: Box): SVGElement[] {
    const { x0, x1, y0, y1, toX, toY, width, high } = box;
    const rows = ticks(y0, y1, 5).flatMap((v) => [
      svg("line", { class: "jx-chart-grid", x1: LEFT, x2: width - RIGHT, y1: toY(v), y2: toY(v) }),
      label(plain(v), { x: LEFT - 6, y: toY(v) + 3.5, "text-anchor": "end" }),
    ]);
    const binary = feature !== null && feature.scale === null;
    const columns: [number, string][] = binary
      ? twoWords(fit).map((words, v) => [v, words])
      : ticks(x0, x1, Math.max(2, Math.floor(width / 90))).map((v) => [v, plain(v)]);
    const name = feature === null ? t(`near.${wish as "fitted"}`) : feature.name;
    const up = feature !== null && alone.checked ? t("near.outputAlone") : t("near.output");
    return [
      ...rows,
      ...columns.map(([v, words]) =>
        label(words, { x: toX(v), y: high - BOTTOM + 15, "text-anchor": "middle" }),
      ),
      label(`${middle(name, width / 8)} →`, {
        x: width - RIGHT,
        y: high - 6,
        "text-anchor": "end",
        "data-name": "",
      }),
      label(`↑ ${up}`, { x: 4, y: 12, "data-name": "" }),
    ];
  }

  /** How the weight falls with distance; its top is the weight 1. */
  function kernel(fit: Fit, far: number, toX: (v: number) => number, high: number): SVGElement {
    const steps = Array.from({ length: 61 }, (_, k) => (k / 60) * far);
    const y = (d: number): number =>
      high - BOTTOM - Math.exp((-d * d) / (2 * fit.width ** 2)) * (high - TOP - BOTTOM);
    const d = steps.map((v, k) => `${k === 0 ? "M" : "L"}${toX(v).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    return svg("path", { class: "jx-near-same", d });
  }

  /** The same dots as rows, the heaviest first, while the table is shown. */
  function writeTable(fit: Fit, feature: FitFeature | null): void {
    show(table, preferences.table);
    if (!preferences.table) return;
    const extra = feature === null ? [] : [feature.name];
    const titles = [...extra, t("near.output"), t("near.fitted"), t("near.weight"), t("near.distance")];
    head.replaceChildren(...titles.map((words) => h("th", { scope: "col", class: "jx-right" }, words)));
    const xs = feature === null ? null : places(fit, feature, "");
    const heavy = dots.map((_, i) => i).sort((a, b) => fit.weights[b]! - fit.weights[a]!);
    const rows = heavy.slice(0, TABLE_ROWS).map((i) => {
      const numbers = [fit.outputs[i]!, fit.fitted[i]!, fit.weights[i]!, fit.distances[i]!];
      const own = feature === null ? [] : [h("td", { class: "jx-right" }, valueWords(fit, feature, xs![i]!))];
      return h(
        "tr",
        {},
        ...own,
        ...numbers.map((v) => h("td", { class: "jx-right", "data-value": v }, plain(v))),
      );
    });
    body.replaceChildren(...rows);
  }

  /** Reads one dot, counted from the left. */
  function point(to: number | null): void {
    const fit = fitOf(last);
    at = to === null || order.length === 0 ? null : Math.max(0, Math.min(order.length - 1, to));
    setAttribute(cursor, "visibility", at === null ? "hidden" : "visible");
    if (fit === null || at === null) {
      setText(readout, t("near.hover"));
      return;
    }
    const i = order[at]!;
    setAttribute(cursor, "cx", dots[i]![0]);
    setAttribute(cursor, "cy", dots[i]![1]);
    const feature = chosen(fit);
    const value =
      feature === null
        ? ""
        : t("near.value", {
            name: feature.name,
            value: valueWords(fit, feature, places(fit, feature, "")[i]!),
          });
    const numbers = {
      output: plain(fit.outputs[i]!),
      fitted: plain(fit.fitted[i]!),
      weight: plain(fit.weights[i]!),
      distance: plain(fit.distances[i]!),
    };
    setText(readout, value + t("near.dot", numbers));
  }

  on(element, "toggle", () => redraw());
  on(along, "change", () => {
    [wish, at] = [along.value, null];
    draw();
  });
  on(alone, "change", () => draw());
  on(stage, "pointermove", (event) => {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const away = (i: number): number => Math.hypot(dots[i]![0] - x, dots[i]![1] - y);
    let best = 0;
    for (const [k, i] of order.entries()) if (away(i) < away(order[best]!)) best = k;
    readout.removeAttribute("aria-live");
    point(order.length > 0 && away(order[best]!) < 24 ? best : null);
  });
  for (const type of ["pointerleave", "blur"] as const) on(stage, type, () => point(null));
  on(stage, "keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    point(at === null ? (step < 0 ? 0 : step > 1 ? 1e9 : 0) : at + step);
  });
  return { element, curve: "aside", update };
}

interface Box {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  toX(v: number): number;
  toY(v: number): number;
  width: number;
  high: number;
}

const hereOf = ({ origin, scale, here }: FitFeature): number =>
  scale === null ? here : origin! + scale * here;

/** The fitted line through the input, over what is seen of a feature. */
function lineOf(fit: Fit, { here, origin, scale, slope }: FitFeature, seen: number[]): [number, number][] {
  const ends = scale === null ? [0, 1] : [Math.min(...seen), Math.max(...seen)];
  return ends.map((v) => {
    const step = scale === null ? v : scale === 0 ? 0 : (v - origin!) / scale;
    return [v, fit.fittedHere + slope * (step - here)];
  });
}

function span(values: number[], air: number): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const extra = (high - low) * air || (high === low ? Math.abs(low) * 0.1 || 0.5 : 0);
  return [low - extra, high + extra];
}
