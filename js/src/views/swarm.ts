// One swarm: few rows are a dot each, many a shape as high as rows are many; the lowest values lie below.

import type { RGB } from "../colors.js";
import type { CloudPanel } from "./cloudData.js";

const SHADES = 6;
const FEW = 1000; // rows that are dots
const SINGLE = 3; // rows of a bin that are a dot beside a shape
const DOT = 1.9;
const LEAST = 0.9;
const GREY: RGB = [140, 140, 140];

export interface Place {
  /** Middle of the row, and how far the fullest bin goes up and down. */
  middle: number;
  half: number;
  x(bin: number): number;
}
type Tint = (share: number) => RGB;

export function swarm(
  pen: CanvasRenderingContext2D,
  panel: CloudPanel,
  place: Place,
  tint: Tint,
  rows: number,
): void {
  (rows <= FEW ? dots : shape)(pen, panel, place, tint);
}

/** Rows of a bin one above the other; they overlap where there are more than there is room for. */
function dots(
  pen: CanvasRenderingContext2D,
  panel: CloudPanel,
  { middle, half, x }: Place,
  tint: Tint,
): void {
  const step = Math.min(2 * DOT, (2 * (half - DOT)) / Math.max(1, Math.max(...panel.counts) - 1));
  panel.counts.forEach((n: number, k: number) => {
    for (let i = 0; i < n; i++) {
      const shade = shadeAt(panel.shades, k, (i + 0.5) / n);
      dot(pen, x(k + 0.5), middle + ((n - 1) / 2 - i) * step, shade === null ? GREY : tint(shade));
    }
  });
}

/** The rank at a share of the rows of a bin, the lowest first; null for rows without one. */
function shadeAt(shades: CloudPanel["shades"], bin: number, share: number): number | null {
  let sum = 0;
  for (let s = 0; s < SHADES; s++) {
    sum += (shades[bin * SHADES + s] ?? 0) / 255;
    if (share < sum) return (s + 0.5) / SHADES;
  }
  return null;
}

function dot(pen: CanvasRenderingContext2D, x: number, y: number, colour: RGB): void {
  pen.fillStyle = css(colour);
  pen.beginPath();
  pen.arc(x, y, DOT, 0, 2 * Math.PI);
  pen.fill();
}

function shape(
  pen: CanvasRenderingContext2D,
  { counts, colour, shades }: CloudPanel,
  { middle, half, x }: Place,
  tint: Tint,
): void {
  const most = Math.max(...counts, 1);
  const tall = (k: number): number =>
    (counts[k] ?? 0) === 0 ? 0 : Math.max(LEAST, (half * counts[k]!) / most);
  const single = (k: number): boolean => tall(k) < DOT && counts[k]! <= SINGLE;
  const layer = (from: number, to: number, low: (k: number) => number, high: (k: number) => number): void => {
    pen.beginPath();
    pen.moveTo(x(from), middle);
    for (let k = from; k < to; k++) pen.lineTo(x(k + 0.5), middle + tall(k) * (1 - 2 * high(k)));
    pen.lineTo(x(to), middle);
    for (let k = to - 1; k >= from; k--) pen.lineTo(x(k + 0.5), middle + tall(k) * (1 - 2 * low(k)));
    pen.fill();
  };
  for (let from = 0; from < counts.length; from++) {
    if (tall(from) === 0) continue;
    let to = from;
    while (to < counts.length && tall(to) > 0) to++;
    pen.fillStyle = css(GREY);
    layer(
      from,
      to,
      () => 0,
      () => 1,
    );
    // From the highest down: each reaches to the bottom and is painted over by the one below, which leaves no seams.
    for (let shade = SHADES - 1; shade >= 0; shade--) {
      pen.fillStyle = css(tint((shade + 0.5) / SHADES));
      layer(
        from,
        to,
        () => 0,
        (k) => upTo(k, shade),
      );
    }
    from = to;
  }
  for (let k = 0; k < counts.length; k++) {
    if (!single(k) || counts[k] === 0) continue;
    dot(pen, x(k + 0.5), middle, colour[k] === 255 ? GREY : tint(colour[k]! / 254));
  }

  function upTo(k: number, shade: number): number {
    let sum = 0;
    for (let s = 0; s <= shade; s++) sum += shades[k * SHADES + s] ?? 0;
    return Math.min(1, sum / 255);
  }
}

const css = (rgb: RGB): string => `rgb(${rgb.join()})`;
