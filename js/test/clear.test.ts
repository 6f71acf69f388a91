import { expect, test } from "vitest";
import { clearOf } from "../src/views/clear.js";

test("one of many must differ by more", () => {
  // Quantiles of the normal distribution at 1 - 0.025 / count.
  for (const [count, z] of [
    [1, 1.95996],
    [10, 2.80703],
    [100, 3.48076],
    [4950, 4.41504],
  ] as const)
    expect(Math.abs(clearOf(count) - z)).toBeLessThan(0.0006);
  expect(clearOf(0)).toBe(clearOf(1));
});
