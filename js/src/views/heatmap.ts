// Attribution of an image: one coloured cell per pixel of the map, a legend with numbers, a read-out.

import {
  absoluteLookup,
  greyBase,
  halfLookup,
  type Limit,
  type Lookup,
  limitOf,
  paint,
  signedLookup,
  steady,
} from "../colors.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { signedFor, unsignedFor } from "../format.js";
import { drawPicture } from "../picture.js";
import { type Answer, asAttribution, type ImageAttribution, type Picture } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { heatmapTools } from "./heatmapTools.js";
import { colourBar } from "./legend.js";
import { mapCaption } from "./mapCaption.js";

const SIZE = 280;
const PINNED_SIZE = 232;
const INPUT_SIZE = 112;

/** What a map of contributions is about, where it is not a picture. */
export interface MapKind {
  /** Class of the canvas. */
  name: string;
  of(answer: Answer | null): ImageAttribution | null;
  words?: { hover: string; keys: string };
  /** What one cell says, beside its contribution. */
  cell?(answer: Answer, row: number, column: number, value: string): string;
  /** What is drawn over a map, and what the caption adds. */
  dress?(figure: MapFigure, answer: Answer): string;
}

export function heatmap(host: ViewHost): View {
  return mapView(host, { name: "jx-heatmap", of: asImage });
}

