// The steps of an algorithm, as the kernel sends them with an answer.

import { limitOf } from "../colors.js";
import { type Answer, isRecord, type Numbers, type Picture } from "../protocol.js";
import type { Span } from "./spans.js";

/** From baseline (t = 0) to input (t = 1): the curves, and what each of the steps collects. */
export interface PathSteps {
  /** Places of the curves; the output there, and the sum of the attributions up to there. */
  t: Numbers;
  f: Numbers;
  sum: Numbers;
  /** Where the output reaches 90 % of its change. */
  saturation: number | null;
  /** Steps, and places between them (one more). */
  count: number;
  ends: Numbers;
  draw: "image" | "table" | "text";
  /** Per step what is collected in it, cell by cell; per place what is collected up to there. */
  shares: Float64Array[];
  collected: Float64Array[];
  height: number;
  width: number;
  /** Of a table: features, how many more there are in the last cell, and where each comes from and goes to. */
  names: string[];
  others: number;
  /** Of a series: the stretches of time that take the features' place, and the channels' names. */
  spans: Span[] | null;
  channels: string[];
  start: Numbers | null;
  end: Numbers | null;
}

const read = new WeakMap<Answer, PathSteps | null>();

export function pathOf(answer: Answer | null): PathSteps | null {
  if (answer === null) return null;
  if (!read.has(answer)) read.set(answer, decode(answer));
  return read.get(answer) ?? null;
}

function decode(answer: Answer): PathSteps | null {
  const raw = answer.parts.steps;
  const array = (name: string): Numbers | undefined => answer.arrays.get(`steps.${name}`);
  const [t, f, sum, ends, flat] = ["t", "f", "sum", "ends", "shares"].map(array);
  if (!isRecord(raw) || raw.kind !== "path" || !t || !f || !sum || !ends || !flat) return null;
  const draw = (["image", "table", "text"] as const).find((kind) => kind === raw.draw);
  const count = ends.length - 1;
  const cells = flat.length / count;
  if (draw === undefined || count < 1 || t.length < 2 || f.length !== t.length || sum.length !== t.length) {
    return null;
  }
  const [height, width] = [Number(raw.height), Number(raw.width)];
  const names = Array.isArray(raw.names) ? raw.names.map(String) : [];
  const others = Number(raw.others) || 0;
  const wanted = { image: height * width, table: names.length + (others > 0 ? 1 : 0), text: cells }[draw];
  if (!Number.isInteger(cells) || cells !== wanted) return null;
  const unit = flat instanceof Uint8Array ? Number(raw.unit) : null;
  const shares = Array.from({ length: count }, (_, k) =>
    Float64Array.from(flat.subarray(k * cells, (k + 1) * cells), (v) =>
      unit === null ? v : (v - 128) * unit,
    ),
  );
  const collected = [new Float64Array(cells)];
  for (const share of shares) {
    const before = collected.at(-1)!;
    collected.push(share.map((v, i) => v + before[i]!));
  }
  const fitting = (name: string): Numbers | null =>
    array(name)?.length === names.length ? array(name)! : null;
  const spans = Array.isArray(raw.spans) ? (raw.spans as Span[]) : null;
  const channels = Array.isArray(raw.channels) ? raw.channels.map(String) : [];
  const saturation = typeof raw.at === "number" ? raw.at : null;
  const ways = { start: fitting("start"), end: fitting("end") };
  return {
    ...{ t, f, sum, saturation, count, ends, draw, shares, collected, height, width, names, others },
    ...{ spans, channels, ...ways },
  };
}

/** A curve between the places where it is known. */
export function along(t: Numbers, y: Numbers, place: number): number {
  let k = 1;
  while (k < t.length - 1 && t[k]! < place) k++;
  const share = (place - t[k - 1]!) / (t[k]! - t[k - 1]! || 1);
  return y[k - 1]! + Math.max(0, Math.min(1, share)) * (y[k]! - y[k - 1]!);
}

export interface Scales {
  /** Of what is collected: one scale for all steps. */
  limit: number;
  /** How much stronger the single steps are drawn on it: a round number. */
  gain: number;
}

export function scalesOf({ shares, collected }: PathSteps, percentile: number): Scales {
  const most = (many: Float64Array[]): number =>
    Math.max(...many.map((each) => limitOf(each, percentile).limit));
  const [limit, single] = [most(collected), most(shares)];
  return { limit, gain: single > 0 ? round(limit / single) : 1 };
}

/** The largest of 1, 2, 5, 10, 20, … that is not above. */
function round(gain: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, gain)));
  return power * ([5, 2].find((digit) => digit * power <= gain) ?? 1);
}

/** The picture at a place of the way. */
export function blended(from: Picture, to: Picture, place: number): Picture {
  const pixels = to.pixels.map((v, i) => Math.round(from.pixels[i]! + place * (v - from.pixels[i]!)));
  return { ...to, pixels };
}

export const alike = (one: Picture | null, other: Picture | null): boolean =>
  one !== null && other !== null && one.pixels.length === other.pixels.length && one.width === other.width;
