// The first walks of sampled Shapley values, as the kernel sends them with an answer.

import { type Answer, isRecord, type Numbers } from "../protocol.js";

export interface Orders {
  /** Features by the size of their mean gain; `others` more are one last column of the gains. */
  names: string[];
  others: number;
  /** The output when all have entered, and of each walk before anybody has. */
  output: number;
  starts: Numbers;
  walks: number;
  columns: number;
  /** Walks × columns, and walks × names: the places at which the features enter, from 0. */
  gains: Numbers;
  ranks: Numbers;
}

const read = new WeakMap<Answer, Orders | null>();

export function ordersOf(answer: Answer | null): Orders | null {
  if (answer === null) return null;
  if (!read.has(answer)) read.set(answer, decode(answer));
  return read.get(answer) ?? null;
}

function decode({ parts, arrays }: Answer): Orders | null {
  const raw = parts.orders;
  const [gains, ranks, starts] = ["gains", "ranks", "starts"].map((name) => arrays.get(`orders.${name}`));
  if (!isRecord(raw) || !Array.isArray(raw.names) || !gains || !ranks || !starts) return null;
  const names = raw.names.map(String);
  const others = Number(raw.others) || 0;
  const [walks, columns] = [starts.length, names.length + (others > 0 ? 1 : 0)];
  if (walks < 1 || names.length === 0) return null;
  if (gains.length !== walks * columns || ranks.length !== walks * names.length) return null;
  return { names, others, output: Number(raw.output), starts, walks, columns, gains, ranks };
}

/** Columns in the order in which a walk (from 0) lets them enter. */
export function entering({ names, ranks }: Orders, walk: number): number[] {
  const rank = (i: number): number => ranks[walk * names.length + i]!;
  return names.map((_, i) => i).sort((a, b) => rank(a) - rank(b));
}

export interface Running {
  mean: number;
  /** From pairs of walks, there and back; null before there are two. */
  stderr: number | null;
}

/** Mean gain of a column over the first walks. */
export function running(orders: Orders, column: number, count: number): Running {
  const gain = (walk: number): number => orders.gains[walk * orders.columns + column]!;
  let sum = 0;
  for (let walk = 0; walk < count; walk++) sum += gain(walk);
  const pairs = Array.from({ length: Math.floor(count / 2) }, (_, k) => (gain(2 * k) + gain(2 * k + 1)) / 2);
  const n = pairs.length;
  const middle = pairs.reduce((all, v) => all + v, 0) / n;
  const squares = pairs.reduce((all, v) => all + (v - middle) ** 2, 0);
  return {
    mean: count > 0 ? sum / count : Number.NaN,
    stderr: n > 1 ? Math.sqrt(squares / (n - 1) / n) : null,
  };
}
