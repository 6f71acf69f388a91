import { describe, expect, it } from "vitest";
import { names } from "../src/format.js";

describe("names of categories below an axis", () => {
  const days = Array.from({ length: 30 }, (_, k) => `2020-01-${String(k + 1).padStart(2, "0")}`);

  it("are all there, cut to fit, while some letters of each do", () => {
    const found = names(["never late", "wrote a long complaint", "ok"], 50);
    expect(found.map(([k]) => k)).toEqual([0, 1, 2]);
    for (const [, text] of found) expect((text.length + 1) * 6.2).toBeLessThanOrEqual(50);
    expect(found[2]![1]).toBe("ok");
  });

  it("are every n-th, readable, where they would run into each other", () => {
    const found = names(days, 6);
    expect(found.length).toBeGreaterThan(1);
    expect(found.map(([k, text]) => text === days[k])).not.toContain(false);
    expect((found[1]![0] - found[0]![0]) * 6).toBeGreaterThan(10 * 6.2);
  });

  it("are all there where they are short", () => {
    expect(names(["a", "b", "c"], 13)).toHaveLength(3);
  });
});
