/** Linear scale of the bars: zero has zero length, twice the value has twice the length. */
export interface BarScale {
  low: number;
  high: number;
}

export const Z95 = 1.96;

/** Room for every value with its whiskers; the smaller side keeps some width so that zero is never at the edge. */
export function barScale(ends: Iterable<readonly [number, number]>): BarScale {
  let low = 0;
  let high = 0;
  for (const [from, to] of ends) {
    if (Number.isFinite(from)) low = Math.min(low, from);
    if (Number.isFinite(to)) high = Math.max(high, to);
  }
  if (low === 0 && high === 0) return { low: -1, high: 1 };
  const least = 0.12 * (high - low);
  return { low: Math.min(low, -least), high: Math.max(high, least) };
}

/** While an answer refines the scale stays, unless something no longer fits or much room is wasted. */
export function steadyScale(previous: BarScale | null, next: BarScale, settled: boolean): BarScale {
  if (previous === null || settled) return next;
  const fits = next.low >= previous.low * 1.0001 && next.high <= previous.high * 1.0001;
  const wasted = next.high - next.low < 0.7 * (previous.high - previous.low);
  if (fits && !wasted) return previous;
  // Some head room, so that the next frames fit as well.
  return { low: next.low * 1.08, high: next.high * 1.08 };
}

/** Share of the track in percent. */
export function share(scale: BarScale, value: number): number {
  const clamped = Math.max(scale.low, Math.min(scale.high, value));
  return (100 * (clamped - scale.low)) / (scale.high - scale.low);
}

export function span(scale: BarScale, from: number, to: number): { left: number; width: number } {
  const a = share(scale, from);
  const b = share(scale, to);
  return { left: Math.min(a, b), width: Math.abs(b - a) };
}
