import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { seriesOf, seriesSentence, seriesTable } from "../src/views/series.js";
import { openPage } from "./helpers.js";
import { answerOf, otherMessage, press, type Sent } from "./otherMessage.js";

const t = translator("en");
const VALUES = [0, 0.5, -0.25, 0, 0.1, 0, 0, 0.2];
const TRACE = [1, 2, 3, 4, 10, 10, 10, 10];

function message(
  layout: Record<string, unknown> = {},
  arrays: Record<string, number[]> = {},
  run = 1,
  gap: number | null = null,
): Sent {
  const all = { values: VALUES, trace: TRACE, sums: VALUES, ...arrays };
  const ends = [1, 2, 3, 4];
  const facts = { kind: "series", channels: 2, steps: 4, step: 1, length: 4, of: 2, ends, ...layout };
  const made = otherMessage("attribution", facts, all, {
    title: "Saliency",
    output: 1,
    base: null,
    gap,
  });
  made.content.run = run;
  return made;
}

describe("series", () => {
  it("is a ribbon per channel with its trace and ends", () => {
    const page = openPage();
    page.deliver(message());
    const figure = page.find("canvas.jx-series").closest("figure")!;
    expect(figure.getAttribute("aria-label")).toContain("Saliency");
    expect([...figure.querySelectorAll(".jx-names span")].map((e) => e.textContent)).toEqual([
      "channel 0: 1 … 4",
      "channel 1: 10 … 10",
    ]);
    const path = figure.querySelector(".jx-trace")?.getAttribute("d") ?? "";
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/L/g)).toHaveLength(6);
    expect(path.startsWith("M0.5 0.920L1.5 0.707")).toBe(true);
    expect(page.find(".jx-legend").textContent).toContain("+0.500 for");
  });

  it("reads single steps by keyboard", () => {
    const page = openPage();
    page.deliver(message());
    const canvas = page.find("canvas.jx-series");
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight"]) press(canvas, key);
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain(
      "channel 0, step 2: −0.250, series 3",
    );
    expect(page.root().textContent).toContain("Point at a step");
  });

  it("leaves a gap where the series has no number, and does without a trace", () => {
    const page = openPage();
    page.deliver(message({}, { trace: [1, Number.NaN, 3, 4, 1, 2, 3, 4] }));
    const path = page.find(".jx-series").closest("figure")!.querySelector(".jx-trace");
    expect(path?.getAttribute("d")?.match(/M/g)).toHaveLength(3);
    page.deliver(message({}, { trace: [] }, 2));
    expect(path?.getAttribute("d")).toBe("");
  });

  it("says how many steps and channels are one or missing", () => {
    const page = openPage();
    page.deliver(message({ step: 3, length: 11, of: 5 }));
    expect(page.root().textContent).toContain("3 neighbours as one step, the strongest; 2 of 5 channels");
    const canvas = page.find("canvas.jx-series");
    press(canvas, "ArrowRight");
    for (let i = 0; i < 3; i++) press(canvas, "ArrowRight");
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain(
      "channel 0, steps 9–10: 0.000, series 4",
    );
  });

  it("says the strongest stretches and fills the table", () => {
    const answer = answerOf(message());
    expect(seriesSentence(answer, t)?.textContent).toBe(
      "Strongest at step 1 of channel 0 (+0.500) and step 3 of channel 1 (+0.200), with the opposite sign at step 2 of channel 0 (−0.250).",
    );
    const one = { channels: 1, of: 1, length: 400, ends: [100, 400] };
    const sums = { values: VALUES.slice(0, 4), trace: [], sums: [-3, 1] };
    expect(seriesSentence(answerOf(message(one, sums)), t)?.textContent).toContain("steps 100–399 (+1.00)");
    const table = seriesTable(answer, answer)!;
    expect(table.columns.map((c) => c.id)).toEqual(["channel", "step", "shown", "value", "pinned"]);
    expect(table.rows[5]).toEqual([1, 1, 10, 0, 0]);
  });

  it("adds up every channel where sums mean something", () => {
    const page = openPage();
    page.deliver(message({ ends: [2, 4] }, { sums: [0.5, -0.25, 0.1, 0.2] }, 1, 0));
    expect(page.all(".jx-names span").map((e) => e.textContent)).toEqual([
      "channel 0: 1 … 4, sum +0.250",
      "channel 1: 10 … 10, sum +0.300",
    ]);
  });

  it("calls channels by their names", () => {
    const page = openPage();
    page.deliver(message({ names: ["wind", "sun"] }));
    expect(page.all(".jx-names span").map((e) => e.textContent)).toEqual(["wind: 1 … 4", "sun: 10 … 10"]);
    const answer = answerOf(message({ names: ["wind", "sun"] }));
    expect(seriesSentence(answer, t)?.textContent).toContain("step 1 of wind (+0.500)");
    expect(seriesTable(answer, null)!.rows[5]![0]).toBe("sun");
  });

  it("pins A above B on one scale", () => {
    const page = openPage();
    page.deliver(message());
    page.button("Pin").click();
    page.clock.draw();
    page.deliver(message({}, { values: VALUES.map((v) => 4 * v) }, 2));
    expect(page.find("canvas.jx-series-pinned").closest("figure")?.hidden).toBe(false);
    expect(page.find(".jx-legend").textContent).toContain("+2.00 for");
  });

  it("ignores what does not fit", () => {
    expect(seriesOf(answerOf(message({ steps: 5 })))).toBeNull();
  });
});
