// One swarm: as high as rows are many, in layers by the rank of their value, the lowest below; single rows are dots.

import type { RGB } from "../colors.js";
import type { CloudPanel } from "./cloudData.js";

const SHADES = 6;
const FEW = 3;
const DOT = 1.9;
const LEAST = 0.9;
const GREY: RGB = [140, 140, 140];

export interface Place {
  /** Middle of the row, and how far the fullest bin goes up and down. */
  middle: number;
  half: number;
  x(bin: number): number;
}

export function swarm(
  pen: CanvasRenderingContext2D,
  { counts, colour, shades }: CloudPanel,
  { middle, half, x }: Place,
  tint: (share: number) => RGB,
): void {
  const most = Math.max(...counts, 1);
  const tall = (k: number): number =>
    (counts[k] ?? 0) === 0 ? 0 : Math.max(LEAST, (half * counts[k]!) / most);
  const single = (k: number): boolean => tall(k) < DOT && counts[k]! <= FEW;
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
    pen.fillStyle = css(colour[k] === 255 ? GREY : tint(colour[k]! / 254));
    pen.beginPath();
    pen.arc(x(k + 0.5), middle, DOT, 0, 2 * Math.PI);
    pen.fill();
  }

  function upTo(k: number, shade: number): number {
    let sum = 0;
    for (let s = 0; s <= shade; s++) sum += shades[k * SHADES + s] ?? 0;
    return Math.min(1, sum / 255);
  }
}

const css = (rgb: RGB): string => `rgb(${rgb.join()})`;
