// Attributions of many rows: swarms, one column's plane, words and table.

import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { cloudOf, cloudSentence, cloudTable } from "../src/views/cloudData.js";
import { fire, openPage, type Page } from "./helpers.js";

const t = translator("en");
const BAD = '<img src=x onerror="alert(1)">';
const BYTES = ["colour", "tints.0", "cells.0", "cells.1"];

const BY = [
  { name: "sex", texts: ["m", "f"], share: 0.6 },
  { name: "bmi", texts: null, share: 0.2 },
];
const LAYOUT = {
  span: [-1, 1],
  rows: 300,
  total: 1000,
  columns: 7,
  panels: [
    { name: "age", texts: null, mean: 0.5, stderr: 0.02, positive: 0.4, peak: 255, here: [25, 0.3], by: BY },
    { name: BAD, texts: ["a", "b"], mean: 0.2, stderr: 0, positive: 1, peak: 100, here: [1, -0.2] },
  ],
};
const ARRAYS = {
  counts: [0, 100, 200, 0, 0, 150, 150, 0],
  colour: [255, 0, 254, 255, 255, 255, 255, 255],
  ends: [-1, 1, -0.5, 0.5],
  "tints.0": [255, 1, 255, 0, 255, 255, 255, 127, 255, 254, 255, 255],
  "cells.0": [0, 255, 0, 51, 0, 0],
  "cells.1": [255, 0, 0, 255],
  "x.0": [10, 20, 30, 40],
};

function message(layout: Record<string, unknown> = {}) {
  const specs = Object.entries(ARRAYS).map(([name, values]) => ({
    name,
    dtype: BYTES.includes(name) ? "u1" : "f4",
    shape: [values.length],
  }));
  const facts = { title: "Attribution summary", target: "b", error: 0.02, error_kind: "stderr", evals: 10 };
  const answer = { type: "cloud", ...facts, final: true, layout: { kind: "cloud", ...LAYOUT, ...layout } };
  const buffers = Object.entries(ARRAYS).map(
    ([name, values]) =>
      new DataView((BYTES.includes(name) ? Uint8Array.from(values) : Float32Array.from(values)).buffer),
  );
  return { content: { kind: "answer", run: 1, frame: 1, answer, arrays: specs }, buffers };
}

function answer() {
  const { content, buffers } = message();
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

function open(): Page {
  const page = openPage();
  page.deliver(message());
  return page;
}

const press = (element: Element, key: string): boolean =>
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const readout = (page: Page): string => page.find(".jx-readout").textContent ?? "";

describe("clouds", () => {
  it("are read from bytes", () => {
    const [age, other] = cloudOf(answer())!.panels;
    expect([...age!.cells]).toEqual([0, 255, 0, 10, 0, 0]);
    expect(age!.x).toEqual([10, 20, 30, 40]);
    expect(other!.x).toEqual([0, 1, 2]);
    expect([...other!.counts]).toEqual([0, 150, 150, 0]);
  });

  it("show a row per column with its number, the chosen row and numbers below", () => {
    const page = open();
    const rows = page.all(".jx-scatter .jx-cloud-rows button");
    expect(rows.map((r) => r.getAttribute("aria-label"))).toEqual([
      `age: 0.500 ± 0.020 mean |value|, above 0 in 40\u202f% of the rows, rank 1 of 7`,
      `${BAD}: 0.200 mean |value|, above 0 in 100\u202f% of the rows, rank 2 of 7`,
    ]);
    expect(page.all(".jx-scatter .jx-ring")).toHaveLength(2);
    expect(page.all(".jx-scatter .jx-axis")).toHaveLength(1);
    expect(page.find(".jx-legend").textContent).toContain("100percentile of the column’s value");
    expect(page.find(".jx-legend").textContent).toContain("2 of 7 columns");
    expect(page.all("img")).toHaveLength(0);
  });

  it("move by arrow keys with one tab stop, and say what each column does", () => {
    const page = open();
    const [first, second] = page.all(".jx-cloud-rows button");
    expect([first, second].map((b) => b!.tabIndex)).toEqual([0, -1]);
    first!.focus();
    press(first!, "ArrowDown");
    expect(document.activeElement).toBe(second);
    expect(readout(page)).toContain("above 0 in 100");
  });

  it("open a column as a plane that is read by arrow keys, and go back to it", () => {
    const page = open();
    page.all(".jx-cloud-rows button")[0]!.click();
    const stage = page.find(".jx-scatter");
    expect(page.find(".jx-cloud-rows").hidden).toBe(true);
    expect(document.activeElement).toBe(stage);
    expect(stage.getAttribute("aria-label")).toContain("age: values against attributions");
    expect(page.all(".jx-scatter .jx-ring")).toHaveLength(1);
    press(stage, "ArrowRight");
    expect(readout(page)).toBe("age 20 to 30, attribution −1.00 to 0.00; rows: about 255; mostly sex = f");
    press(stage, "ArrowUp");
    expect(readout(page)).toMatch(/0.00 to \+1.00; rows: about 0$/);
    press(stage, "Escape");
    expect(page.find(".jx-cloud-rows").hidden).toBe(false);
    expect(document.activeElement).toBe(page.all(".jx-cloud-rows button")[0]);
  });

  it("colour a plane by another column: the one that explains most of the spread, or the one chosen", () => {
    const page = open();
    page.all(".jx-cloud-rows button")[0]!.click();
    const choice = page.labelled<HTMLSelectElement>("Colour");
    expect([...choice.options].map((o) => o.textContent)).toEqual(["sex", "bmi", "number of rows"]);
    expect(choice.value).toBe("sex");
    expect(page.find(".jx-legend").textContent).toContain("mf");
    choice.value = "bmi";
    fire(choice, "change");
    expect(page.find(".jx-legend").textContent).toContain("100percentile of bmi");
    press(page.find(".jx-scatter"), "ArrowRight");
    expect(readout(page)).toContain("bmi around percentile 50");
    choice.value = "";
    fire(choice, "change");
    press(page.find(".jx-scatter"), "ArrowRight");
    press(page.find(".jx-scatter"), "ArrowLeft");
    expect(readout(page)).toMatch(/rows: about 255$/);
  });

  it("open categories by name, and stay open when an answer refines", () => {
    const page = open();
    page.all(".jx-cloud-rows button")[1]!.click();
    const texts = page.all(".jx-scatter text").map((e) => e.textContent);
    expect(texts).toEqual(expect.arrayContaining(["a", "b"]));
    const { content, buffers } = message();
    page.deliver({ content: { ...content, frame: 2 }, buffers });
    expect(page.find(".jx-cloud-rows").hidden).toBe(true);
    page.button("All columns").click();
    expect(page.find(".jx-cloud-rows").hidden).toBe(false);
  });

  it("are said and tabled", () => {
    const holder = document.createElement("p");
    holder.append(cloudSentence(answer(), t)!);
    expect(holder.textContent).toContain("Over 300 / 1000 rows, most important: age (0.500 ± 0.020)");
    const table = cloudTable(answer())!;
    expect(table.columns.map((c) => c.id)).toEqual(["feature", "size", "error", "positive"]);
    expect(table.rows[0]).toEqual(["age", 0.5, 0.02, 0.4]);
  });
});
