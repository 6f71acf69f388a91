// The neighbours of a local fit, as the kernel sends them with an answer.

import { type Answer, isRecord, type Numbers } from "../protocol.js";

export interface FitFeature {
  name: string;
  /** The input's own feature, and the fit's slope. */
  here: number;
  slope: number;
  /** A column's value is origin + scale · feature; null for features that are 0 or 1. */
  origin: number | null;
  scale: number | null;
  /** Place among the features that were sent. */
  index: number;
}

export interface Fit {
  /** What 1 means: as in the input, or a part that is not hidden. */
  kind: "same" | "present";
  features: FitFeature[];
  explained: number | null;
  intercept: number;
  count: number;
  mass: number;
  width: number;
  /** Output of the model, and of the fit, for the input. */
  output: number;
  fittedHere: number;
  /** Neighbours × features. */
  values: Numbers;
  outputs: Numbers;
  fitted: Numbers;
  weights: Numbers;
  distances: Numbers;
}

const read = new WeakMap<Answer, Fit | null>();

export function fitOf(answer: Answer | null): Fit | null {
  if (answer === null) return null;
  if (!read.has(answer)) read.set(answer, decodeFit(answer, answer.parts.neighbourhood));
  return read.get(answer) ?? null;
}

function decodeFit(answer: Answer, raw: unknown): Fit | null {
  if (!isRecord(raw) || !Array.isArray(raw.features)) return null;
  const number = (value: unknown): number | null =>
    typeof value === "number" && Number.isFinite(value) ? value : null;
  const features = raw.features.filter(isRecord).map((f, index) => {
    const [origin, scale] = [number(f.origin), number(f.scale)];
    const numeric = origin !== null && scale !== null;
    return {
      name: String(f.name),
      here: number(f.here) ?? 0,
      slope: number(f.slope) ?? 0,
      origin: numeric ? origin : null,
      scale: numeric ? scale : null,
      index,
    };
  });
  const arrays = ["features", "outputs", "fitted", "weights", "distances"].map((n) =>
    answer.arrays.get(`fit.${n}`),
  );
  const [values, outputs, fitted, weights, distances] = arrays;
  if (!values || !outputs || !fitted || !weights || !distances) return null;
  const n = outputs.length;
  if (n === 0 || values.length !== n * features.length) return null;
  if ([fitted, weights, distances].some((each) => each.length !== n)) return null;
  return {
    kind: raw.kind === "present" ? "present" : "same",
    features,
    explained: number(raw.explained),
    intercept: number(raw.intercept) ?? 0,
    count: number(raw.count) ?? n,
    mass: number(raw.mass) ?? 0,
    width: number(raw.width) ?? 1,
    output: number(raw.output) ?? 0,
    fittedHere: number(raw.fitted) ?? 0,
    ...{ values, outputs, fitted, weights, distances },
  };
}

/** Where the neighbours are from left to right. */
export function places(fit: Fit, feature: FitFeature | null, other: string): number[] {
  if (feature === null) return Array.from(other === "distance" ? fit.distances : fit.fitted);
  const step = steps(fit, feature);
  const { origin, scale } = feature;
  return scale === null ? step : step.map((v) => origin! + scale * v);
}

/** How high they are: the model's output, less the other features' part in the fit where that is wanted. */
export function heights(fit: Fit, feature: FitFeature | null, alone: boolean): number[] {
  if (feature === null || !alone) return Array.from(fit.outputs);
  return steps(fit, feature).map(
    (v, i) => fit.outputs[i]! - fit.fitted[i]! + fit.fittedHere + feature.slope * (v - feature.here),
  );
}

const steps = (fit: Fit, { index }: FitFeature): number[] =>
  Array.from(fit.outputs, (_, i) => fit.values[i * fit.features.length + index]!);