export function mapView(host: ViewHost, kind: MapKind): View {
  const { t, preferences } = host;
  const { name, words } = kind;
  const live = mapFigure(host, name, (row, column) => read(live, row, column), words);
  const pinned = mapFigure(host, `${name}-pinned`, (row, column) => read(pinned, row, column), words);
  const legend = colourBar(t);
  const inputCanvas = h("canvas", { class: "jx-input", "aria-hidden": "true" });
  const input = h(
    "figure",
    { class: "jx-figure jx-input-figure", "aria-label": t("heat.input") },
    inputCanvas,
  );
  input.append(h("figcaption", {}, t("heat.input")));
  const side = h("div", { class: "jx-side" }, input);
  const maps = h("div", { class: "jx-maps-row" }, pinned.figure, live.figure, legend.element);
  const tools = heatmapTools(host);
  const element = h(
    "div",
    { class: "jx-picture" },
    h("div", { class: "jx-pics" }, maps, side),
    tools.element,
  );
  let limit: number | null = null;
  let shown: Scene | null = null;
  let drawnInput: Picture | null = null;
  // The legend is as tall as the map is on screen; a narrow page shrinks both.
  const resized = (): void => {
    legend.element.style.height = `${live.stage.offsetHeight}px`;
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(live.stage);
  let errorAt: ((i: number) => number | null) | null = null;

  function read(map: MapFigure, row: number, column: number): string {
    const answer = map.answer;
    if (answer === null) return "";
    const i = row * answer.layout.width + column;
    const scale = limit ?? 1;
    const value = signedFor(scale)(answer.values[i]!);
    const error = map === live ? (errorAt?.(i) ?? null) : null;
    const of = map === live ? shown?.answer : shown?.pinned;
    const cell = of == null ? undefined : kind.cell?.(of, row, column, value);
    if (cell !== undefined) return error === null ? cell : `${cell} ± ${unsignedFor(scale)(error)}`;
    const step = answer.layout.step ?? 1;
    const at = { row: row * step, column: column * step, value };
    return error === null
      ? t("heat.cell", at)
      : t("heat.cellError", { ...at, error: unsignedFor(scale)(error) });
  }

  function update(given: Scene): void {
    const scene = kind.words === undefined ? given : { ...given, input: null };
    const answer = kind.of(scene.answer);
    if (answer === null) return;
    const other = kind.of(scene.pinned);
    shown = scene;
    const found = sharedLimit(answer, other, preferences.percentile);
    limit = preferences.kept ?? steady(limit, found.limit, !scene.running);
    const { stderr } = answer;
    errorAt = stderr === null ? null : (i) => stderr[i] ?? null;
    const lookup = lookupFor(scene, preferences);
    const size = other === null ? SIZE : PINNED_SIZE;
    const more = kind.dress?.(live, scene.answer) ?? "";
    const own = mapCaption(host, found, answer.values);
    const { step = 1 } = answer.layout;
    const binned = step > 1 ? t("heat.binned", { n: step }) : "";
    const caption = (other === null ? own : t("heat.caption.shared", { caption: own })) + binned + more;
    live.draw(answer, scene, { limit, lookup, size, opacity: preferences.opacity });
    live.caption(other === null ? caption : t("heat.live", { what: caption }), problems(found));
    setAttribute(live.figure, "aria-label", t("heat.label", answer as never));
    show(pinned.figure, other !== null);
    if (other !== null) {
      kind.dress?.(pinned, scene.pinned!);
      pinned.draw(other, { ...scene, input: null }, { limit, lookup, size, opacity: 1 });
      pinned.caption(t("heat.pinned", { what: `${other.title}, ${other.baseline || other.target}` }), "");
      setAttribute(pinned.figure, "aria-label", t("heat.labelPinned", other as never));
    }
    legend.update(limit, lookup, preferences.mode, scene.answer.unit);
    show(input, scene.input !== null);
    if (scene.input !== null && scene.input !== drawnInput) drawPicture(inputCanvas, scene.input, INPUT_SIZE);
    drawnInput = scene.input;
    tools.update(scene.colormaps, scene.input !== null, limit);
  }

  function problems(found: Limit): string {
    if (found.limit === 0) return t("heat.zero");
    return found.bad === 0 ? "" : t(found.bad === 1 ? "heat.bad.one" : "heat.bad.many", { n: found.bad });
  }

  return { element, side, curve: "beside", update };
}

function asImage(answer: Answer | null): ImageAttribution | null {
  const attribution = asAttribution(answer);
  return attribution?.layout.kind === "image" ? (attribution as ImageAttribution) : null;
}

function sharedLimit(a: ImageAttribution, b: ImageAttribution | null, percentile: number): Limit {
  const first = limitOf(a.values, percentile);
  if (b === null) return first;
  const second = limitOf(b.values, percentile);
  const limit = Math.max(first.limit, second.limit);
  return { limit, clipped: first.clipped || second.clipped, bad: first.bad };
}

export function lookupFor(scene: Scene, preferences: ViewHost["preferences"]): Lookup {
  const palette = scene.theme;
  if (preferences.mode === "absolute") {
    return absoluteLookup(scene.colormaps.get(preferences.absoluteMap), palette);
  }
  const signed = signedLookup(scene.colormaps.get(preferences.signedMap), palette);
  if (preferences.mode === "signed") return signed;
  return halfLookup(signed, preferences.mode === "positive" ? 1 : -1, palette);
}

/** Numbers of a map, row by row. */
export type Grid = Pick<ImageAttribution, "values" | "layout">;

interface DrawOptions {
  limit: number;
  lookup: Lookup;
  size: number;
  opacity: number;
}

export interface MapFigure {
  figure: HTMLElement;
  stage: HTMLElement;
  answer: Grid | null;
  draw(answer: Grid, scene: Scene, options: DrawOptions): void;
  caption(text: string, problem: string): void;
}

/** One canvas with its caption, pointer and keyboard read-out. */
export function mapFigure(
  host: ViewHost,
  name: string,
  read: (row: number, column: number) => string,
  words = { hover: host.t("heat.hover"), keys: host.t("heat.keys") },
): MapFigure {
  const canvas = h("canvas", { class: name, tabindex: 0, role: "img" });
  const cursor = h("div", { class: "jx-cursor", hidden: true, "aria-hidden": "true" });
  const text = h("div", {});
  const problem = h("div", { class: "jx-problem", hidden: true });
  const readout = h("div", { class: "jx-readout jx-num" }, words.hover);
  const stage = h("div", { class: "jx-stage" }, canvas, cursor);
  const figure = h("figure", { class: "jx-figure" }, stage, h("figcaption", {}, text, problem, readout));
  const at = { row: 0, column: 0 };
  let scale = 1;
  const self: MapFigure = { figure, stage, answer: null, draw, caption };
  setAttribute(canvas, "aria-label", words.keys);

  function draw(answer: Grid, scene: Scene, options: DrawOptions): void {
    self.answer = answer;
    const { height, width } = answer.layout;
    scale = displayScale(Math.max(height, width), options.size);
    const base = scene.input === null || options.opacity >= 1 ? null : greyBase(scene.input, height, width);
    const pixels = paint(answer.values, { ...options, base, bad: scene.theme.neutral });
    canvas.classList.toggle("jx-smooth", scale < 1);
    stage.style.width = `${width * scale}px`;
    figure.style.flexBasis = `${Math.max(width * scale, 160)}px`;
    stage.style.aspectRatio = `${width} / ${height}`;
    putPixels(canvas, pixels, answer, scale, scene.theme.dark);
    if (!cursor.hidden) point(at.row, at.column);
  }

  function caption(words: string, trouble: string): void {
    setText(text, words);
    setText(problem, trouble);
    show(problem, trouble !== "");
  }

  function point(row: number, column: number): void {
    const layout = self.answer?.layout;
    if (layout === undefined) return;
    at.row = Math.max(0, Math.min(layout.height - 1, row));
    at.column = Math.max(0, Math.min(layout.width - 1, column));
    cursor.style.left = `${(100 * at.column) / layout.width}%`;
    cursor.style.top = `${(100 * at.row) / layout.height}%`;
    cursor.style.width = `${100 / layout.width}%`;
    cursor.style.height = `${100 / layout.height}%`;
    show(cursor, true);
    setText(readout, read(at.row, at.column));
  }

  function leave(): void {
    show(cursor, false);
    setText(readout, words.hover);
  }

  on(canvas, "pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const layout = self.answer?.layout;
    if (layout === undefined || box.width === 0) return;
    readout.removeAttribute("aria-live");
    const row = Math.floor(((event.clientY - box.top) / box.height) * layout.height);
    point(row, Math.floor(((event.clientX - box.left) / box.width) * layout.width));
  });
  on(canvas, "pointerleave", leave);
  on(canvas, "blur", leave);
  on(canvas, "keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-step, 0],
      ArrowDown: [step, 0],
      ArrowLeft: [0, -step],
      ArrowRight: [0, step],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    if (cursor.hidden) point(at.row, at.column);
    else point(at.row + move[0], at.column + move[1]);
  });
  return self;
}

