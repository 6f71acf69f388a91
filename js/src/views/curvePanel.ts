// One small chart: average and band in SVG, single rows on a canvas below it, a strip that shows where the data is.

import { h, on, setAttribute, setText, svg } from "../dom.js";
import { count, LETTER, middle, names, percent, plain, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { borders, type CurvePanel, ticks } from "./curvesData.js";
import type { Verdict } from "./quality.js";

const LEFT = 44;
const RIGHT = 10;
const TOP = 6;
const BOTTOM = 26;
const STRIP = 6;

export interface Frame {
  width: number;
  height: number;
  low: number;
  high: number;
  draw: "average" | "individual" | "both";
  along: boolean;
  verdict: Verdict | null;
  /** Instead of the column's name. */
  heading: string | null;
  /** What the curves are about, for the words. */
  title: string;
  still: boolean;
}

type Axis = (value: number) => number;

export class PanelView {
  readonly element: HTMLElement;
  readonly #name = h("div", { class: "jx-panel-name" });
  readonly #canvas = h("canvas", { class: "jx-smooth jx-ice", "aria-hidden": "true" });
  readonly #svg = svg("svg", { class: "jx-chart", "aria-hidden": "true" });
  readonly #cursor = svg("g", { class: "jx-chart-cursor", visibility: "hidden" });
  readonly #stage: HTMLElement;
  readonly #readout = h("div", { class: "jx-readout jx-num" });
  readonly #t: Translate;
  readonly #hatch: string;
  #panel: CurvePanel | null = null;
  #frame: Frame | null = null;
  #at: number | null = null;
  #x: Axis = (v) => v;
  #y: Axis = (v) => v;

  constructor(t: Translate, hatch: string) {
    this.#t = t;
    this.#hatch = hatch;
    this.#stage = h("div", { class: "jx-stage jx-curve-stage", tabindex: 0, role: "img" }, this.#canvas);
    this.#stage.append(this.#svg);
    const caption = h("figcaption", {}, this.#readout);
    this.element = h("figure", { class: "jx-figure jx-panel" }, this.#name, this.#stage, caption);
    on(this.#stage, "pointermove", (event) => this.#hover(event));
    on(this.#stage, "pointerleave", () => this.#point(null));
    on(this.#stage, "blur", () => this.#point(null));
    on(this.#stage, "keydown", (event) => this.#key(event));
  }

  update(panel: CurvePanel, pinned: CurvePanel | null, frame: Frame): void {
    this.#panel = panel;
    this.#frame = frame;
    const name = frame.heading ?? panel.name;
    setText(this.#name, frame.heading ?? middle(name, Math.max(12, Math.floor(frame.width / 7))));
    this.#name.classList.toggle("jx-heading", frame.heading !== null);
    setAttribute(this.#name, "title", name);
    setAttribute(this.#stage, "aria-label", this.#label(panel, frame));
    this.#axes(panel, frame);
    this.#stage.style.height = `${frame.height}px`;
    setAttribute(this.#svg, "viewBox", `0 0 ${frame.width} ${frame.height}`);
    this.#rows(panel, frame);
    const parts = [...this.#grid(panel, frame), ...this.#data(panel, frame), ...this.#curves(panel, frame)];
    if (pinned !== null && (pinned.texts === null) === (panel.texts === null))
      parts.push(this.#line(pinned, "jx-chart-pinned"));
    this.#svg.replaceChildren(...parts, ...this.#own(panel), this.#cursor);
    this.#point(this.#at === null ? null : Math.min(this.#at, panel.y.length - 1));
  }

  #axes(panel: CurvePanel, { width, height, low, high }: Frame): void {
    const edges = borders(panel.x);
    const from = Math.min(edges[0]!, panel.here?.x ?? edges[0]!);
    const to = Math.max(edges.at(-1)!, panel.here?.x ?? edges.at(-1)!);
    this.#x = (v) => LEFT + ((v - from) / (to - from)) * (width - LEFT - RIGHT);
    this.#y = (v) => TOP + ((high - v) / (high - low)) * (height - TOP - BOTTOM);
  }

  /** Single rows, thin and on a canvas: hundreds of them cost nothing there. */
  #rows(panel: CurvePanel, { width, height, draw }: Frame): void {
    const scale = Math.min(3, window.devicePixelRatio || 1);
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const context = this.#canvas.getContext("2d");
    if (!context || panel.lines === null || draw === "average") return;
    const points = panel.y.length;
    const many = panel.lines.length / points;
    context.scale(scale, scale);
    context.beginPath();
    context.rect(LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM);
    context.clip();
    context.strokeStyle = getComputedStyle(this.element).color;
    context.globalAlpha = Math.max(0.1, Math.min(0.5, 14 / many));
    context.lineWidth = 0.8;
    for (let row = 0; row < many; row++) {
      context.beginPath();
      for (let k = 0; k < points; k++) {
        context.lineTo(this.#x(panel.x[k]!), this.#y(panel.lines[row * points + k]!));
      }
      context.stroke();
    }
  }

  #grid(panel: CurvePanel, { width, height, low, high }: Frame): SVGElement[] {
    const format = unsignedFor(Math.max(Math.abs(low), Math.abs(high)));
    const parts: SVGElement[] = [];
    for (const value of ticks(low, high, 4)) {
      const y = this.#y(value);
      parts.push(svg("line", { class: "jx-chart-grid", x1: LEFT, x2: width - RIGHT, y1: y, y2: y }));
      parts.push(text(trimmed(format(value)), { x: LEFT - 5, y: y + 3.5, "text-anchor": "end" }));
    }
    for (const [place, words] of this.#places(panel, width)) {
      const x = Math.min(this.#x(place), width - (words.length * LETTER) / 2);
      parts.push(text(words, { x, y: height - 5, "text-anchor": "middle" }));
    }
    return parts;
  }

  #places(panel: CurvePanel, width: number): [number, string][] {
    const { texts } = panel;
    if (texts !== null) {
      return names(texts, (width - LEFT - RIGHT) / texts.length);
    }
    if (this.#frame?.heading && !this.#frame.verdict) {
      return Array.from(panel.x, (v): [number, string] => [v, plain(v)]); // steps are whole
    }
    const edges = borders(panel.x);
    const word = this.#frame?.verdict ? percent : plain;
    return ticks(edges[0]!, edges.at(-1)!, Math.max(2, Math.floor(width / 70))).map((v) => [v, word(v)]);
  }

  /** The strip below the curve, and hatching where a curve goes on without any data. */
  #data(panel: CurvePanel, { height, along }: Frame): SVGElement[] {
    if (along) return [];
    const edges = borders(panel.x);
    const dense = Array.from(panel.counts, (n, k) => n / (edges[k + 1]! - edges[k]!));
    const most = Math.max(...dense);
    const parts: SVGElement[] = [hatchPattern(this.#hatch)];
    for (const [k, share] of dense.entries()) {
      const x = this.#x(edges[k]!);
      const wide = this.#x(edges[k + 1]!) - x;
      if (share === 0) {
        const full = { x, y: TOP, width: wide, height: height - TOP - BOTTOM, fill: `url(#${this.#hatch})` };
        parts.push(svg("rect", { class: "jx-chart-empty", ...full }));
      } else {
        const look = {
          x,
          y: height - BOTTOM + 2,
          width: wide,
          height: STRIP,
          opacity: 0.12 + (0.78 * share) / most,
        };
        parts.push(svg("rect", { class: "jx-chart-data", ...look }));
      }
    }
    return parts;
  }

  #curves(panel: CurvePanel, { draw }: Frame): SVGElement[] {
    if (draw === "individual") return [];
    if (panel.texts !== null || panel.y.length === 1) return this.#dots(panel);
    const up = Array.from(
      panel.x,
      (x, k) => `${this.#x(x).toFixed(1)},${this.#y(panel.high[k]!).toFixed(1)}`,
    );
    const down = Array.from(
      panel.x,
      (x, k) => `${this.#x(x).toFixed(1)},${this.#y(panel.low[k]!).toFixed(1)}`,
    );
    const band = svg("polygon", { class: "jx-chart-band", points: [...up, ...down.reverse()].join(" ") });
    return [band, this.#line(panel, "jx-chart-line")];
  }

  /** Categories have no in-between: a dot with its interval each. */
  #dots(panel: CurvePanel): SVGElement[] {
    return Array.from(panel.y, (value, k) => {
      const x = this.#x(panel.x[k]!);
      const bar = { x1: x, x2: x, y1: this.#y(panel.low[k]!), y2: this.#y(panel.high[k]!) };
      const dot = svg("circle", { class: "jx-chart-dot", cx: x, cy: this.#y(value), r: 4 });
      return svg("g", {}, svg("line", { class: "jx-chart-line", ...bar }), dot);
    });
  }

  #line(panel: CurvePanel, name: string, y: ArrayLike<number> = panel.y): SVGElement {
    const points = Array.from(panel.x, (x, k) => `${this.#x(x).toFixed(1)},${this.#y(y[k]!).toFixed(1)}`);
    return svg("polyline", { class: name, points: points.join(" ") });
  }

  #own(panel: CurvePanel): SVGElement[] {
    const look = this.#frame?.verdict ? "jx-chart-own jx-chart-judged" : "jx-chart-own";
    const parts = panel.own === null ? [] : [this.#line(panel, look, panel.own)];
    if (panel.here === null) return parts;
    const { x, y } = panel.here;
    return [...parts, svg("circle", { class: "jx-chart-here", cx: this.#x(x), cy: this.#y(y), r: 4.5 })];
  }

  #hover(event: PointerEvent): void {
    const panel = this.#panel;
    const box = this.#stage.getBoundingClientRect();
    if (panel === null || this.#frame === null || box.width === 0) return;
    const at = ((event.clientX - box.left) / box.width) * this.#frame.width;
    const far = Array.from(panel.x, (x) => Math.abs(this.#x(x) - at));
    this.#readout.removeAttribute("aria-live");
    this.#point(far.indexOf(Math.min(...far)));
  }

  #key(event: KeyboardEvent): void {
    const last = (this.#panel?.y.length ?? 1) - 1;
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -last - 1, End: last + 1 };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    this.#readout.setAttribute("aria-live", "polite");
    const from = this.#at ?? (move > 0 ? -1 : last + 1);
    this.#point(Math.max(0, Math.min(last, from + move)));
  }

  #point(at: number | null): void {
    this.#at = at;
    const { panel, frame } = { panel: this.#panel, frame: this.#frame };
    setAttribute(this.#cursor, "visibility", at === null ? "hidden" : "visible");
    if (panel === null || frame === null) return;
    setText(this.#readout, at === null ? this.#rest(panel) : this.#words(panel, at));
    if (at === null) return;
    const x = this.#x(panel.x[at]!);
    const line = svg("line", { x1: x, x2: x, y1: TOP, y2: frame.height - BOTTOM });
    const y = frame.verdict && panel.own ? panel.own[at]! : panel.y[at]!;
    this.#cursor.replaceChildren(line, svg("circle", { cx: x, cy: this.#y(y), r: 3.5 }));
  }

  #words(panel: CurvePanel, at: number): string {
    const size = unsignedFor(Math.max(...Array.from(panel.y, Math.abs)));
    const near = panel.counts[at]!;
    const params = {
      x: panel.texts?.[at] ?? plain(panel.x[at]!),
      y: size(panel.y[at]!),
      low: size(panel.low[at]!),
      high: size(panel.high[at]!),
      n: count(near),
    };
    if (this.#frame?.verdict) {
      const own = panel.own?.[at] ?? Number.NaN;
      return this.#t("quality.point", { ...params, x: percent(panel.x[at]!), own: size(own) });
    }
    if (this.#frame?.along) return this.#t("curves.pointAlong", params);
    return this.#t(
      near === 0 ? "curves.pointEmpty" : near === 1 ? "curves.point.one" : "curves.point.many",
      params,
    );
  }

  /** What stands there while nothing is pointed at: the explained row, if there is one. */
  #rest(panel: CurvePanel): string {
    if (panel.here === null) return "";
    const x = panel.texts?.[panel.here.x] ?? plain(panel.here.x);
    return this.#t("curves.here", { x, y: plain(panel.here.y) });
  }

  #label(panel: CurvePanel, { title, verdict }: Frame): string {
    const last = panel.y.length - 1;
    if (verdict !== null && panel.own !== null) {
      const own = { first: plain(panel.own[0]!), last: plain(panel.own[last]!), middle: plain(verdict.area) };
      return this.#t("quality.label", { title, name: verdict.judged, ...own });
    }
    const word = (k: number): string => panel.texts?.[k] ?? plain(panel.x[k]!);
    const params = { title, name: panel.name, from: word(0), to: word(last) };
    return this.#t("curves.label", { ...params, first: plain(panel.y[0]!), last: plain(panel.y[last]!) });
  }
}

function text(words: string, place: Record<string, number | string>): SVGElement {
  const element = svg("text", { class: "jx-curve-text", ...place });
  element.textContent = words;
  return element;
}

/** Ticks are round: zeros behind the point say nothing. */
function trimmed(number: string): string {
  return number.includes(".") && !number.includes("e") ? number.replace(/\.?0+$/, "") : number;
}

export function hatchPattern(id: string): SVGElement {
  const stroke = svg("line", { class: "jx-chart-hatch", x1: 0, y1: 0, x2: 0, y2: 6 });
  const size = { width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  return svg("defs", {}, svg("pattern", { id, ...size }, stroke));
}
