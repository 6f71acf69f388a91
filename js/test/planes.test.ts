// Surfaces, matrices, distributions and cohorts.

import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { cohortsSentence, cohortsTable } from "../src/views/cohorts.js";
import { distributionsSentence, distributionsTable } from "../src/views/distributions.js";
import { matrixOf, matrixSentence, matrixTable } from "../src/views/matrix.js";
import { surfaceOf, surfaceSentence, surfaceTable, valueAt } from "../src/views/surfaceData.js";
import { floats } from "./data.js";
import { openPage, type Page } from "./helpers.js";

type Arrays = Record<string, number[]>;
type Message = { content: Record<string, unknown>; buffers: DataView[] };
const t = translator("en");
const BAD = '<img src=x onerror="alert(1)">';

function message(type: string, layout: Record<string, unknown>, arrays: Arrays, run = 1): Message {
  const facts = { title: type, target: "b", error: 0, error_kind: "exact", final: true, evals: 10 };
  const specs = Object.entries(arrays).map(([name, values]) => ({
    name,
    dtype: "f4",
    shape: [values.length],
  }));
  const answer = { type, ...facts, layout: { kind: type, ...layout } };
  return {
    content: { kind: "answer", run, frame: 1, answer, arrays: specs },
    buffers: Object.values(arrays).map(floats),
  };
}

