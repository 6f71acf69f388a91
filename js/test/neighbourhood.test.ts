// The neighbours of a local fit: which dots, which line, what is read, and that the kernel is not asked.

import { describe, expect, it } from "vitest";
import { decode } from "../src/protocol.js";
import { fitOf, heights, places } from "../src/views/neighbourhoodData.js";
import { openPage, type Page } from "./helpers.js";

const BAD = '<img src=x onerror="alert(1)">';
const FEATURES = [
  { name: "age", here: 0, slope: 2, origin: 40, scale: 10 },
  { name: BAD, here: 1, slope: -1, origin: null, scale: null },
];
const ARRAYS: Record<string, number[]> = {
  values: [2, -1],
  "fit.features": [-1, 1, 0, 0, 2, 1],
  "fit.outputs": [1, 5, 7],
  "fit.fitted": [1, 4, 8],
  "fit.weights": [0.6, 1, 0.1],
  "fit.distances": [1, 1, 2],
};
const PART = {
  kind: "same",
  features: FEATURES,
  total: 2,
  count: 900,
  mass: 400,
  width: 1,
  explained: 0.8,
  intercept: 4,
  output: 3.5,
  fitted: 3,
};

function message(part: Record<string, unknown> | null = {}, run = 1) {
  const parts = part === null ? {} : { neighbourhood: { ...PART, ...part } };
  const layout = { kind: "table", names: ["age", BAD], shown: ["40", "x"], parts };
  const facts = { title: "LIME", target: "yes", error: 0.1, error_kind: "stderr", evals: 900, output: 3.5 };
  const arrays = Object.entries(ARRAYS);
  return {
    content: {
      kind: "answer",
      run,
      frame: 1,
      answer: { type: "attribution", ...facts, final: true, layout },
      arrays: arrays.map(([name, values]) => ({ name, dtype: "f4", shape: [values.length] })),
    },
    buffers: arrays.map(([, values]) => new DataView(Float32Array.from(values).buffer)),
  };
}

function answer(part: Record<string, unknown> = {}) {
  const { content, buffers } = message(part);
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

function open(part: Record<string, unknown> = {}): Page {
  const page = openPage();
  page.deliver(message(part));
  const details = page.find<HTMLDetailsElement>("details.jx-near");
  details.open = true;
  details.dispatchEvent(new Event("toggle"));
  return page;
}

const choose = (page: Page, value: string): void => {
  const along = page.labelled<HTMLSelectElement>("Look along");
  along.value = value;
  along.dispatchEvent(new Event("change"));
};
const press = (element: Element, key: string): boolean =>
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

describe("the data", () => {
  it("is placed by value, and held by the fit where that is wanted", () => {
    const fit = fitOf(answer())!;
    const [age, other] = fit.features;
    expect(places(fit, age!, "")).toEqual([30, 40, 60]);
    expect(places(fit, other!, "")).toEqual([1, 0, 1]);
    expect(places(fit, null, "distance")).toEqual([1, 1, 2]);
    expect(heights(fit, age!, false)).toEqual([1, 5, 7]);
    expect(heights(fit, age!, true)).toEqual([1 - 1 + 3 - 2, 5 - 4 + 3, 7 - 8 + 3 + 4]);
  });

  it("is refused when it does not fit together", () => {
    expect(fitOf(answer({ features: FEATURES.slice(1) }))).toBeNull();
    expect(fitOf(answer({ features: "age" }))).toBeNull();
  });
});

describe("the view", () => {
  it("is closed at first and opens with the strongest feature", () => {
    const page = openPage();
    page.deliver(message());
    expect(page.find<HTMLDetailsElement>("details.jx-near").open).toBe(false);
    const opened = open();
    expect(opened.labelled<HTMLSelectElement>("Look along").value).toBe("=age");
    expect(opened.find(".jx-near").textContent).toContain("Local R² 0.8.");
    expect(opened.find(".jx-near").textContent).toContain("fit: +2.00 per standard deviation");
    expect(opened.all(".jx-near .jx-near-line.jx-pos")).toHaveLength(1);
    expect(opened.find(".jx-near [role=img]").getAttribute("aria-label")).toContain("3 neighbours by age");
  });

  it("chooses what to look along without asking the kernel", () => {
    const page = open();
    const before = page.model.sent.length;
    choose(page, `=${BAD}`);
    expect(page.all(".jx-near .jx-near-line.jx-neg")).toHaveLength(1);
    choose(page, "fitted");
    expect(page.all(".jx-near .jx-near-line")).toHaveLength(0);
    expect(page.all(".jx-near .jx-near-same")).toHaveLength(1);
    choose(page, "distance");
    expect(page.find(".jx-near").textContent).toContain("weight at this distance");
    expect(page.model.sent.length).toBe(before);
  });

  it("reads the dots from left to right", () => {
    const page = open();
    const [stage, readout] = [page.find(".jx-near [role=img]"), page.find(".jx-near .jx-readout")];
    press(stage, "ArrowRight");
    expect(readout.textContent).toBe("age 30: model 1, fit 1, weight 0.6, distance 1");
    press(stage, "End");
    expect(readout.textContent).toBe("age 60: model 7, fit 8, weight 0.1, distance 2");
    choose(page, `=${BAD}`);
    press(stage, "ArrowRight");
    expect(readout.textContent).toContain(`${BAD} other: model 5`);
  });

  it("has a table of the same neighbours, the heaviest first", () => {
    const page = open();
    page.button("Table").click();
    const cells = page.all(".jx-near tbody tr").map((row) => [...row.children].map((td) => td.textContent));
    expect(cells).toEqual([
      ["40", "5", "4", "1", "1"],
      ["30", "1", "1", "0.6", "1"],
      ["60", "7", "8", "0.1", "2"],
    ]);
  });

  it("goes with an answer that has none, and takes no markup from names", () => {
    const page = open();
    choose(page, `=${BAD}`);
    expect(page.all("img")).toHaveLength(0);
    page.deliver(message(null, 2));
    expect(page.all("details.jx-near")).toHaveLength(0);
  });

  it("starts with the agreement of model and fit where features are hidden parts", () => {
    expect(open({ kind: "present" }).labelled<HTMLSelectElement>("Look along").value).toBe("fitted");
  });
});
