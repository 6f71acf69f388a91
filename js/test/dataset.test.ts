import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { borders, curvesOf, limits, ticks } from "../src/views/curvesData.js";
import { curvesSentence, curvesTable, scoresSentence, scoresTable } from "../src/views/dataset.js";
import { scoresOf } from "../src/views/scores.js";
import { floats } from "./data.js";
import { openPage, type Page } from "./helpers.js";

type Arrays = Record<string, number[]>;
const t = translator("en");

function message(
  type: string,
  layout: Record<string, unknown>,
  arrays: Arrays,
  more: Record<string, unknown> = {},
): { content: Record<string, unknown>; buffers: DataView[] } {
  const answer = {
    type,
    title: type,
    target: "malignant",
    error: 0.1,
    error_kind: "stderr",
    final: true,
    ...more,
  };
  const specs = Object.entries(arrays).map(([name, values]) => ({
    name,
    dtype: "f4",
    shape: [values.length],
  }));
  const layoutOf = { ...answer, evals: 10, layout: { kind: type, ...layout } };
  return {
    content: { kind: "answer", run: 1, frame: 1, answer: layoutOf, arrays: specs },
    buffers: Object.values(arrays).map(floats),
  };
}

function curvesMessage(more: Arrays = {}, layout: Record<string, unknown> = {}): ReturnType<typeof message> {
  const panels = [
    { name: "age", texts: null, here: { x: 30, y: 0.4 } },
    { name: "colour", texts: ["red", "blue"], here: { x: "blue", y: 0.4 } },
  ];
  const arrays = {
    "x.0": [10, 20, 30],
    "y.0": [0.1, 0.2, 0.5],
    "low.0": [0, 0.1, 0.4],
    "high.0": [0.2, 0.3, 0.6],
    "counts.0": [5, 0, 7],
    "own.0": [0.2, 0.3, 0.4],
    "lines.0": [0, 0.1, 0.2, 0.3, 0.4, 0.9],
    "y.1": [0.3, 0.25],
    "low.1": [0.2, 0.2],
    "high.1": [0.4, 0.3],
    "counts.1": [6, 6],
    "own.1": [0.3, 0.4],
    "lines.1": [0.1, 0.2, 0.3, 0.4],
    ...more,
  };
  return message("curves", { panels, draw: "both", axis: "output", lines: 2, rows: 12, ...layout }, arrays);
}

function scoresMessage(values: number[], stderr?: number[], run = 1): ReturnType<typeof message> {
  const names = values.map((_, i) => `f${i}`);
  const layout = { names, measure: "drop of r2", score: 0.8, draws: 5 };
  const made = message("scores", layout, stderr === undefined ? { values } : { values, stderr }, {
    target: "r2",
  });
  made.content.run = run;
  return made;
}

function open(made: ReturnType<typeof message>): Page {
  const page = openPage();
  page.deliver(made);
  return page;
}

