// Colour maths of the heatmap: numbers in, RGBA out. Signed maps are symmetric and pin zero to the page's own
// neutral, so "nothing here" looks like nothing in every theme.

import type { Numbers, Picture } from "./protocol.js";

export type RGB = readonly [number, number, number];
export type Mode = "signed" | "absolute" | "positive" | "negative";
export const MODES: readonly Mode[] = ["signed", "absolute", "positive", "negative"];

export interface Palette {
  neutral: RGB;
  dark: boolean;
}

/** 511 colours: index 255 is zero, 510 is +limit, 0 is −limit. */
export type Lookup = Uint8ClampedArray;
export const ZERO = 255;
const ENTRIES = 511;

const SIGNED_FALLBACK: { pos: RGB; neg: RGB } = { pos: [217, 115, 13], neg: [122, 91, 208] };

export function signedLookup(table: Uint8Array | undefined, palette: Palette): Lookup {
  const lookup = new Uint8ClampedArray(ENTRIES * 3);
  for (let i = 0; i <= 255; i++) {
    lookup.set(armColour(table, palette, 1, i / 255), (ZERO + i) * 3);
    lookup.set(armColour(table, palette, -1, i / 255), (ZERO - i) * 3);
  }
  lookup.set(palette.neutral, ZERO * 3);
  return lookup;
}

/** Absolute values use a sequential table; both signs look the same. */
export function absoluteLookup(table: Uint8Array | undefined, palette: Palette): Lookup {
  const lookup = new Uint8ClampedArray(ENTRIES * 3);
  for (let i = 0; i <= 255; i++) {
    const colour = table ? rgbAt(table, i) : mix(palette.neutral, SIGNED_FALLBACK.pos, i / 255);
    lookup.set(colour, (ZERO + i) * 3);
    lookup.set(colour, (ZERO - i) * 3);
  }
  return lookup;
}

/** One sign only: the other side is neutral. */
export function halfLookup(signed: Lookup, sign: 1 | -1, palette: Palette): Lookup {
  const lookup = signed.slice();
  for (let i = 1; i <= 255; i++) lookup.set(palette.neutral, (ZERO - sign * i) * 3);
  return lookup;
}

/**
 * From neutral (t = 0) to one end (t = 1). On a light page the table's own colours are used; on a dark page the
 * table's light middle would glow around zero, so the arm runs straight from neutral to its most vivid colour.
 */
function armColour(table: Uint8Array | undefined, palette: Palette, sign: 1 | -1, t: number): RGB {
  if (table === undefined)
    return mix(palette.neutral, sign > 0 ? SIGNED_FALLBACK.pos : SIGNED_FALLBACK.neg, t);
  const at = (share: number): RGB => rgbAt(table, Math.round(127.5 + sign * share * 127.5));
  if (palette.dark) return mix(palette.neutral, vivid(at(0.7)), t);
  const own = at(0.12 + 0.68 * t);
  return mix(palette.neutral, own, Math.min(1, t * 4));
}

export interface Limit {
  /** Value drawn in the strongest colour; 0 when every number is zero. */
  limit: number;
  /** Share of pixels beyond the limit was really cut off. */
  clipped: boolean;
  /** Pixels without a finite number. */
  bad: number;
}

/** Symmetric limit: the given percentile of |value|, or the largest when that percentile is zero. */
export function limitOf(values: Numbers, percentile: number): Limit {
  const sizes = new Float64Array(values.length);
  let n = 0;
  for (const value of values) if (Number.isFinite(value)) sizes[n++] = Math.abs(value);
  const bad = values.length - n;
  if (n === 0) return { limit: 0, clipped: false, bad };
  const sorted = sizes.subarray(0, n).sort();
  const largest = sorted[n - 1]!;
  const wanted = sorted[Math.min(n - 1, Math.ceil((percentile / 100) * n) - 1)] ?? largest;
  const limit = wanted > 0 ? wanted : largest;
  return { limit, clipped: limit < largest, bad };
}

/** Share of the numbers that lie beyond a limit. */
export function shareBeyond(values: Numbers, limit: number): number {
  let beyond = 0;
  for (const value of values) if (Math.abs(value) > limit) beyond++;
  return beyond / Math.max(1, values.length);
}

/** Keeps the scale still while an answer refines, unless the new limit differs noticeably or is final. */
export function steady(previous: number | null, next: number, settled: boolean): number {
  if (previous === null || settled || previous === 0 || next === 0) return next;
  const ratio = next / previous;
  return ratio > 1.25 || ratio < 0.75 ? next : previous;
}

export interface PaintOptions {
  limit: number;
  lookup: Lookup;
  /** Grey-scale picture under the map, one byte per pixel, and how much of the map covers it. */
  base: Uint8Array | null;
  opacity: number;
  bad: RGB;
}

export function paint(values: Numbers, options: PaintOptions): Uint8ClampedArray<ArrayBuffer> {
  const { limit, lookup, base, opacity, bad } = options;
  const out = new Uint8ClampedArray(values.length * 4);
  const cover = base === null ? 1 : opacity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const at = colourIndex(value, limit) * 3;
    const grey = base === null ? 0 : base[i]!;
    const finite = Number.isFinite(value);
    for (let c = 0; c < 3; c++) {
      const colour = finite ? lookup[at + c]! : bad[c]!;
      out[i * 4 + c] = cover * colour + (1 - cover) * grey;
    }
    out[i * 4 + 3] = 255;
  }
  return out;
}

export function colourIndex(value: number, limit: number): number {
  if (!Number.isFinite(value) || limit <= 0) return ZERO;
  const steps = Math.round(Math.min(1, Math.abs(value) / limit) * 255);
  return value < 0 ? ZERO - steps : ZERO + steps;
}

/** Luma of the input, resampled by nearest neighbour to the size of the map. */
export function greyBase(picture: Picture, height: number, width: number): Uint8Array {
  const grey = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * picture.height) / height);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(((x + 0.5) * picture.width) / width);
      grey[y * width + x] = Math.round(luma(picture, row * picture.width + column));
    }
  }
  return grey;
}

export function pictureRgba(picture: Picture): Uint8ClampedArray<ArrayBuffer> {
  const { pixels, channels } = picture;
  const out = new Uint8ClampedArray(picture.height * picture.width * 4);
  for (let i = 0; i < out.length / 4; i++) {
    for (let c = 0; c < 3; c++) out[i * 4 + c] = pixels[i * channels + (channels === 3 ? c : 0)]!;
    out[i * 4 + 3] = 255;
  }
  return out;
}

function luma({ pixels, channels }: Picture, i: number): number {
  if (channels === 1) return pixels[i]!;
  return 0.2126 * pixels[i * 3]! + 0.7152 * pixels[i * 3 + 1]! + 0.0722 * pixels[i * 3 + 2]!;
}

function rgbAt(table: Uint8Array, index: number): RGB {
  return [table[index * 3]!, table[index * 3 + 1]!, table[index * 3 + 2]!];
}

function mix(from: RGB, to: RGB, t: number): RGB {
  return [0, 1, 2].map((c) => Math.round(from[c]! + (to[c]! - from[c]!) * t)) as unknown as RGB;
}

/** The same hue, as bright as a dark page needs. */
function vivid(colour: RGB): RGB {
  const gain = 240 / Math.max(...colour, 1);
  return [colour[0] * gain, colour[1] * gain, colour[2] * gain];
}