function answerOf({ content, buffers }: Message) {
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

function open(made: Message, traits: Record<string, unknown> = {}): Page {
  const page = openPage(traits);
  page.deliver(made);
  return page;
}

function press(element: HTMLElement, key: string): void {
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

const readout = (page: Page): string => page.find(".jx-readout").textContent ?? "";

const SURFACE = {
  names: ["age", "income"],
  shape: [2, 3],
  texts: [null, null],
  classes: ["no", "yes"],
  here: [15, 1, 0.35],
  centre: 0.5,
  decides: true,
  axis: "probability of yes",
};
const GRID = {
  z: [0, 0.2, 0.4, 0.6, 0.8, 1],
  counts: [3, 0, 2, 1, 1, 4],
  x: [10, 20, 30],
  y: [0, 2],
  dots: [10, 0, 3, 0, 30, 2, 4, 1],
  border: [10, 1.67, 30, 0.33],
};
const surfaceMessage = (layout = {}, arrays: Arrays = {}, run = 1): Message =>
  message("surface", { ...SURFACE, ...layout }, { ...GRID, ...arrays }, run);

describe("surfaces", () => {
  it("are straight between grid points, and stop at the ends", () => {
    const data = surfaceOf(answerOf(surfaceMessage()))!;
    expect(valueAt(data, 15, 1).z).toBeCloseTo(0.4);
    expect(valueAt(data, 30, 2).z).toBeCloseTo(1);
    expect(valueAt(data, 99, -9).z).toBeCloseTo(0.4);
  });

  it("have no in-between for categories", () => {
    const made = surfaceMessage({ texts: [["a", "b", "c"], null], here: [1, 0, 0.2] });
    const data = surfaceOf(answerOf(made))!;
    expect(valueAt(data, 1.4, 0).z).toBeCloseTo(0.2);
    expect(valueAt(data, 1.6, 0).z).toBeCloseTo(0.4);
  });

  it("show rows, line, hatching and the row, each with its key", () => {
    const page = open(surfaceMessage());
    expect(page.all(".jx-surface .jx-dot")).toHaveLength(2);
    expect(page.all(".jx-surface .jx-edge")).toHaveLength(1);
    expect(page.find(".jx-veil").getAttribute("d")).toMatch(/^M/);
    expect(page.find(".jx-ring").getAttribute("visibility")).toBe("visible");
    const words = page.find(".jx-bar-legend").textContent;
    for (const part of ["0probability", "decided as yes", "decision changes", "extrapolating", "drag"])
      expect(words?.replace(/1(?=prob)/, "0")).toContain(part);
  });

  it("let the row be moved with the arrow keys and put back", () => {
    const page = open(surfaceMessage());
    const stage = page.find(".jx-surface");
    expect(readout(page)).toBe("chosen row, age = 15, income = 1: 0.35, 1 row near");
    press(stage, "ArrowRight");
    expect(readout(page)).toBe("age = 20, income = 1: ≈ 0.50, 1 row near (was 0.35)");
    press(stage, "ArrowDown");
    expect(readout(page)).toContain("no rows near: extrapolating");
    expect(page.find(".jx-readout").getAttribute("aria-live")).toBe("polite");
    press(stage, "Home");
    expect(readout(page)).toContain("chosen row");
  });

  it("let the row be dragged", () => {
    const page = open(surfaceMessage());
    const stage = page.find(".jx-surface");
    const at = { clientX: 640, clientY: -1000, pointerId: 1, bubbles: true };
    stage.dispatchEvent(new PointerEvent("pointerdown", at));
    expect(readout(page)).toContain("≈ 1.00");
    stage.dispatchEvent(new PointerEvent("pointerup", at));
    stage.dispatchEvent(new PointerEvent("pointermove", { ...at, clientX: 0, clientY: 5000 }));
    expect(readout(page)).toContain("≈ 0.00");
    stage.dispatchEvent(new PointerEvent("pointerleave", at));
    expect(readout(page)).toContain("(was 0.35)");
  });

  it("edit the row where the ring is put, coarsely while it is dragged", () => {
    const number = { kind: "number", low: 0, high: 40, choices: [], bars: [] };
    const columns = [
      { ...number, name: "age", value: 15, whole: true },
      { ...number, name: "income", value: 1 },
    ];
    const page = open(surfaceMessage(), { _editors: { columns, before: null }, edits: { other: 3 } });
    const stage = page.find(".jx-surface");
    const asks = () => page.model.sent.filter((m) => m.kind === "ask");
    press(stage, "ArrowRight");
    expect(asks()).toMatchObject([{ coarse: false, changes: { edits: { other: 3, age: 20, income: 1 } } }]);
    page.store.receive({ kind: "heard", seq: 1, refused: {} });
    const at = { clientX: 640, clientY: -1000, pointerId: 1, bubbles: true };
    stage.dispatchEvent(new PointerEvent("pointerdown", at));
    expect(asks()[1]).toMatchObject({ coarse: true });
    page.store.receive({ kind: "heard", seq: 2, refused: {} });
    stage.dispatchEvent(new PointerEvent("pointerup", at));
    expect(asks()[2]).toMatchObject({ coarse: false });
    page.store.receive({ kind: "heard", seq: 3, refused: {} });
    press(stage, "Home");
    expect(asks()[3]).toMatchObject({ changes: { edits: { other: 3 } } });
  });

  it("stay where the row was put while the answer refines", () => {
    const page = open(surfaceMessage());
    press(page.find(".jx-surface"), "ArrowRight");
    page.deliver(surfaceMessage({}, {}, 2));
    expect(readout(page)).toContain("(was");
    page.deliver(surfaceMessage({ here: [11, 1, 0.3] }, {}, 3));
    expect(readout(page)).toContain("chosen row");
  });

  it("are read without a row too", () => {
    const page = open(surfaceMessage({ here: null }));
    expect(page.find(".jx-ring").getAttribute("visibility")).toBe("hidden");
    press(page.find(".jx-surface"), "ArrowUp");
    expect(readout(page)).toMatch(/^age = 20, income = 2/);
  });

  it("are compared when pinned", () => {
    const page = open(surfaceMessage());
    page.button("Pin").click();
    page.deliver(surfaceMessage({}, { z: [0, 0.1, 0.2, 0.3, 0.4, 0.5] }, 2));
    expect(page.all(".jx-edge-pinned")).toHaveLength(1);
    expect(readout(page)).toContain("; A 0.400");
  });

  it("are a sentence and a table, and need arrays that fit", () => {
    expect(surfaceSentence(answerOf(surfaceMessage()), t)!.textContent).toContain(
      "From 0 (age = 10, income = 0)",
    );
    const table = surfaceTable(answerOf(surfaceMessage()), null)!;
    expect(table.columns.map((c) => c.text ?? c.id)).toEqual(["age", "income", "probability of yes", "rows"]);
    expect(table.rows).toHaveLength(6);
    expect(surfaceOf(answerOf(surfaceMessage({}, { z: [1, 2] })))).toBeNull();
  });

  it("keep names as text", () => {
    const page = open(surfaceMessage({ names: [BAD, "y"], classes: [BAD, "b"] }));
    expect(page.all("img")).toHaveLength(0);
  });
});

const MATRIX = {
  rows: ["a", "b", "c"],
  columns: ["a", "b", "c"],
  of: [3, 3],
  square: true,
  signed: true,
  measure: "r",
  measures: ["r", "η"],
  diagonal: "",
  top: 1,
};
const CELLS = {
  values: [1, -0.5, 0.1, -0.5, 1, Number.NaN, 0.1, Number.NaN, 1],
  low: [1, -0.6, -0.1, -0.6, 1, Number.NaN, -0.1, Number.NaN, 1],
  high: [1, -0.4, 0.3, -0.4, 1, Number.NaN, 0.3, Number.NaN, 1],
  counts: [9, 8, 7, 8, 9, 0, 7, 0, 9],
  which: [0, 0, 1, 0, 0, 1, 1, 1, 0],
};

describe("matrices", () => {
  it("are read cell by cell with the arrow keys", () => {
    const page = open(message("matrix", MATRIX, CELLS));
    const stage = page.find(".jx-matrix");
    press(stage, "ArrowRight");
    expect(readout(page)).toBe("a: +1.00, 95 % from +1.00 to +1.00, r, 9 rows");
    press(stage, "ArrowRight");
    expect(readout(page)).toBe("a × b: −0.50, 95 % from −0.60 to −0.40, r, 8 rows");
    press(stage, "ArrowRight");
    press(stage, "ArrowDown");
    expect(readout(page)).toBe("b × c: —, η, 0 rows");
    press(stage, "ArrowRight");
    expect(readout(page)).toContain("b × c");
  });

  it("hatch what has no number, and say so", () => {
    const page = open(message("matrix", MATRIX, CELLS));
    expect(page.all(".jx-matrix rect[fill^='url']")).toHaveLength(2);
    expect(page.find(".jx-bar-legend").textContent).toContain("no number");
  });

  it("name only pairs that are clear", () => {
    const said = matrixSentence(answerOf(message("matrix", MATRIX, CELLS)), t)!.textContent;
    expect(said).toBe("Strongest: a × b (−0.50).");
    const none = message("matrix", MATRIX, {
      ...CELLS,
      low: CELLS.low.map(() => -1),
      high: CELLS.high.map(() => 1),
    });
    expect(matrixSentence(answerOf(none), t)!.textContent).toContain("No pair");
    const constant = message("matrix", MATRIX, { ...CELLS, values: CELLS.values.map(() => Number.NaN) });
    expect(matrixSentence(answerOf(constant), t)!.textContent).toContain("nothing to measure");
  });

  it("are a table of pairs, each once, strongest first", () => {
    const table = matrixTable(answerOf(message("matrix", MATRIX, CELLS)), null)!;
    expect(table.rows.map((row) => [row[0], row[1]])).toEqual([
      ["a", "b"],
      ["a", "c"],
    ]);
    const total = matrixTable(answerOf(message("matrix", { ...MATRIX, diagonal: "total" }, CELLS)), null)!;
    expect(total.rows).toHaveLength(5);
  });

  it("need as many values as cells", () => {
    expect(matrixOf(answerOf(message("matrix", MATRIX, { values: [1, 2] })))).toBeNull();
    const page = open(message("matrix", { ...MATRIX, rows: [BAD, "b", "c"] }, CELLS));
    expect(page.all("img")).toHaveLength(0);
  });
});

const PANELS = [
  { name: "age", texts: null, here: { x: 70, share: 0.97 } },
  { name: "colour", texts: ["red", "blue"], here: { x: "blue", share: 0.4 } },
];
const COUNTS = {
  missing: [1, 2, 0, 0],
  "x.0": [0, 40, 80],
  "counts.0": [5, 1, 2, 6],
  "counts.1": [3, 4, 5, 6],
};
const distributionsMessage = (layout = {}): Message =>
  message(
    "distributions",
    { panels: PANELS, groups: ["no", "yes"], sizes: [7, 10], by: "class", ...layout },
    COUNTS,
  );

describe("distributions", () => {
  it("are one stacked histogram per column", () => {
    const page = open(distributionsMessage());
    expect(page.all(".jx-dist")).toHaveLength(2);
    expect(page.all(".jx-dist rect")).toHaveLength(8);
    expect(page.all(".jx-panel-name")[0]!.textContent).toBe("age · 18\u202f% missing");
    expect(page.find(".jx-bar-legend").textContent).toContain("yes: 10 rows");
    expect(page.all(".jx-dist line")).toHaveLength(2);
  });

  it("are read bar by bar", () => {
    const page = open(distributionsMessage());
    expect(readout(page)).toBe("chosen row: 70, percentile 97");
    const stage = page.all(".jx-dist")[0]!;
    press(stage, "ArrowRight");
    expect(readout(page)).toBe("0 to 40: 7 rows (no: 5, yes: 2)");
    press(stage, "End");
    expect(readout(page)).toBe("40 to 80: 7 rows (no: 1, yes: 6)");
  });

  it("name what is unusual, but no category among many rare ones", () => {
    expect(distributionsSentence(answerOf(distributionsMessage()), t)!.textContent).toContain(
      "unusual in age = 70",
    );
    const rare = [{ name: "note", texts: ["a", "9 others"], here: { x: "b", share: 0.001 } }];
    expect(distributionsSentence(answerOf(distributionsMessage({ panels: rare })), t)!.textContent).toContain(
      "No value",
    );
    expect(distributionsTable(answerOf(distributionsMessage()), null, t)!.rows).toHaveLength(4);
  });
});

const COHORTS = {
  names: ["a", "b"],
  groups: ["f", "m"],
  sizes: [40, 12],
  small: [false, true],
  measure: "growth",
  score: "share of wrong classes",
  outputs: [0.3, 0.6],
  output_stderr: [0.01, 0.02],
  scores: [0.1, 0.2],
  score_stderr: [0.01, 0.02],
};
const cohortsMessage = (stderr = 0.01): Message =>
  message("cohorts", COHORTS, { values: [0.5, 0.2, 0.1, 0.25], stderr: [stderr, stderr, stderr, stderr] });

describe("cohorts", () => {
  it("have two bars per column and say how they differ", () => {
    const page = open(cohortsMessage());
    const rows = page.all(".jx-cohorts [role=listitem]");
    expect(rows).toHaveLength(4);
    expect(rows[0]!.getAttribute("aria-label")).toBe("a, A 0.500, A − B +0.400 ± 0.014");
    expect(rows[1]!.classList.contains("jx-clear")).toBe(true);
    expect(page.find(".jx-bar-legend").textContent).toContain("B m: 12 rows, few rows");
  });

  it("name only clear differences", () => {
    expect(cohortsSentence(answerOf(cohortsMessage()), t)!.textContent).toContain(
      "a (more in A) and b (more in B)",
    );
    expect(cohortsSentence(answerOf(cohortsMessage()), t)!.textContent).toContain(
      "Mean output: higher for m (0.600 against 0.300). Share of wrong classes: higher for m (0.200 against 0.100).",
    );
    expect(cohortsSentence(answerOf(cohortsMessage(1)), t)!.textContent).toContain("No column");
    expect(cohortsTable(answerOf(cohortsMessage()))!.rows[0]!.slice(0, 2)).toEqual(["a", 0.5]);
  });
});
