import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en.js";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { curvesOf, limits } from "../src/views/curvesData.js";
import { curvesSentence, curvesTable, scoresSentence, scoresTable } from "../src/views/dataset.js";
import { floats } from "./data.js";
import { openPage } from "./helpers.js";

const t = translator("en");
const VERDICT = {
  judged: "Integrated gradients",
  area: 1.2,
  chance: 1.6,
  stderr: 0.05,
  reverse: 4,
  beats: 0.86,
  draws: 50,
  better: "lower",
};

function made(method: string, layout: Record<string, unknown>, arrays: Record<string, number[]>) {
  const facts = { title: method, method, target: "ring", error: 0.1, error_kind: "stderr", final: true };
  const specs = Object.entries(arrays).map(([name, v]) => ({ name, dtype: "f4", shape: [v.length] }));
  const answer = { type: layout.kind, ...facts, evals: 10, layout };
  const content = { kind: "answer", run: 1, frame: 1, answer, arrays: specs };
  return { content, buffers: Object.values(arrays).map(floats) };
}

function deletion(more: Record<string, unknown> = {}) {
  const panels = [{ name: "Integrated gradients", texts: null, here: null }];
  const layout = {
    kind: "curves",
    panels,
    draw: "both",
    axis: "output",
    lines: 1,
    rows: 0,
    along: "share removed",
  };
  const arrays = {
    "x.0": [0, 0.5, 1],
    "y.0": [2, 1.5, 0],
    "low.0": [2, 1.4, 0],
    "high.0": [2, 1.6, 0],
    "counts.0": [50, 50, 50],
    "own.0": [2, 0.4, 0],
    "lines.0": [2, 6, 0],
  };
  return made("deletion", { ...layout, verdict: { ...VERDICT, ...more } }, arrays);
}

function decoded(message: ReturnType<typeof made>) {
  const found = decode(message.content, message.buffers);
  if (found?.kind !== "answer") throw new Error("not an answer");
  return found.answer;
}

describe("curves that judge an explanation", () => {
  it("say both areas, which is better, and how often chance is beaten", () => {
    const said = curvesSentence(decoded(deletion()), t)!.textContent!;
    expect(said).toContain("Integrated gradients");
    expect(said).toContain("1.2");
    expect(said).toContain("lower is better");
    expect(said).toContain("86");
    expect(curvesSentence(decoded(deletion({ stderr: 0.5 })), t)!.textContent).toContain(
      "no clear difference",
    );
  });

  it("are drawn with a legend of their own, all of the reverse order in sight", () => {
    const page = openPage();
    page.deliver(deletion());
    const text = page.root().textContent!;
    for (const key of ["quality.randomBand", "quality.reverse", "quality.panel.lower"] as const) {
      expect(text).toContain(en[key]);
    }
    expect(text).not.toContain(en["curves.coefficient"]);
    expect(page.all(".jx-chart-judged")).toHaveLength(1);
    expect(limits([curvesOf(decoded(deletion()))!]).high).toBeGreaterThan(6);
  });

  it("have a table of the three orders", () => {
    const table = curvesTable(decoded(deletion()), null)!;
    expect(table.columns.map((c) => c.id)).toEqual(["share", "own", "reverse", "random", "low", "high"]);
    expect(table.rows[1]!.map((v) => Number(Number(v).toFixed(3)))).toEqual([0.5, 0.4, 6, 1.5, 1.4, 1.6]);
  });
});

describe("what is left when the weights are random", () => {
  const left = (error_kind: string) => {
    const panels = [{ name: "Saliency", texts: null, here: null }];
    const layout = {
      kind: "curves",
      panels,
      draw: "both",
      axis: "",
      lines: 0,
      rows: 0,
      along: "layers",
      sanity: true,
    };
    const ends = { "low.0": [1, -0.0764], "high.0": [1, 0.3156], "own.0": [1, 0.2], "lines.0": [] };
    const message = made("randomization", layout, {
      "x.0": [0, 1],
      "y.0": [1, 0.1196],
      ...ends,
      "counts.0": [2, 2],
    });
    Object.assign(message.content.answer, { error_kind });
    return curvesSentence(decoded(message), t)!.textContent!;
  };

  it("has an error once one is known", () => {
    expect(left("stderr")).toContain("network is 0.12 ± 0.10 (of the sizes 0.20)");
    expect(left("unknown")).toContain("network is 0.12 (of the sizes 0.20)");
  });
});

describe("scores that judge an explanation", () => {
  const infidelity = () =>
    made(
      "infidelity",
      {
        kind: "scores",
        names: ["Saliency", "Saliency, rescaled", "an explanation of zeros"],
        measure: "m",
        draws: 9,
      },
      { values: [0.02, 0.01, 0.2], stderr: [0.001, 0.001, 0.01] },
    );

  it("say the miss as a share of saying nothing", () => {
    const said = scoresSentence(decoded(infidelity()), t)!.textContent!;
    expect(said).toContain("Saliency misses");
    expect(said).toContain("10");
    expect(scoresTable(decoded(infidelity()), null)!.columns[1]!.title).toBe("table.value");
  });

  it("say how far an explanation moved", () => {
    const names = ["largest change found", "mean change"];
    const layout = { kind: "scores", names, measure: "m", draws: 9 };
    const message = made("max_sensitivity", layout, { values: [0.4, 0.1], stderr: [0, 0.01] });
    const said = scoresSentence(decoded(message), t)!.textContent!;
    expect(said).toContain("0.4");
    expect(said).toContain("9 draws");
  });
});
