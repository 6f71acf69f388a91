import { describe, expect, it } from "vitest";
import { imageMessage } from "./data.js";
import { openPage } from "./helpers.js";
import { press } from "./otherMessage.js";

const values = [0.4, -0.2, 0, 0.1, 0.3, -0.1, 0, 0.2, 0];

describe("heatmap", () => {
  it("is a canvas in a labelled figure with a legend with numbers", () => {
    const page = openPage();
    page.deliver(imageMessage(values, 3, 3));
    const canvas = page.find("canvas.jx-heatmap");
    expect(canvas.closest("figure")?.getAttribute("aria-label")).toContain("Integrated gradients");
    const legend = page.find(".jx-legend").textContent;
    expect(legend).toContain("+0.400 for");
    expect(legend).toContain("−0.400 against");
    expect(page.find("canvas.jx-heatmap").closest("figure")?.textContent).toContain("signed");
  });

  it("has no for and against where shares are shown", () => {
    const page = openPage();
    page.deliver(imageMessage(values, 3, 3, { answer: { unit: "share" } }));
    expect(page.find(".jx-legend").textContent).toBe("+0.4000−0.400");
  });

  it("reads single pixels by keyboard", () => {
    const page = openPage();
    page.deliver(imageMessage(values, 3, 3));
    const canvas = page.find("canvas.jx-heatmap");
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) press(canvas, key);
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain("row 1, column 1: +0.300");
  });

  it("says so when all is zero, and counts what has no number", () => {
    const page = openPage();
    page.deliver(imageMessage(new Float32Array(4), 2, 2));
    expect(page.root().textContent).toContain("All attributions are zero");
    page.deliver(imageMessage([1, Number.NaN, 2, Number.NaN], 2, 2, { frame: 2 }));
    expect(page.root().textContent).toContain("2 pixels have no number");
  });

  it("switches views, and the table holds the region sums", () => {
    const page = openPage();
    page.deliver(imageMessage(values, 3, 3));
    page.button("Absolute").click();
    expect(page.find(".jx-legend").textContent).toContain("0.400 strong");
    page.button("Table").click();
    const cells = page.all("table.jx-table tbody tr").map((row) => row.children[1]?.textContent);
    expect(cells).toEqual([
      "+0.400",
      "−0.200",
      "0.000",
      "+0.100",
      "+0.300",
      "−0.100",
      "0.000",
      "+0.200",
      "0.000",
    ]);
  });

  it("says the sums of the whole map where neighbours became one", () => {
    const page = openPage();
    const made = imageMessage(values, 3, 3);
    const { layout } = made.content.answer as { layout: Record<string, unknown> };
    Object.assign(layout, { step: 2, regions: values.map((v) => 4 * v), sizes: values.map(Math.abs) });
    page.deliver(made);
    expect(page.root().textContent).toContain("the top left (+1.60)");
    expect(page.root().textContent).toContain("2 × 2 pixels as one, their mean");
    const canvas = page.find("canvas.jx-heatmap");
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) press(canvas, key);
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain("row 2, column 2: +0.300");
  });

  it("keeps the scale for other answers until it is let go", () => {
    const page = openPage();
    const legend = () => page.find(".jx-legend").textContent;
    page.deliver(imageMessage(values, 3, 3));
    page.button("Keep scale").click();
    page.deliver(
      imageMessage(
        values.map((v) => 3 * v),
        3,
        3,
        { run: 2 },
      ),
    );
    expect(legend()).toContain("+0.400 for");
    expect(page.root().textContent).toMatch(/signed, scale kept, 44.% beyond/);
    page.deliver(
      imageMessage(
        values.map((v) => v / 4),
        3,
        3,
        { run: 3 },
      ),
    );
    expect(legend()).toContain("+0.400 for");
    expect(page.root().textContent).toContain("signed, scale kept");
    expect(page.button("Keep scale").getAttribute("aria-pressed")).toBe("true");
    page.button("Keep scale").click();
    expect(legend()).toContain("+0.100 for");
  });

  it("pins A beside B on one scale", () => {
    const page = openPage();
    page.deliver(imageMessage(values, 3, 3));
    page.button("Pin").click();
    page.deliver(
      imageMessage(
        values.map((v) => 3 * v),
        3,
        3,
        { run: 2 },
      ),
    );
    expect(page.find(".jx-heatmap-pinned").closest("figure")?.hidden).toBe(false);
    expect(page.find(".jx-legend").textContent).toContain("+1.20 for");
    expect(page.root().textContent).toContain("shared scale");
    page.button("Pinned A").click();
    expect(page.find(".jx-heatmap-pinned").closest("figure")?.hidden).toBe(true);
  });
});