function press(element: HTMLElement, key: string): void {
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

function answerOf(made: ReturnType<typeof message>) {
  const decoded = decode(made.content, made.buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

describe("numbers of a chart", () => {
  it("has borders halfway between the points", () => {
    expect(borders([0, 2, 6])).toEqual([-1, 1, 4, 8]);
    expect(borders([3])).toEqual([2.5, 3.5]);
  });

  it("has round ticks inside the ends", () => {
    expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(ticks(-37, 81, 4)).toEqual([0, 50]);
    expect(ticks(1, 1, 4)).toEqual([]);
  });

  it("has one scale for all panels, with room for band and explained row", () => {
    const data = curvesOf(answerOf(curvesMessage()))!;
    const { low, high } = limits([data]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0.9);
  });
});

describe("curves", () => {
  it("along a penalty are coefficients: no strip of rows, and the best stand-in's R² is said", () => {
    const coefficients = curvesMessage({}, { along: "the penalty", fidelity: [0.8, 0.02] });
    const page = open(coefficients);
    expect(page.all(".jx-chart-data")).toHaveLength(0);
    expect(page.find(".jx-legend").textContent).toContain("coefficient per standard deviation");
    const said = curvesSentence(answerOf(coefficients), translator("en"))!.textContent!;
    expect(said).toContain("along the penalty");
    expect(said).toContain("R² 0.8 ± 0.02");
  });

  it("are drawn as one panel per column", () => {
    const page = open(curvesMessage());
    expect(page.all(".jx-curves .jx-panel")).toHaveLength(2);
    expect(page.all(".jx-panel-name").map((e) => e.textContent)).toEqual(["age", "colour"]);
    expect(page.all(".jx-chart-band")).toHaveLength(1);
    expect(page.all(".jx-chart-dot")).toHaveLength(2);
    expect(page.all(".jx-chart-here")).toHaveLength(2);
  });

  it("mark where there is no data", () => {
    const page = open(curvesMessage());
    expect(page.all(".jx-chart-empty")).toHaveLength(1);
    expect(page.find(".jx-bar-legend").textContent).toContain("extrapolating");
    const full = open(curvesMessage({ "counts.0": [5, 1, 7] }));
    expect(full.all(".jx-chart-empty")).toHaveLength(0);
  });

  it("have no average when only single rows are wanted", () => {
    const page = open(curvesMessage({}, { draw: "individual" }));
    expect(page.all(".jx-chart-line, .jx-chart-band")).toHaveLength(0);
  });

  it("can be read with the arrow keys", () => {
    const page = open(curvesMessage());
    const stage = page.all(".jx-curve-stage")[0]!;
    const readout = page.all(".jx-panel .jx-readout")[0]!;
    expect(stage.getAttribute("tabindex")).toBe("0");
    expect(stage.getAttribute("aria-label")).toContain("age");
    press(stage, "ArrowRight");
    expect(readout.textContent).toBe("10: 0.100 (0.000 to 0.200), 5 rows near");
    press(stage, "ArrowRight");
    expect(readout.textContent).toContain("no rows near: extrapolating");
    press(stage, "End");
    expect(readout.textContent).toContain("30: 0.500");
    expect(readout.getAttribute("aria-live")).toBe("polite");
  });

  it("say what they show in one sentence", () => {
    const page = open(curvesMessage());
    expect(page.find(".jx-say").textContent).toContain("rises by 0.4 with age");
    expect(page.find(".jx-say").textContent).toContain("is largest for colour = red");
  });

  it("keep names as text", () => {
    const bad = '<img src=x onerror="alert(1)">';
    const page = open(curvesMessage({}, { panels: [{ name: bad, texts: null, here: null }] }));
    expect(page.all(".jx-panel img")).toHaveLength(0);
    expect(page.find(".jx-panel-name").getAttribute("title")).toBe(bad);
  });

  it("are not drawn from arrays that do not fit", () => {
    expect(curvesOf(answerOf(curvesMessage({ "x.0": [1, 2] })))).toBeNull();
    expect(curvesOf(answerOf(curvesMessage({ "y.0": [] })))).toBeNull();
    expect(curvesOf(answerOf(curvesMessage({ "lines.0": [1, 2] })))!.panels[0]!.lines).toBeNull();
  });

  it("are a table with the same numbers", () => {
    const data = curvesTable(answerOf(curvesMessage()), null)!;
    expect(data.rows).toHaveLength(5);
    expect(data.rows[4]!.slice(0, 2)).toEqual(["colour", "blue"]);
    expect(data.rows[2]![2]).toBeCloseTo(0.5);
    const page = open(curvesMessage());
    page.button("Table").click();
    page.clock.draw();
    expect(page.all("table.jx-table tbody tr")).toHaveLength(5);
  });

  it("have no completeness gap in the foot", () => {
    expect(open(curvesMessage()).find(".jx-gap").hidden).toBe(true);
  });
});

describe("scores", () => {
  it("are bars, most important first, negatives last and not clipped", () => {
    const page = open(scoresMessage([0.1, -0.5, 0.3], [0.01, 0.01, 0.01]));
    const labels = page.all(".jx-scores [role=listitem]").map((row) => row.getAttribute("aria-label"));
    expect(labels).toEqual(["f2, +0.300, rank 1 of 3", "f0, +0.100, rank 2 of 3", "f1, −0.500, rank 3 of 3"]);
    expect(page.all(".jx-scores .jx-fill.jx-neg")).toHaveLength(1);
    expect(page.find(".jx-bar-legend").textContent).toContain("r2 untouched: 0.8");
  });

  it("name only what is clearly above zero", () => {
    const said = scoresSentence(answerOf(scoresMessage([0.1, 0.2, 0.3], [0.2, 0.01, 0.01])), t)!;
    expect(said.textContent).toBe("Most important: f2 (0.3) and f1 (0.2).");
    const none = scoresSentence(answerOf(scoresMessage([0.1, -0.2], [0.2, 0.01])), t)!;
    expect(none.textContent).toBe("No column matters clearly.");
  });

  it("move with the arrow keys", () => {
    const page = open(scoresMessage([0.1, 0.5, 0.3]));
    const rows = page.all(".jx-scores [role=listitem]");
    rows[0]!.focus();
    press(rows[0]!, "ArrowDown");
    expect(document.activeElement).toBe(rows[1]);
    expect(page.all(".jx-scores [tabindex='0']")).toHaveLength(1);
  });

  it("are a table with intervals, and pin as an outline", () => {
    const data = scoresTable(answerOf(scoresMessage([0.1, 0.5], [0.1, 0.1])), null)!;
    expect(data.columns.map((c) => c.id)).toEqual(["feature", "value", "stderr", "low", "high"]);
    expect(data.rows[0]![0]).toBe("f1");
    const page = open(scoresMessage([0.1, 0.5]));
    page.button("Pin").click();
    page.deliver(scoresMessage([0.2, 0.4], undefined, 2));
    expect(page.all(".jx-scores .jx-outline").every((e) => !e.hidden)).toBe(true);
  });

  it("need values", () => {
    expect(scoresOf(answerOf(message("scores", { names: [] }, {})))).toBeNull();
  });
});