/** As wide as there is room, each row so many pixels high: for what has no picture's proportions. */
export function widen({ figure, stage }: MapFigure, rows: number, each: number): void {
  figure.classList.add("jx-wide");
  stage.style.setProperty("--jx-bands", String(rows));
  stage.style.setProperty("--jx-band", `${each}px`);
}

/** Whole screen pixels per cell where the map is small; never enlarged by more than a step, never blurred. */
export function displayScale(longest: number, size: number): number {
  if (longest > size * 1.15) return size / longest;
  const whole = Math.max(1, Math.round(size / longest));
  if (whole * longest <= size * 1.15) return whole;
  return whole > 1 ? whole - 1 : 1;
}

function putPixels(
  canvas: HTMLCanvasElement,
  pixels: Uint8ClampedArray<ArrayBuffer>,
  answer: Grid,
  scale: number,
  dark: boolean,
): void {
  const { height, width } = answer.layout;
  // Cells are drawn large enough to hold a hatch; CSS then never has to enlarge them.
  const cell = Math.max(1, Math.round(scale * Math.min(3, window.devicePixelRatio || 1)));
  if (canvas.width !== width * cell) canvas.width = width * cell;
  if (canvas.height !== height * cell) canvas.height = height * cell;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = new ImageData(pixels, width, height);
  if (cell === 1) {
    context.putImageData(image, 0, 0);
  } else {
    const small = document.createElement("canvas");
    small.width = width;
    small.height = height;
    small.getContext("2d")?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width * cell, height * cell);
  }
  hatch(context, answer, cell, dark ? "#fff" : "#000");
}

/** Pixels without a number are crossed out, not coloured: no colour may stand for "unknown". */
function hatch(context: CanvasRenderingContext2D, { values, layout }: Grid, cell: number, ink: string): void {
  context.strokeStyle = ink;
  context.globalAlpha = 0.65;
  context.lineWidth = Math.max(1, cell / 8);
  context.beginPath();
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue;
    const x = (i % layout.width) * cell;
    const y = Math.floor(i / layout.width) * cell;
    context.moveTo(x, y + cell);
    context.lineTo(x + cell, y);
    context.moveTo(x, y + cell / 2);
    context.lineTo(x + cell / 2, y);
    context.moveTo(x + cell / 2, y + cell);
    context.lineTo(x + cell, y + cell / 2);
  }
  context.stroke();
  context.globalAlpha = 1;
}
