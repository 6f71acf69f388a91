import { describe, expect, it } from "vitest";
import { asAttribution, decode, type TableAttribution } from "../src/protocol.js";
import { barScale, share, span, steadyScale } from "../src/views/barScale.js";
import { orderRows, ranks } from "../src/views/order.js";
import { tableMessage } from "./data.js";
import { fire, openPage } from "./helpers.js";

function table(values: number[], stderr?: number[]): TableAttribution {
  const names = values.map((_, i) => `f${i}`);
  const { content, buffers } = tableMessage(names, [], values, stderr === undefined ? {} : { stderr });
  const message = decode(content, buffers);
  if (message?.kind !== "answer") throw new Error("not an answer");
  return asAttribution(message.answer) as TableAttribution;
}

const wish = { sort: "size" as const, find: "", shown: 20 };

describe("scale", () => {
  it("is linear: zero has zero length, double has double", () => {
    const scale = barScale([
      [-1, 0],
      [0, 3],
    ]);
    expect(span(scale, 0, 0).width).toBe(0);
    const one = span(scale, 0, 1).width;
    expect(span(scale, 0, 2).width).toBeCloseTo(2 * one);
    expect(span(scale, 0, -1).width).toBeCloseTo(one);
    expect(share(scale, 0)).toBeCloseTo(span(scale, 0, 2).left);
  });

  it("stays still while values wobble", () => {
    const first = barScale([[-1, 3]]);
    expect(steadyScale(first, barScale([[-1, 2.9]]), false)).toBe(first);
    expect(steadyScale(first, barScale([[-1, 4]]), false).high).toBeGreaterThan(4);
    expect(steadyScale(first, barScale([[-1, 2.9]]), true).high).toBe(2.9);
  });
});

describe("order", () => {
  it("is by size, then by index", () => {
    expect(orderRows(table([1, -3, 2, -3]), wish, [], true).rows).toEqual([1, 3, 2, 0]);
    expect([...ranks(table([1, -3, 2]))]).toEqual([3, 1, 2]);
  });

  it("does not change for a difference within the error, and settles at the end", () => {
    const answer = table([1, 1.1, 0.2], [0.2, 0.2, 0.01]);
    expect(orderRows(answer, wish, [0, 1, 2], false).rows).toEqual([0, 1, 2]);
    expect(orderRows(answer, wish, [0, 1, 2], true).rows).toEqual([1, 0, 2]);
    const clear = table([1, 3, 0.2], [0.1, 0.1, 0.01]);
    expect(orderRows(clear, wish, [0, 1, 2], false).rows).toEqual([1, 0, 2]);
  });

  it("searches and sorts in the browser", () => {
    expect(orderRows(table([1, -3, 2]), { ...wish, find: "F2" }, [], true)).toEqual({
      rows: [2],
      matching: 1,
    });
    expect(orderRows(table([1, -3, 2]), { ...wish, sort: "value" }, [], true).rows).toEqual([2, 0, 1]);
    expect(orderRows(table([1, -3, 2]), { ...wish, sort: "name" }, [], true).rows).toEqual([0, 1, 2]);
  });
});

