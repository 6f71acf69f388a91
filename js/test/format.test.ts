import { describe, expect, it } from "vitest";
import { count, names, plain, signedFor } from "../src/format.js";

describe("digits", () => {
  it("are in threes where there are five or more: a year stays a year", () => {
    expect([2009, 5660, 12345, -1234567].map(count)).toEqual([
      "2009",
      "5660",
      "12\u202f345",
      "−1\u202f234\u202f567",
    ]);
    expect([plain(2009), plain(20090)]).toEqual(["2009", "20\u202f090"]);
    expect(signedFor(20000)(4321)).toBe("+4321");
  });

  it("have an exponent without plus and zeros, as in Python", () => {
    expect([3.616e11, 5e-10, -2e12].map(plain)).toEqual(["3.62e11", "5e−10", "−2e12"]);
  });
});

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
