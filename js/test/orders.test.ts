// Walk by walk through sampled Shapley values: orders, dots and running means, none from the kernel.

import { describe, expect, it } from "vitest";
import { type Answer, decode } from "../src/protocol.js";
import { entering, ordersOf, running } from "../src/views/ordersData.js";
import { openPage, type Page } from "./helpers.js";

const BAD = '<img src=x onerror="alert(1)">';
// Four walks (two there and back) of three features and the sum of two others.
const GAINS = [
  [4, -1, 0, 1],
  [2, -3, 0, 5],
  [6, -2, 1, 0],
  [4, 0, 0, 1],
];
const RANKS = [
  [0, 2, 4],
  [4, 2, 0],
  [1, 0, 3],
  [3, 4, 1],
];
const PART = { names: ["age", BAD, "c"], others: 2, output: 9 };

function message(part: Record<string, unknown> | null = {}, run = 1) {
  const parts = part === null ? {} : { orders: { ...PART, ...part } };
  const layout = {
    kind: "table",
    names: ["age", BAD, "c", "d", "e"],
    shown: ["1", "2", "3", "4", "5"],
    parts,
  };
  const facts = {
    title: "Permutation SHAP",
    target: "yes",
    error: 0.1,
    error_kind: "stderr",
    evals: 90,
    output: 9,
  };
  const all = [
    ["values", "f4", [3.5, -1, 0.5, 1, 1]],
    ["orders.gains", "f4", GAINS.flat()],
    ["orders.ranks", "i4", RANKS.flat()],
    ["orders.starts", "f4", [5, 5, 4, 4]],
  ] as const;
  return {
    content: {
      kind: "answer",
      run,
      frame: 1,
      answer: { type: "attribution", ...facts, base: 4, gap: 0, final: true, layout },
      arrays: all.map(([name, dtype, v]) => ({ name, dtype, shape: [v.length] })),
    },
    buffers: all.map(
      ([, dtype, v]) => new DataView((dtype === "i4" ? Int32Array.from(v) : Float32Array.from(v)).buffer),
    ),
  };
}

function answer(part: Record<string, unknown> = {}): Answer {
  const { content, buffers } = message(part);
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

function open(): Page {
  const page = openPage();
  page.deliver(message());
  return page;
}

function drag(page: Page, to: number): void {
  const slider = page.labelled<HTMLInputElement>("Step");
  slider.value = String(to);
  slider.dispatchEvent(new Event("input"));
}
const strip = (page: Page, k: number): HTMLElement => page.all(".jx-order-strips .jx-row")[k + 1]!;
const shown = (row: HTMLElement): number => row.querySelectorAll(".jx-order-dot:not([hidden])").length;

describe("the data", () => {
  it("has the orders, and means with errors from pairs of walks", () => {
    const orders = ordersOf(answer())!;
    expect(entering(orders, 0)).toEqual([0, 1, 2]);
    expect(entering(orders, 1)).toEqual([2, 1, 0]);
    expect(running(orders, 0, 3)).toEqual({ mean: 4, stderr: null });
    expect(running(orders, 0, 4)).toEqual({ mean: 4, stderr: 1 });
  });

  it("is refused when it does not fit together", () => {
    expect(ordersOf(answer({ names: ["age"] }))).toBeNull();
    expect(ordersOf(answer({ others: 0 }))).toBeNull();
    expect(ordersOf(answer({ names: "age" }))).toBeNull();
  });
});

describe("the view", () => {
  it("goes through the walks without asking the kernel", () => {
    const page = open();
    const before = page.model.sent.length;
    expect(shown(strip(page, 0))).toBe(4);
    drag(page, 2);
    expect(page.all(".jx-order-boxes li").map((each) => [each.dataset.place, each.textContent])).toEqual([
      ["1", "c0.00"],
      ["3", `<img …(1)">−3.00`],
      ["5", "age+2.00"],
    ]);
    expect(page.find(".jx-step-say").textContent).toContain(
      "Walk 2, the same the other way round, from 5 to 9.",
    );
    expect(page.find(".jx-step-say").textContent).toContain(
      "number 3 to enter: −3.00. Its mean so far: −2.00.",
    );
    expect(shown(strip(page, 0))).toBe(2);
    expect(strip(page, 0).querySelectorAll(".jx-now")).toHaveLength(1);
    expect(strip(page, 3).textContent).toContain("2 others");
    drag(page, 4);
    expect(
      [...strip(page, 0).querySelectorAll(".jx-number, .jx-pm")].map((each) => each.textContent),
    ).toEqual(["+4.00", "1.00"]);
    expect(page.model.sent.length).toBe(before);
    expect(page.all("img")).toHaveLength(0);
  });

  it("begins with nothing walked", () => {
    const page = open();
    drag(page, 0);
    expect(page.find(".jx-step-say").textContent).toContain("4 walks of this run.");
    expect(shown(strip(page, 0))).toBe(0);
    expect(strip(page, 0).querySelector<HTMLElement>(".jx-order-mean")!.hidden).toBe(true);
  });

  it("marks what the answer says, where features are its own", () => {
    const page = open();
    const marks = page.all(".jx-order-strips .jx-order-final").map((each) => each.hidden);
    expect(marks).toEqual([false, false, false, true]);
  });

  it("has a table of the walk, and goes with an answer that has none", () => {
    const page = open();
    page.button("Table").click();
    drag(page, 3);
    const cells = page.all(".jx-steps tbody tr").map((row) => [...row.children].map((td) => td.textContent));
    expect(cells[0]).toEqual(["age", "2", "+6.00", "+4.00", ""]);
    expect(cells[3]).toEqual(["2 others", "", "0.00", "+2.00", ""]);
    page.deliver(message(null, 2));
    expect(page.all("details.jx-steps")).toHaveLength(0);
  });
});
