// Which bars are shown and in what order. Rows must not jump around while an answer refines: a row overtakes
// its neighbour only when the difference is larger than the error, and the final answer settles the order.

import type { TableAttribution } from "../protocol.js";
import type { Sort } from "../view.js";

export interface Wish {
  sort: Sort;
  find: string;
  shown: number;
}

export interface Order {
  /** Features to draw, first row first. */
  rows: number[];
  /** How many features match the search. */
  matching: number;
}

export function orderRows(
  answer: TableAttribution,
  wish: Wish,
  previous: readonly number[],
  settled: boolean,
): Order {
  const candidates = matching(answer, wish.find);
  const top = largest(answer, candidates, wish, settled ? [] : previous);
  if (wish.sort === "name") return { rows: byName(answer, top), matching: candidates.length };
  const key = (i: number): number => keyOf(answer, wish.sort, i);
  const fresh = top.toSorted((a, b) => key(b) - key(a) || a - b);
  const rows = settled ? fresh : keepOrder(fresh, previous, key, (a, b) => margin(answer, a, b));
  return { rows, matching: candidates.length };
}

/** Rank of every feature by size, 1 is the largest; computed once per answer. */
export function ranks(answer: TableAttribution): Uint32Array {
  const order = Uint32Array.from(answer.values.keys()).sort(
    (a, b) => size(answer, b) - size(answer, a) || a - b,
  );
  const rank = new Uint32Array(order.length);
  for (const [position, feature] of order.entries()) rank[feature] = position + 1;
  return rank;
}

function matching(answer: TableAttribution, find: string): number[] {
  const all = Array.from(answer.values.keys());
  const wanted = find.trim().toLowerCase();
  if (wanted === "") return all;
  return all.filter((i) => (answer.layout.names[i] ?? "").toLowerCase().includes(wanted));
}

/** The largest by size whatever the sort, so that sorting by value or name shows the rows that matter. */
function largest(
  answer: TableAttribution,
  candidates: number[],
  wish: Wish,
  previous: readonly number[],
): number[] {
  if (candidates.length <= wish.shown) return candidates;
  const shownBefore = new Set(previous);
  const bonus = (i: number): number => (shownBefore.has(i) ? margin(answer, i, i) : 0);
  const keys = new Float64Array(answer.values.length);
  for (const i of candidates) keys[i] = size(answer, i) + bonus(i);
  return candidates.sort((a, b) => keys[b]! - keys[a]! || a - b).slice(0, wish.shown);
}

function byName(answer: TableAttribution, rows: number[]): number[] {
  const { names } = answer.layout;
  return rows.toSorted((a, b) =>
    (names[a] ?? "").localeCompare(names[b] ?? "", undefined, { numeric: true }),
  );
}

/** Starts from the order on screen and lets a row pass only those it clearly exceeds. */
function keepOrder(
  fresh: readonly number[],
  previous: readonly number[],
  key: (i: number) => number,
  margin: (a: number, b: number) => number,
): number[] {
  const wanted = new Set(fresh);
  const rows = previous.filter((i) => wanted.has(i));
  for (const i of fresh) {
    if (!rows.includes(i)) insert(rows, i, key);
  }
  for (let i = 1; i < rows.length; i++) {
    for (let j = i; j > 0; j--) {
      const upper = rows[j - 1]!;
      const lower = rows[j]!;
      if (key(lower) - key(upper) <= margin(lower, upper)) break;
      rows[j - 1] = lower;
      rows[j] = upper;
    }
  }
  return rows;
}

function insert(rows: number[], feature: number, key: (i: number) => number): void {
  const at = rows.findIndex((i) => key(i) < key(feature));
  rows.splice(at < 0 ? rows.length : at, 0, feature);
}

function margin(answer: TableAttribution, a: number, b: number): number {
  const { stderr } = answer;
  if (stderr !== null) return 1.96 * Math.hypot(stderr[a] ?? 0, stderr[b] ?? 0);
  return answer.errorKind === "exact" ? 0 : (answer.error ?? 0);
}

function keyOf(answer: TableAttribution, sort: Sort, i: number): number {
  const value = answer.values[i]!;
  if (!Number.isFinite(value)) return Number.NEGATIVE_INFINITY;
  return sort === "value" ? value : Math.abs(value);
}

function size(answer: TableAttribution, i: number): number {
  const value = Math.abs(answer.values[i]!);
  return Number.isFinite(value) ? value : -1;
}
