import { describe, expect, it } from "vitest";
import {
  absoluteLookup,
  colourIndex,
  greyBase,
  halfLookup,
  limitOf,
  type Palette,
  paint,
  type RGB,
  signedLookup,
  steady,
  ZERO,
} from "../src/colors.js";
import { displayScale } from "../src/views/heatmap.js";

const light: Palette = { neutral: [250, 251, 252], dark: false };
const dark: Palette = { neutral: [17, 18, 19], dark: true };
const table = new Uint8Array(768);
for (let i = 0; i < 256; i++) table.set(i < 128 ? [60, 20, 255 - i] : [i, 120, 20], i * 3);

const at = (lookup: Uint8ClampedArray, i: number): number[] => [...lookup.slice(i * 3, i * 3 + 3)];
const bad: RGB = [1, 2, 3];

describe("colours", () => {
  it.each([
    ["light", light],
    ["dark", dark],
  ])("pin zero to the page's neutral (%s)", (_name, palette) => {
    for (const map of [table, undefined]) {
      const lookup = signedLookup(map, palette);
      expect(at(lookup, ZERO)).toEqual([...palette.neutral]);
      const out = paint(Float32Array.from([0, 1e-9, 1, -1]), {
        limit: 1,
        lookup,
        base: null,
        opacity: 1,
        bad,
      });
      expect([...out.slice(0, 3)]).toEqual([...palette.neutral]);
      expect([...out.slice(4, 7)]).toEqual([...palette.neutral]);
      expect([...out.slice(8, 11)]).not.toEqual([...out.slice(12, 15)]);
    }
  });

  it("are symmetric: a value and its negative sit equally far from zero", () => {
    for (const value of [0, 0.1, 0.5, 0.99, 1, 7]) {
      expect(colourIndex(value, 1) - ZERO).toBe(ZERO - colourIndex(-value, 1));
    }
    expect(colourIndex(7, 1)).toBe(colourIndex(1, 1));
    expect(colourIndex(3, 0)).toBe(ZERO);
  });

  it("absolute ignores the sign, one-sided views leave the other sign neutral", () => {
    const absolute = absoluteLookup(table, light);
    expect(at(absolute, ZERO + 99)).toEqual(at(absolute, ZERO - 99));
    const positive = halfLookup(signedLookup(table, light), 1, light);
    expect(at(positive, ZERO - 200)).toEqual([...light.neutral]);
    expect(at(positive, ZERO + 200)).not.toEqual([...light.neutral]);
  });

  it("lets the grey input through where the map is transparent", () => {
    const lookup = signedLookup(table, light);
    const base = Uint8Array.from([100]);
    const out = paint(Float32Array.from([0]), { limit: 1, lookup, base, opacity: 0.5, bad });
    expect(out[0]).toBe(175);
  });

  it("takes the luma of a colour input and fits it to the map", () => {
    const pixels = Uint8Array.from([255, 255, 255, 0, 0, 0, 0, 0, 0, 255, 255, 255]);
    expect([...greyBase({ height: 2, width: 2, channels: 3, pixels }, 1, 2)]).toEqual([0, 255]);
  });
});

describe("limit", () => {
  it("clips the wanted share", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 ? i : -i));
    const found = limitOf(values, 99);
    expect(found.limit).toBe(989);
    expect(found.clipped).toBe(true);
    expect(limitOf(values, 100)).toEqual({ limit: 999, clipped: false, bad: 0 });
  });

  it("falls back to the largest value of a sparse map, and to zero for a zero map", () => {
    const sparse = new Float32Array(1000);
    sparse[3] = -5;
    expect(limitOf(sparse, 99).limit).toBe(5);
    expect(limitOf(new Float32Array(9), 99)).toEqual({ limit: 0, clipped: false, bad: 0 });
  });

  it("counts what is no number and ignores it", () => {
    const found = limitOf(Float32Array.from([1, Number.NaN, Number.POSITIVE_INFINITY, -2]), 100);
    expect(found).toEqual({ limit: 2, clipped: false, bad: 2 });
  });

  it("does not flicker while an answer refines", () => {
    expect(steady(1, 1.1, false)).toBe(1);
    expect(steady(1, 1.5, false)).toBe(1.5);
    expect(steady(1, 1.1, true)).toBe(1.1);
    expect(steady(null, 3, false)).toBe(3);
  });
});

describe("display size", () => {
  it.each([
    [8, 35],
    [28, 10],
    [224, 1],
    [256, 1],
    [32, 9],
  ])("%i pixels are drawn %i times as large", (size, scale) => {
    expect(displayScale(size, 280)).toBe(scale);
  });
  it("shrinks what is larger than the page", () => {
    expect(displayScale(560, 280)).toBe(0.5);
  });
});
