// The attributions of many rows, as the kernel counted them: in words and as a table.

import { count, middle, percent, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { type Answer, isRecord, type Numbers } from "../protocol.js";
import { bold } from "./dataset.js";
import { column, largest, type TableData } from "./tableData.js";

const NAMED = 3;

export interface CloudPanel {
  name: string;
  texts: string[] | null;
  mean: number;
  stderr: number;
  positive: number;
  /** The chosen row: where its value lies on x (a number, or a category's), and its attribution. */
  here: [number | null, number] | null;
  /** Rows by attribution, and the mean rank of the column's value there: 0 to 254, 255 where there is none. */
  counts: Numbers;
  colour: Numbers;
  /** Of the rows in each bin, the shares by rank of their value, lowest first, in 255ths. */
  shades: Numbers;
  /** Borders of the plane along x; range along y; rows in each square, row by row from below. */
  x: number[];
  y: [number, number];
  cells: Numbers;
  /** Columns that go with the spread along y: their names, categories if any, and a tint for each square. */
  by: { name: string; texts: string[] | null; share: number; tints: Numbers }[];
}

export interface CloudData {
  panels: CloudPanel[];
  span: [number, number];
  rows: number;
  total: number;
  columns: number;
}

const read = new WeakMap<Answer, CloudData | null>();

export function cloudOf(answer: Answer): CloudData | null {
  if (answer.type !== "cloud" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): CloudData | null {
  const [counts, colour, ends, shades] = ["counts", "colour", "ends", "shades"].map((name) =>
    arrays.get(name),
  );
  const specs = Array.isArray(raw.panels) ? raw.panels.filter(isRecord) : [];
  const span = Array.isArray(raw.span) ? (raw.span.map(Number) as [number, number]) : null;
  if (!counts?.length || !colour || !ends || span === null || specs.length === 0) return null;
  const bins = counts.length / specs.length;
  const deep = (shades?.length ?? 0) / specs.length;
  const panels = specs.map((spec, i): CloudPanel => {
    const texts = textsOf(spec);
    const cells = arrays.get(`cells.${i}`) ?? [];
    const tints = arrays.get(`tints.${i}`);
    const by = Array.isArray(spec.by) ? spec.by.filter(isRecord) : [];
    return {
      name: String(spec.name),
      texts,
      mean: Number(spec.mean),
      stderr: Number(spec.stderr),
      positive: Number(spec.positive),
      here: Array.isArray(spec.here) ? (spec.here as [number | null, number]) : null,
      counts: counts.slice(i * bins, (i + 1) * bins),
      colour: colour.slice(i * bins, (i + 1) * bins),
      x:
        texts === null
          ? Array.from(arrays.get(`x.${i}`) ?? [])
          : Array.from({ length: texts.length + 1 }, (_, k) => k),
      y: [ends[2 * i]!, ends[2 * i + 1]!],
      shades: shades?.slice(i * deep, (i + 1) * deep) ?? new Float32Array(),
      cells: Float32Array.from(cells, (c) => Math.round(Number(spec.peak) * (c / 255) ** 2)),
      by: by.map((each, k) => ({
        name: String(each.name),
        texts: textsOf(each),
        share: Number(each.share),
        tints: tints?.slice(k * cells.length, (k + 1) * cells.length) ?? new Float32Array(),
      })),
    };
  });
  return { panels, span, rows: Number(raw.rows), total: Number(raw.total), columns: Number(raw.columns) };
}

function textsOf({ texts }: Record<string, unknown>): string[] | null {
  return Array.isArray(texts) ? texts.map(String) : null;
}

/** `1.59 ± 0.02`, or without the error where there is none to be seen; one scale for all columns. */
export function size({ mean, stderr }: CloudPanel, { panels }: CloudData, t: Translate): string {
  const number = unsignedFor(largest(panels.map((panel) => panel.mean)));
  const error = number(stderr);
  return number(mean) + (/[1-9]/.test(error) ? ` ${t("bars.pm", { error })}` : "");
}

export function cloudSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = cloudOf(answer);
  if (data === null) return null;
  const best = data.panels.filter(({ mean, stderr }) => mean > 2 * stderr).slice(0, NAMED);
  const names = bold(
    best.map((panel) => `${middle(panel.name, 28)} (${size(panel, data, t)})`),
    t,
  );
  const n = data.rows < data.total ? `${count(data.rows)} / ${count(data.total)}` : count(data.rows);
  return t.rich(best.length === 0 ? "say.cloudNone" : "say.cloud", { n, names });
}

export function cloudTable(answer: Answer): TableData | null {
  const data = cloudOf(answer);
  if (data === null) return null;
  const number = unsignedFor(largest(data.panels.map((panel) => panel.mean)));
  const columns = [
    column("feature", "table.column"),
    column("size", "cloud.size", number),
    column("error", "table.error", number),
    column("positive", "cloud.positive", percent),
  ];
  return { columns, rows: data.panels.map((p) => [p.name, p.mean, p.stderr, p.positive]) };
}
