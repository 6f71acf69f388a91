// A number over two columns, as the kernel sends it, in words and as a table.

import { middle, plain, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import { borders } from "./curvesData.js";
import { bold } from "./dataset.js";
import { column, largest, type TableData } from "./tableData.js";

export interface Axis {
  name: string;
  /** Categories, or null where the column holds numbers. */
  texts: string[] | null;
  at: Numbers | number[];
  ends: number[];
}

export interface SurfaceData {
  axes: [Axis, Axis];
  z: Numbers;
  counts: Numbers;
  stderr: Numbers | null;
  /** x, y, rows, class of squares with rows. */
  dots: Numbers;
  border: Numbers | null;
  classes: string[];
  here: [number, number, number] | null;
  centre: number | null;
  axis: string;
}

const read = new WeakMap<Answer, SurfaceData | null>();

export function surfaceOf(answer: Answer | null): SurfaceData | null {
  if (answer === null || answer.type !== "surface" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): SurfaceData | null {
  const list = (name: string): unknown[] => (Array.isArray(raw[name]) ? raw[name] : []);
  const [names, texts] = [list("names"), list("texts")];
  const axes = ["x", "y"].map((name, k): Axis => {
    const words = Array.isArray(texts[k]) ? texts[k].map(String) : null;
    const at = words?.map((_, i) => i) ?? arrays.get(name) ?? [];
    return { name: String(names[k] ?? name), texts: words, at, ends: at.length > 0 ? borders(at) : [] };
  }) as [Axis, Axis];
  const [z, counts] = [arrays.get("z"), arrays.get("counts")];
  const size = axes[0].at.length * axes[1].at.length;
  if (z?.length !== size || counts?.length !== size || size === 0) return null;
  const here = list("here").map(Number);
  return {
    axes,
    z,
    counts,
    stderr: arrays.get("stderr") ?? null,
    dots: arrays.get("dots") ?? new Float32Array(),
    border: raw.decides === true ? (arrays.get("border") ?? null) : null,
    classes: list("classes").map(String),
    here: here.length === 3 ? (here as [number, number, number]) : null,
    centre: typeof raw.centre === "number" ? raw.centre : null,
    axis: typeof raw.axis === "string" ? raw.axis : "",
  };
}

/** The neighbours of a place on an axis and how far it is from the first to the second; categories have no in-between. */
function between({ texts, at }: Axis, v: number): [number, number, number] {
  const last = at.length - 1;
  let i = 0;
  while (i < last - 1 && at[i + 1]! <= v) i++;
  const j = Math.min(i + 1, last);
  const share = j === i ? 0 : Math.max(0, Math.min(1, (v - at[i]!) / (at[j]! - at[i]!)));
  return [i, j, texts === null ? share : Math.round(share)];
}

/** The number at any place, straight between the grid points; and the nearest grid point. */
export function valueAt({ axes, z }: SurfaceData, x: number, y: number): { z: number; cell: number } {
  const wide = axes[0].at.length;
  const [i, k, s] = between(axes[0], x);
  const [j, l, r] = between(axes[1], y);
  const row = (m: number): number => z[m * wide + i]! * (1 - s) + z[m * wide + k]! * s;
  return { z: row(j) * (1 - r) + row(l) * r, cell: (r < 0.5 ? j : l) * wide + (s < 0.5 ? i : k) };
}

/** `age = 30`. */
export function spot({ name, texts, at }: Axis, v: number): string {
  return `${middle(name, 30)} = ${texts === null ? plain(v) : (texts[Math.max(0, Math.min(at.length - 1, Math.round(v)))] ?? "")}`;
}

export function surfaceSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = surfaceOf(answer);
  if (data === null) return null;
  const near = Array.from(data.z.keys()).filter((i) => data.counts[i]! > 0);
  const some = (near.length > 0 ? near : Array.from(data.z.keys())).sort((a, b) => data.z[a]! - data.z[b]!);
  const wide = data.axes[0].at.length;
  const say = (i: number): string => {
    const [x, y] = [data.axes[0].at[i % wide]!, data.axes[1].at[Math.floor(i / wide)]!];
    return `${plain(data.z[i]!)} (${spot(data.axes[0], x)}, ${spot(data.axes[1], y)})`;
  };
  return t.rich("say.surface", { low: bold([say(some[0]!)], t), high: bold([say(some.at(-1)!)], t) });
}

export function surfaceTable(answer: Answer, other: Answer | null): TableData | null {
  const [data, pinned] = [surfaceOf(answer), surfaceOf(other)];
  if (data === null) return null;
  const [x, y] = data.axes;
  const number = unsignedFor(largest(data.z));
  const columns = [
    { ...column("x", "table.point", plain), text: x.name },
    { ...column("y", "table.point", plain), text: y.name },
    { ...column("z", "table.value", number), text: data.axis },
    column("rows", "table.near", plain),
  ];
  if (data.stderr !== null) columns.push(column("stderr", "table.error", number));
  const paired = pinned !== null && pinned.z.length === data.z.length;
  if (paired) columns.push(column("pinned", "table.pinned", number));
  const rows = Array.from(data.z, (z, i) => {
    const [a, b] = [i % x.at.length, Math.floor(i / x.at.length)];
    const cells = [x.texts?.[a] ?? x.at[a]!, y.texts?.[b] ?? y.at[b]!, z, data.counts[i]!];
    if (data.stderr !== null) cells.push(data.stderr[i]!);
    if (paired) cells.push(pinned.z[i]!);
    return cells;
  });
  return { columns, rows };
}
