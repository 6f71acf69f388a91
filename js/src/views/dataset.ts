// Answers about a dataset in words and as tables, beside their pictures (curves.ts, scores.ts).

import { h } from "../dom.js";
import { middle, percent, plain, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer } from "../protocol.js";
import { Z95 } from "./barScale.js";
import type { Cell } from "./csv.js";
import { type CurvePanel, curvesOf } from "./curvesData.js";
import { measureSentence, sanitySentence, verdictSentence, verdictTable } from "./quality.js";
import { scoresOf } from "./scores.js";
import type { TableData } from "./tableData.js";

const NAMED = 3;

export function scoresSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = scoresOf(answer);
  if (data === null) return null;
  const measured = measureSentence(answer, data, t);
  if (measured !== null) return measured;
  const sure = Array.from(data.values.keys()).filter((i) => data.values[i]! > Z95 * (data.stderr?.[i] ?? 0));
  const best = sure.sort((a, b) => data.values[b]! - data.values[a]!).slice(0, NAMED);
  if (best.length === 0) return t.rich("say.scoresNone", {});
  const words = best.map((i) => `${middle(data.layout.names[i]!, 40)} (${plain(data.values[i]!)})`);
  return t.rich("say.scores", { names: bold(words, t) });
}

export function curvesSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = curvesOf(answer);
  if (data === null) return null;
  if (data.verdict !== null) return verdictSentence(data.verdict, t);
  if (data.sanity) return sanitySentence(data.panels[0]!, answer.errorKind !== "unknown", t);
  const found = data.panels
    .map((panel) => ({ panel, range: range(panel) }))
    .filter((each) => each.range > 0)
    .sort((a, b) => b.range - a.range)
    .slice(0, NAMED);
  if (found.length === 0) return t.rich("say.curvesFlat", {});
  if (data.along) {
    const names = found.map(({ panel }) => `${middle(panel.name, 40)} (${plain(furthest(panel))})`);
    const said = t.rich("say.curvesAlong", { names: bold(names, t) });
    if (data.fidelity !== null) {
      const [value, error] = data.fidelity;
      said.append(" ", t.rich("say.fidelityBest", { value: h("b", {}, plain(value)), error: plain(error) }));
    }
    return said;
  }
  const words = found.map(({ panel, range: size }) => way(panel, size, t));
  const said = t.rich("say.curves", { ways: bold(words, t) });
  if (data.fidelity === null) return said;
  const [value, error] = data.fidelity;
  const rest = percent(Math.max(0, 1 - value));
  said.append(" ", t.rich("say.fidelity", { value: h("b", {}, plain(value)), error: plain(error), rest }));
  return said;
}

function way(panel: CurvePanel, size: number, t: Translate): string {
  const name = middle(panel.name, 40);
  if (panel.texts !== null) {
    const level = panel.texts[panel.y.indexOf(Math.max(...panel.y) as never)] ?? "";
    return t("curves.best", { name, level: middle(level, 24), size: plain(size) });
  }
  const change = panel.y.at(-1)! - panel.y[0]!;
  if (Math.abs(change) < 0.8 * size) return t("curves.varies", { name, size: plain(size) });
  return t(change > 0 ? "curves.rises" : "curves.falls", { name, size: plain(Math.abs(change)) });
}

function furthest(panel: CurvePanel): number {
  return Array.from(panel.y).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
}

function range(panel: CurvePanel): number {
  return Math.max(...panel.y) - Math.min(...panel.y);
}

export function bold(words: string[], t: Translate): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const [i, each] of words.entries()) {
    if (i > 0) fragment.append(i === words.length - 1 ? t("say.and") : t("say.comma"));
    fragment.append(h("b", {}, each));
  }
  return fragment;
}

type Show = (value: Cell) => string;
const shown =
  (format: (value: number) => string): Show =>
  (value) =>
    typeof value === "number" ? format(value) : value;

export function curvesTable(answer: Answer, other: Answer | null): TableData | null {
  const [data, pinned] = [curvesOf(answer), curvesOf(other)];
  if (data === null) return null;
  if (data.verdict !== null) return verdictTable(data);
  const largest = Math.max(...data.panels.flatMap((panel) => Array.from(panel.y, Math.abs)));
  const number = shown(unsignedFor(largest));
  const columns: TableData["columns"] = [
    { id: "feature", title: "table.feature", numeric: false, format: String },
    { id: "x", title: "table.point", numeric: true, format: shown(plain) },
    { id: "y", title: "table.curve", numeric: true, format: number },
    { id: "low", title: "table.low", numeric: true, format: number },
    { id: "high", title: "table.high", numeric: true, format: number },
    { id: "rows", title: "table.near", numeric: true, format: shown(plain) },
  ];
  const own = data.panels.some((panel) => panel.own !== null);
  const single = data.sanity ? "quality.sizes" : "table.own";
  if (own) columns.push({ id: "own", title: single, numeric: true, format: number });
  if (pinned !== null) columns.push({ id: "pinned", title: "table.pinned", numeric: true, format: number });
  const rows = data.panels.flatMap((panel) => {
    const other = pinned?.panels.find((p) => p.name === panel.name);
    return Array.from(panel.y, (y, k): Cell[] => {
      const x = panel.texts?.[k] ?? panel.x[k]!;
      const cells: Cell[] = [panel.name, x, y, panel.low[k]!, panel.high[k]!, panel.counts[k]!];
      if (own) cells.push(panel.own?.[k] ?? Number.NaN);
      if (pinned !== null) cells.push(other?.y[k] ?? Number.NaN);
      return cells;
    });
  });
  return { columns, rows };
}

export function scoresTable(answer: Answer, other: Answer | null): TableData | null {
  const [data, pinned] = [scoresOf(answer), scoresOf(other)];
  if (data === null) return null;
  const number = shown(unsignedFor(Math.max(...Array.from(data.values, Math.abs))));
  const quality = answer.method === "infidelity" || answer.method === "max_sensitivity";
  const columns: TableData["columns"] = [
    { id: "feature", title: quality ? "table.measure" : "table.feature", numeric: false, format: String },
    { id: "value", title: quality ? "table.value" : "table.importance", numeric: true, format: number },
  ];
  const { stderr } = data;
  if (stderr !== null) {
    columns.push({ id: "stderr", title: "table.error", numeric: true, format: number });
    columns.push({ id: "low", title: "table.low", numeric: true, format: number });
    columns.push({ id: "high", title: "table.high", numeric: true, format: number });
  }
  if (pinned !== null) columns.push({ id: "pinned", title: "table.pinned", numeric: true, format: number });
  const byName = new Map(pinned?.layout.names.map((name, i) => [name, pinned.values[i]!]));
  const rows = Array.from(data.values, (value, i) => {
    const cells: Cell[] = [data.layout.names[i]!, value];
    if (stderr !== null) cells.push(stderr[i]!, value - Z95 * stderr[i]!, value + Z95 * stderr[i]!);
    if (pinned !== null) cells.push(byName.get(data.layout.names[i]!) ?? Number.NaN);
    return cells;
  });
  return { columns, rows: rows.sort((a, b) => Number(b[1]) - Number(a[1])) };
}