describe("bars", () => {
  const names = ["age", "bmi", "sex"];
  const message = tableMessage(names, ["71", "24.5", "f"], [0.1, -0.3, 0.2], { stderr: [0.01, 0.02, 0.01] });

  it("name each row with feature, value and rank", () => {
    const page = openPage();
    page.deliver(message);
    const labels = page.all('.jx-bars [role="listitem"]').map((row) => row.getAttribute("aria-label"));
    expect(labels).toEqual([
      "bmi = 24.5, −0.300, rank 1 of 3",
      "sex = f, +0.200, rank 2 of 3",
      "age = 71, +0.100, rank 3 of 3",
    ]);
    expect(page.find(".jx-rest").hidden).toBe(true);
    expect(page.find(".jx-legend").textContent).toContain("±1.96 standard errors");
    expect(page.find(".jx-ends").textContent).toBe("average 0.37 → 0.81");
  });

  it("draw 10 000 features as the shown rows and one row with the rest", () => {
    const n = 10_000;
    const many = Float32Array.from({ length: n }, (_, i) => (i === 77 ? 5 : (i % 7) * 0.25));
    const page = openPage();
    page.deliver(
      tableMessage(
        Array.from(many, (_, i) => `g${i}`),
        [],
        many,
      ),
    );
    expect(page.all('.jx-bars [role="listitem"]')).toHaveLength(20);
    const total = many.reduce((a, b) => a + b, 0);
    const shown = page.all('.jx-bars [role="listitem"]').map((row) => Number(row.dataset.value));
    const rest = Number(page.find(".jx-rest").dataset.value);
    expect(rest + shown.reduce((a, b) => a + b, 0)).toBeCloseTo(total, 3);
    expect(page.find(".jx-rest").textContent).toContain("9980 others");
    expect(page.all("*").length).toBeLessThan(900);
  });

  it("table and picture hold the same numbers", () => {
    const page = openPage();
    page.deliver(message);
    page.button("Table").click();
    const picture = page
      .all('.jx-bars [role="listitem"]')
      .map((row) => [
        row.querySelector(".jx-name")?.textContent,
        row.querySelector(".jx-number")?.textContent,
        row.querySelector(".jx-pm")?.textContent?.replace("± ", ""),
      ]);
    const rows = page
      .all("table.jx-table tbody tr")
      .map((row) => [0, 2, 3].map((c) => row.children[c]?.textContent));
    expect(rows).toEqual(picture);
  });

  it("pin A as an outline beside the live bar", () => {
    const page = openPage();
    page.deliver(message);
    page.button("Pin").click();
    page.deliver(tableMessage(names, ["71", "24.5", "f"], [0.1, -0.1, 0.2], { run: 2 }));
    const bmi = page.all('.jx-bars [role="listitem"]').find((row) => row.textContent?.startsWith("bmi"));
    expect(bmi?.getAttribute("aria-label")).toContain("A −0.300");
    expect(page.all('[role="listitem"] .jx-outline').every((outline) => !outline.hidden)).toBe(true);
    expect(page.find(".jx-legend").textContent).toContain("one scale");
  });

  it("have one tab stop, moved by arrows", () => {
    const page = openPage();
    page.deliver(message);
    const rows = page.all('.jx-bars [role="listitem"]');
    expect(rows.map((row) => row.tabIndex)).toEqual([0, -1, -1]);
    rows[0]!.focus();
    rows[0]!.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    expect(rows.map((row) => row.tabIndex)).toEqual([-1, -1, 0]);
    expect(document.activeElement).toBe(rows[2]);
  });

  it("show more and search without the kernel", () => {
    const page = openPage();
    const values = Array.from({ length: 60 }, (_, i) => i);
    page.deliver(
      tableMessage(
        values.map((i) => `gene ${i}`),
        [],
        values,
      ),
    );
    const before = page.model.sent.length;
    page.button("Show more").click();
    expect(page.all('.jx-bars [role="listitem"]')).toHaveLength(40);
    const find = page.find<HTMLInputElement>('input[type="search"]');
    find.value = "gene 3";
    fire(find, "input");
    expect(page.all('.jx-bars [role="listitem"]')).toHaveLength(11);
    expect(page.model.sent).toHaveLength(before);
  });

  it("stand end to end in a waterfall, from base to output, where the values add up", () => {
    const page = openPage();
    const values = [4, -3, 2, -1];
    page.deliver(tableMessage(["a", "b", "c", "d"], [], values, { answer: { base: 1, output: 3, gap: 0 } }));
    const chart = page.labelled<HTMLSelectElement>("Chart");
    chart.value = "waterfall";
    fire(chart, "change");
    page.clock.draw();
    const bar = (i: number) => {
      const { left, width } = page.all('.jx-bars [role="listitem"] .jx-fill')[i]!.style;
      return [Number.parseFloat(left), Number.parseFloat(left) + Number.parseFloat(width)] as const;
    };
    // 0 → 4 → 1 → 3 → 2, on one scale whose zero is the base.
    const unit = (bar(0)[1] - bar(0)[0]) / 4;
    const ends = [0, 1, 2, 3].map((i) => bar(i).map((v) => Math.round(((v - bar(0)[0]) / unit) * 100) / 100));
    expect(ends).toEqual([
      [0, 4],
      [1, 4],
      [1, 3],
      [2, 3],
    ]);
    expect(page.all('.jx-bars [role="listitem"] .jx-fill.jx-neg')).toHaveLength(2);
    expect(page.all(".jx-end").map((row) => row.textContent)).toEqual(["average output1", "output3"]);
    expect(page.model.sent.filter((m) => JSON.stringify(m).includes("ask"))).toHaveLength(0);
  });

  it("let the rest end the waterfall at the output", () => {
    const page = openPage();
    const values = Array.from({ length: 30 }, (_, i) => (i % 2 ? -1 : 2) / (i + 1));
    const sum = values.reduce((a, b) => a + b, 0);
    page.deliver(tableMessage(values.map(String), [], values, { answer: { base: 0, output: sum, gap: 0 } }));
    const chart = page.labelled<HTMLSelectElement>("Chart");
    chart.value = "waterfall";
    fire(chart, "change");
    page.clock.draw();
    const number = (selector: string, side: "left" | "width"): number =>
      Number.parseFloat(page.find(selector).style[side]);
    const zero = Number.parseFloat(page.all('.jx-bars [role="listitem"] .jx-zero')[0]!.style.left);
    const unit = Number.parseFloat(page.all('.jx-bars [role="listitem"] .jx-fill')[0]!.style.width) / 2;
    const left = number(".jx-rest .jx-fill", "left");
    const right = left + number(".jx-rest .jx-fill", "width");
    const end = page.find(".jx-rest .jx-fill").classList.contains("jx-neg") ? left : right;
    expect((end - zero) / unit).toBeCloseTo(sum, 2);
  });

  it("keep what is pinned in the waterfall, where the bar of the same feature begins", () => {
    const page = openPage();
    const [names, facts] = [["a", "b"], { base: 0, output: 3, gap: 0 }];
    page.deliver(tableMessage(names, [], [4, -1], { answer: facts }));
    page.button("Pin").click();
    page.deliver(tableMessage(names, [], [3, 1], { run: 2, answer: { ...facts, output: 4 } }));
    const chart = page.labelled<HTMLSelectElement>("Chart");
    chart.value = "waterfall";
    fire(chart, "change");
    page.clock.draw();
    const [fill, outline] = [".jx-fill", ".jx-outline"].map((part) =>
      page
        .all(`.jx-bars [role="listitem"] ${part}`)
        .map(({ style }) => [style.left, style.width].map((v) => Number.parseFloat(v))),
    );
    const unit = fill![0]![1]! / 3;
    expect(outline![0]![1]! / unit).toBeCloseTo(4, 2);
    // b begins at 3 in both; −1 in A, +1 in B
    expect((fill![1]![0]! - outline![1]![0]!) / unit).toBeCloseTo(1, 2);
    chart.value = "bars";
    fire(chart, "change");
    page.clock.draw();
    expect(page.all(".jx-end").every((row) => row.hidden)).toBe(true);
  });

  it("offer no waterfall where the values promise no sum", () => {
    const page = openPage();
    page.deliver(tableMessage(["a", "b"], [], [1, 2], { answer: { base: null, gap: null } }));
    expect(() => page.labelled("Chart")).toThrow();
  });
});
