import type { ImageAttribution } from "./protocol.js";

/** Sums over a 3 × 3 grid, in reading order: what an image map says, in nine numbers. */
export function regionSums(answer: ImageAttribution): { sum: number; size: number }[] {
  const { height, width } = answer.layout;
  const regions = Array.from({ length: 9 }, () => ({ sum: 0, size: 0 }));
  for (let y = 0; y < height; y++) {
    const band = Math.min(2, Math.floor((y * 3) / height)) * 3;
    for (let x = 0; x < width; x++) {
      const value = answer.values[y * width + x]!;
      if (!Number.isFinite(value)) continue;
      const region = regions[band + Math.min(2, Math.floor((x * 3) / width))]!;
      region.sum += value;
      region.size += Math.abs(value);
    }
  }
  return regions;
}
