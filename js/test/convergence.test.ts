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

describe("the line of errors", () => {
  /** Heights at which it goes through. */
  function line(points: Record<string, unknown>[]): number[] {
    const page = openPage();
    for (const [i, point] of points.entries()) {
      const answer = { evals: 10 * 2 ** i, final: i === points.length - 1, ...point };
      page.deliver(tableMessage(["a", "b"], ["1", "2"], [3, -2], { answer, run: 1, frame: i + 1 }));
    }
    const drawn = page.find(".jx-convergence polyline.jx-curve-error").getAttribute("points") ?? "";
    return drawn.split(" ").map((xy) => Number(xy.split(",")[1]));
  }

  it("stays in its frame when an error is zero", () => {
    const heights = line([{ error: 0 }, { error: 3 }, { error: 2.9 }]);
    expect(heights).toHaveLength(3);
    for (const y of heights) expect(y).toBeLessThanOrEqual(88);
  });

  it("begins where an error is known", () => {
    expect(line([{ error: 0, error_kind: "unknown" }, { error: 3 }, { error: 2.9 }])).toHaveLength(2);
  });
});

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
