// Curves of single columns, as the kernel sends them: small facts in the layout, numbers in arrays "name.i".

import { type Answer, isRecord, type Numbers } from "../protocol.js";
import { type Verdict, verdictOf } from "./quality.js";

export interface CurvePanel {
  name: string;
  /** Categories, or null where the column holds numbers. */
  texts: string[] | null;
  /** Places on the axis: the numbers, or 0, 1, 2 … for categories. */
  x: Numbers | number[];
  y: Numbers;
  low: Numbers;
  high: Numbers;
  /** Rows of the dataset near each point. */
  counts: Numbers;
  own: Numbers | null;
  /** Single rows, one line after the other. */
  lines: Numbers | null;
  here: { x: number; y: number } | null;
}

export interface CurvesData {
  panels: CurvePanel[];
  draw: "average" | "individual" | "both";
  axis: string;
  /** Whether the curves run along something else than the columns' values (a penalty). */
  along: boolean;
  /** Single lines that are drawn, and how many there are. */
  lines: number;
  rows: number;
  /** Of curves that stand in for the model: R² on other rows, and its standard error. */
  fidelity: [number, number] | null;
  /** Of curves that judge an explanation: own is its order, the average is over random orders, the line its reverse. */
  verdict: Verdict | null;
  /** Rank correlations with an explanation while layers become random; own is that of the sizes. */
  sanity: boolean;
}

const read = new WeakMap<Answer, CurvesData | null>();

export function curvesOf(answer: Answer | null): CurvesData | null {
  if (answer === null || answer.type !== "curves" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decodeCurves(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decodeCurves(answer: Answer, raw: Record<string, unknown>): CurvesData | null {
  const specs = Array.isArray(raw.panels) ? raw.panels.filter(isRecord) : [];
  const panels = specs.map((spec, i) => decodePanel(answer, spec, i));
  if (panels.length === 0 || panels.some((panel) => panel === null)) return null;
  const draw = raw.draw === "individual" || raw.draw === "both" ? raw.draw : "average";
  return {
    panels: panels as CurvePanel[],
    draw,
    axis: typeof raw.axis === "string" ? raw.axis : "output",
    along: raw.along !== undefined,
    lines: Number(raw.lines) || 0,
    rows: Number(raw.rows) || 0,
    fidelity: Array.isArray(raw.fidelity) ? (raw.fidelity as [number, number]) : null,
    verdict: verdictOf(raw.verdict),
    sanity: answer.method === "randomization",
  };
}

function decodePanel(answer: Answer, spec: Record<string, unknown>, i: number): CurvePanel | null {
  const array = (name: string): Numbers | null => answer.arrays.get(`${name}.${i}`) ?? null;
  const y = array("y");
  if (y === null || y.length === 0) return null;
  const texts = Array.isArray(spec.texts) ? spec.texts.map(String) : null;
  const x = texts === null ? array("x") : texts.map((_, k) => k);
  if (x === null || x.length !== y.length) return null;
  const fitting = (name: string): Numbers | null => {
    const found = array(name);
    return found !== null && found.length === y.length ? found : null;
  };
  const lines = array("lines");
  return {
    name: typeof spec.name === "string" ? spec.name : `x${i}`,
    texts,
    x,
    y,
    low: fitting("low") ?? y,
    high: fitting("high") ?? y,
    counts: fitting("counts") ?? new Float32Array(y.length).fill(1),
    own: fitting("own"),
    lines: lines !== null && lines.length % y.length === 0 ? lines : null,
    here: decodeHere(spec.here, texts),
  };
}

function decodeHere(raw: unknown, texts: string[] | null): CurvePanel["here"] {
  if (!isRecord(raw) || typeof raw.y !== "number") return null;
  if (typeof raw.x === "number") return texts === null ? { x: raw.x, y: raw.y } : null;
  const at = texts?.indexOf(String(raw.x)) ?? -1;
  return at < 0 ? null : { x: at, y: raw.y };
}

/** Borders of the neighbourhoods of the points: halfway between them, as wide outside as inside. */
export function borders(x: ArrayLike<number>): number[] {
  if (x.length === 1) return [x[0]! - 0.5, x[0]! + 0.5];
  const middles = Array.from({ length: x.length - 1 }, (_, k) => (x[k]! + x[k + 1]!) / 2);
  const first = 2 * x[0]! - middles[0]!;
  const last = 2 * x[x.length - 1]! - middles.at(-1)!;
  return [first, ...middles, last];
}

/** Round numbers between two ends, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999) ?? raw;
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}

/** Where the vertical axis ends: band, explained row, and all but the outermost single lines; one for all panels. */
export function limits(datas: readonly CurvesData[]): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const take = (value: number): void => {
    if (!Number.isFinite(value)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const { panels, draw, verdict, sanity } of datas) {
    if (sanity) take(0);
    for (const panel of panels) {
      if (draw !== "individual") for (const band of [panel.low, panel.high]) for (const v of band) take(v);
      if (panel.here !== null) take(panel.here.y);
      for (const v of panel.own ?? []) take(v);
      if (panel.lines === null) continue;
      const sorted = Float64Array.from(panel.lines).sort();
      const cut = verdict === null ? 0.01 : 0;
      take(sorted[Math.floor(cut * (sorted.length - 1))]!);
      take(sorted[Math.ceil((1 - cut) * (sorted.length - 1))]!);
    }
  }
  if (!(high >= low)) return { low: -1, high: 1 };
  const air = 0.06 * (high - low) || Math.max(0.05 * Math.abs(high), 0.01);
  return { low: low - air, high: high + air };
}
