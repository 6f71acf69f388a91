import type { ImageAttribution } from "./protocol.js";

/** Sums over a 3 × 3 grid, in reading order: what an image map says, in nine numbers; those of the map as Python has it. */
export function regionSums(answer: ImageAttribution): { sum: number; size: number }[] {
  const { height, width, regions: known, sizes } = answer.layout;
  if (known?.length === 9 && sizes?.length === 9) return known.map((sum, i) => ({ sum, size: sizes[i]! }));
  const regions = Array.from({ length: 9 }, () => ({ sum: 0, size: 0 }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = answer.values[y * width + x]!;
      if (!Number.isFinite(value)) continue;
      const region = regions[third(y, height) * 3 + third(x, width)]!;
      region.sum += value;
      region.size += Math.abs(value);
    }
  }
  return regions;
}

/** The middle is the largest third where they cannot be alike, as in Python. */
function third(at: number, length: number): number {
  const outer = Math.floor(length / 3);
  if (at < outer) return 0;
  return at < length - outer ? 1 : 2;
}
