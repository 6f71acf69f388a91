// Attribution of a series: each channel's trace on a ribbon coloured by its contributions.

import { h, setAttribute, svg } from "../dom.js";
import { plain, signedFor, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, ImageAttribution, Numbers, TableAttribution } from "../protocol.js";
import type { View, ViewHost } from "../view.js";
import type { Cell } from "./csv.js";
import { type MapFigure, mapView, widen } from "./heatmap.js";
import { sentence } from "./say.js";
import { column, largest, type TableData } from "./tableData.js";

/** A map with a row per channel and a column per step. */
export interface SeriesData extends ImageAttribution {
  trace: Numbers | null;
  /** So many neighbours of the user's series are one step here, and how many there are. */
  step: number;
  length: number;
  /** Channels there are; not all may be here. */
  of: number;
  /** The channels' names, or none. */
  names: string[];
  /** Sums of each channel (or of all, where they have the same) over stretches of the user's steps, and the first step after each stretch. */
  sums: Numbers;
  ends: number[];
}

const read = new WeakMap<Answer, SeriesData | null>();

export function seriesOf(answer: Answer | null): SeriesData | null {
  if (answer === null || answer.layout.kind !== "other" || answer.layout.raw.kind !== "series") return null;
  if (!read.has(answer)) read.set(answer, decodeSeries(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decodeSeries(answer: Answer, raw: Record<string, unknown>): SeriesData | null {
  const [height, width] = [Number(raw.channels), Number(raw.steps)];
  const fitting = (name: string): Numbers | null => {
    const found = answer.arrays.get(name);
    return found?.length === height * width ? found : null;
  };
  const values = fitting("values");
  if (values === null || values.length === 0) return null;
  const [step, of] = [Number(raw.step) || 1, Number(raw.of) || height];
  const names = Array.isArray(raw.names) ? raw.names.map(String) : [];
  const ends = Array.isArray(raw.ends) ? raw.ends.map(Number) : [];
  const sums = answer.arrays.get("sums") ?? new Float32Array();
  const rest = { step, of, names, sums, ends, length: Number(raw.length) || width * step };
  const layout = { kind: "image", height, width } as const;
  return { ...answer, ...rest, layout, values, trace: fitting("trace"), stderr: fitting("stderr") };
}

export function series(host: ViewHost): View {
  const { t } = host;
  const overlays = new Map<MapFigure, { names: HTMLElement; lines: SVGElement[]; drawing: SVGElement }>();

  function overlay(figure: MapFigure): { names: HTMLElement; lines: SVGElement[]; drawing: SVGElement } {
    const lines = ["jx-halo", "jx-trace"].map((name) => svg("path", { class: name }));
    const drawing = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, ...lines);
    const names = h("div", { class: "jx-names jx-num" });
    figure.stage.append(drawing, names);
    const made = { names, lines, drawing };
    overlays.set(figure, made);
    return made;
  }

  /** The traces, each from its lowest to its highest value. */
  function dress(figure: MapFigure, answer: Answer): string {
    const data = seriesOf(answer)!;
    const { height, width } = data.layout;
    const { names, lines, drawing } = overlays.get(figure) ?? overlay(figure);
    widen(figure, height, 62);
    setAttribute(drawing, "viewBox", `0 0 ${width} ${height}`);
    const ends: string[] = [];
    const path = Array.from({ length: height }, (_, c) => tracePath(data, c, ends)).join("");
    for (const line of lines) setAttribute(line, "d", path);
    const named = data.of > 1 || data.names.length > 0;
    const totals = totalTexts(data, t);
    const labels = ends.map((range, c) => {
      const label = named ? t("series.channel", { channel: channelText(data, c, t), range }) : range;
      return label + (totals[c] ?? "");
    });
    names.replaceChildren(...labels.map((text) => h("span", {}, text)));
    const more = [
      data.step > 1 ? t("series.binned", { n: data.step }) : "",
      data.of > height ? t("series.some", { n: height, total: data.of }) : "",
    ];
    return more.map((each) => (each === "" ? "" : `; ${each}`)).join("");
  }

  function cell(answer: Answer, row: number, at: number, value: string): string {
    const data = seriesOf(answer)!;
    const channel = channelText(data, row, t);
    const said = t("series.cell", { channel, steps: stepsText(data, at, at + 1, t), value });
    const own = data.trace?.[row * data.layout.width + at];
    return own === undefined ? said : said + t("series.value", { value: plain(own) });
  }
  const words = { hover: t("series.hover"), keys: t("series.keys") };
  return { ...mapView(host, { name: "jx-series", of: seriesOf, words, cell, dress }), curve: "aside" };
}

/** One trace in its band, a unit high; a gap where there is no number. */
function tracePath({ trace, layout: { width } }: SeriesData, c: number, ends: string[]): string {
  const values = trace === null ? [] : Array.from(trace.subarray(c * width, (c + 1) * width));
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  ends.push(known.length === 0 ? "" : `${plain(low)} … ${plain(high)}`);
  let open = "M";
  return values
    .map((value, i) => {
      const y = c + 0.92 - (0.64 * (value - low)) / (high - low || 1);
      const part = Number.isFinite(value) ? `${open}${i + 0.5} ${y.toFixed(3)}` : "";
      open = part === "" ? "M" : "L";
      return part;
    })
    .join("");
}

/** What the channels add up to, where sums mean something and channels are told apart. */
function totalTexts({ gap, of, sums, ends }: SeriesData, t: Translate): string[] {
  if (gap === null || of < 2 || sums.length <= ends.length) return [];
  const totals = new Float64Array(sums.length / ends.length);
  sums.forEach((value, i) => {
    totals[Math.floor(i / ends.length)]! += value;
  });
  const signed = signedFor(largest(totals));
  return Array.from(totals, (value) => t("series.total", { value: signed(value) }));
}

function channelText({ names }: SeriesData, c: number, t: Translate): string {
  return names[c] ?? t("series.unnamed", { channel: c });
}

function stepsText(data: SeriesData, from: number, to: number, t: Translate): string {
  return spanText(from * data.step, Math.min(data.length, to * data.step), t);
}

/** "steps 8–15": from one of the user's steps to before another. */
export function spanText(first: number, end: number, t: Translate): string {
  if (end <= first + 1) return t("series.step", { steps: first });
  return t("series.steps", { steps: `${first}–${end - 1}` });
}

/** The strongest stretches of time of all channels, in one sentence. */
export function seriesSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = seriesOf(answer);
  if (data === null || data.ends.length === 0) return null;
  const spans = data.ends.map((end, k) => spanText(data.ends[k - 1] ?? 0, end, t));
  const names = Array.from(data.sums, (_, i) => {
    const steps = spans[i % spans.length]!;
    const channel = channelText(data, Math.floor(i / spans.length), t);
    return data.sums.length > spans.length ? t("series.of", { channel, steps }) : steps;
  });
  const layout = { kind: "table", names, shown: [] };
  return sentence({ ...answer, layout, values: data.sums, stderr: null } as TableAttribution, t);
}

/** Every step of every channel. */
export function seriesTable(answer: Answer, a: Answer | null): TableData | null {
  const data = seriesOf(answer);
  if (data === null) return null;
  const other = seriesOf(a);
  const scale = largest(data.values);
  const signed = signedFor(scale);
  const parts = [
    [column("shown", "table.value", plain), data.trace],
    [column("value", "table.attribution", signed), data.values],
    [column("stderr", "table.error", unsignedFor(scale)), data.stderr],
    [
      column("pinned", "table.pinned", signed),
      other?.values.length === data.values.length ? other.values : null,
    ],
  ] as const;
  const there = parts.filter((part) => part[1] !== null);
  const { width } = data.layout;
  const rows = Array.from(data.values, (_, i): Cell[] => [
    data.names[Math.floor(i / width)] ?? Math.floor(i / width),
    (i % width) * data.step,
    ...there.map((part) => part[1]![i]!),
  ]);
  const first = [column("channel", "series.channelHead", String), column("step", "series.stepHead", String)];
  return { columns: [...first, ...there.map((part) => part[0])], rows };
}
