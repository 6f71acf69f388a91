import { describe, expect, it } from "vitest";
import { tableMessage } from "./data.js";
import { openPage } from "./helpers.js";

/** Where the names of the lines stand after answers with these errors and gaps. */
function names(points: [number, number][]): { text: string; y: number }[] {
  const page = openPage();
  for (const [i, [error, gap]] of points.entries()) {
    const final = i === points.length - 1;
    const answer = { error, gap, evals: 10 * 2 ** i, final };
    page.deliver(tableMessage(["a", "b"], ["1", "2"], [3, -2], { answer, run: 1, frame: i + 1 }));
  }
  const texts = page
    .all(".jx-convergence text")
    .filter((e) => ["error", "gap"].includes(e.textContent ?? ""));
  const shown = texts.filter((e) => e.parentElement?.getAttribute("visibility") === "visible");
  return shown.map((e) => ({ text: e.textContent ?? "", y: Number(e.getAttribute("y")) }));
}

describe("the names of error and gap", () => {
  it.each([
    [0.01, 0.01],
    [0.01, 0.0099],
    [0.0098, 0.01],
  ])("stand apart where the lines end together (%d, %d)", (error, gap) => {
    const found = names([
      [0.5, 0.4],
      [error, gap],
    ]);
    expect(found.map((n) => n.text).sort()).toEqual(["error", "gap"]);
    const y = Object.fromEntries(found.map((n) => [n.text, n.y]));
    expect(Math.abs(y.error! - y.gap!)).toBeGreaterThanOrEqual(11);
    if (error !== gap) expect(y.error! < y.gap!).toBe(error > gap);
    for (const { y: each } of found) expect(each).toBeLessThanOrEqual(85);
  });

  it("stand at the lines' ends where these are apart", () => {
    const found = names([
      [0.5, 0.4],
      [0.3, 0.0001],
    ]);
    const y = Object.fromEntries(found.map((n) => [n.text, n.y]));
    expect(y.gap! - y.error!).toBeGreaterThan(30);
  });
});
