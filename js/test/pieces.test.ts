import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { examplesSentence, examplesTable } from "../src/views/examples.js";
import { called, readPieces, several } from "../src/views/pieces.js";
import { rulesSentence } from "../src/views/rules.js";
import { floats } from "./data.js";
import { openPage, type Page } from "./helpers.js";

const t = translator("en");
type Fields = Record<string, unknown>;
type Message = { content: Record<string, unknown>; buffers: DataView[] };
const NONE = 65535;

function message(type: string, layout: Fields, numbers: Record<string, number[]>, run = 1): Message {
  const arrays = Object.entries(numbers).map(([name, values]) => ({
    name,
    dtype: "f4",
    shape: [values.length],
  }));
  const about = { type, title: type, target: "1", error: 0, error_kind: "exact", final: true, evals: 9 };
  return {
    content: { kind: "answer", run, frame: 1, answer: { ...about, layout }, arrays },
    buffers: Object.values(numbers).map(floats),
  };
}

/** "not good, not bad" with a special token that nobody can hide. */
const TEXT = {
  kind: "text",
  unit: "word",
  players: ["not", "good", "not (2)", "bad"],
  names: ["[CLS]", "not", "good", "not", "bad"],
  before: ["", "", " ", " ", " "],
};
const WORDS = [NONE, 0, 1, 2, 3];
const PICTURE = { kind: "image", unit: "segment", players: ["segment 0", "segment 1"], height: 2, width: 2 };
const PIXELS = [0, 1, 1, 1];

type Numbers = Record<string, number[]>;

function anchor(kept: number[], more: Fields = {}, run = 1, behind: Numbers = { map: WORDS }): Message {
  const toggles = TEXT.players.map((name, i) => [name, kept.includes(i)]);
  const rules = [{ terms: kept.map((i) => [`“${TEXT.players[i]}”`, ""]), outcome: "class 1" }];
  const state = {
    list: false,
    numbers: false,
    here: null,
    given: false,
    reached: true,
    wanted: 0.95,
    sure: 0.95,
  };
  const layout = { kind: "rules", ...state, rules, toggles, pieces: TEXT, kept, others: [[2, 3]], ...more };
  const ends = { low: [0.9], high: [1], coverage: [0.5], coverage_low: [0.5], coverage_high: [0.5] };
  return message("rules", layout, { value: [0.97], ...ends, support: [100], otherwise: [3], ...behind }, run);
}

function example(more: Fields = {}, text = true, run = 1, behind?: Numbers): Message {
  const state = {
    names: [],
    original: [],
    rows: [],
    decision: "class 0",
    decisions: ["class 1"],
    goal: "not class 0",
  };
  const rest = {
    scale: "hidden words",
    same: 0,
    tried: 12,
    bound: false,
    own: 0.9,
    whose: "class 0",
    blocked: [],
  };
  const about = { pieces: text ? TEXT : PICTURE, hidden: [[0, 2]], exact: true, least: 3 };
  const layout = { kind: "examples", ...state, ...rest, ...about, ...more };
  const map = { map: text ? WORDS : PIXELS };
  return message("examples", layout, { distances: [2], outputs: [0.1], ...(behind ?? map) }, run);
}

function open(made: Message): Page {
  const page = openPage();
  page.deliver(made);
  return page;
}

function answerOf(made: Message) {
  const decoded = decode(made.content, made.buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

const asked = (page: Page): unknown[] =>
  page.model.sent
    .filter((m) => (m as Fields).kind === "ask")
    .map((m) => ((m as Fields).changes as Fields).settings);

describe("an anchor of a text", () => {
  it("marks the words that the rule keeps, and strikes through what a counterexample hides", () => {
    const page = open(anchor([0]));
    const [rule, other] = page.all(".jx-tokens");
    const classes = (list: Element, name: string): string[] =>
      [...list.querySelectorAll(`.${name}`)].map((each) => each.textContent!);
    expect(classes(rule!, "jx-kept")).toEqual(["not"]);
    expect(classes(rule!, "jx-out")).toEqual([]);
    expect(classes(other!, "jx-out")).toEqual(["not", "bad"]);
    expect(classes(other!, "jx-kept")).toEqual(["not"]);
    expect(page.find(".jx-main").textContent).toContain("Kept by the rule: 1 of 4 words.");
    expect(page.find(".jx-main").textContent).toContain("3 of 100 random maskings");
  });

  it("asks for the rule whose words are pressed; what is always there cannot be", () => {
    const page = open(anchor([0]));
    const words = [...page.find(".jx-tokens").querySelectorAll<HTMLButtonElement>("button")];
    expect(words[0]!.disabled).toBe(true);
    words[3]!.click();
    expect(words.map((w) => w.getAttribute("aria-pressed"))).toEqual([
      "false",
      "true",
      "false",
      "true",
      "false",
    ]);
    words[1]!.click();
    page.deliver({ content: { kind: "heard", seq: 1, refused: {} }, buffers: [] });
    expect(asked(page)).toEqual([{ rule: ["not", "not (2)"] }, { rule: ["not (2)"] }]);
    expect(page.find(".jx-toggles .jx-segments").hidden).toBe(true);
  });

  it("says what a word is to the rule when it has the focus, and has one tab stop", () => {
    const page = open(anchor([0]));
    const words = page.all(".jx-tokens button");
    words[2]!.focus();
    expect(page.find(".jx-piece .jx-readout").textContent).toBe("“good”: not in the rule");
    expect(page.find(".jx-tokens").querySelectorAll("[tabindex='0']")).toHaveLength(1);
    expect(rulesSentence(answerOf(anchor([0, 2])), t)!.textContent).toBe(
      "With “not”, “not” (2) kept, 0.97 of random maskings are decided as class 1.",
    );
  });

  it("keeps words as text", () => {
    const bad = '<img src=x onerror="alert(1)">';
    const page = open(
      anchor([0], { pieces: { ...TEXT, names: Array(5).fill(bad), players: Array(4).fill(bad) } }),
    );
    expect(page.all(".jx-main img")).toHaveLength(0);
  });
});

describe("a counterexample of an anchor of a table", () => {
  it("is a column of values that differ", () => {
    const others = [
      [
        ["age", "30", "25"],
        ["city", "Rome", "Bonn"],
      ],
      [["age", "30", "41"]],
    ];
    const page = open(anchor([], { pieces: undefined, others }));
    const cells = [...page.find(".jx-otherwise table").querySelectorAll("tbody tr")].map((row) =>
      [...row.children].map((cell) => cell.textContent!),
    );
    expect(cells).toEqual([
      ["age", "30", "▼ 25", "▲ 41"],
      ["city", "Rome", "Bonn", "same"],
    ]);
  });
});

describe("a counterfactual of a text or picture", () => {
  it("strikes through the words that are hidden", () => {
    const page = open(example());
    const out = [...page.find(".jx-tokens").querySelectorAll(".jx-out")];
    expect(out.map((each) => each.getAttribute("aria-label"))).toEqual(["not, hidden", "not, hidden"]);
    expect(page.find(".jx-main").textContent).toContain(
      "1: class 1 (class 0 0.9 → 0.1) without 2 of 4 words",
    );
    expect(examplesSentence(answerOf(example()), t)!.textContent).toBe(
      "Would be class 1 instead of class 0 without “not”, “not” (2). No fewer words do: every smaller choice was tried.",
    );
    const open_ = examplesSentence(answerOf(example({ exact: false })), t)!.textContent;
    expect(open_).toContain("None of them can be left out");
    expect(open_).toContain("fewer than 3");
  });

  it("outlines segments and says how much of the picture they are", () => {
    const page = open(example({ hidden: [[1]] }, false));
    expect(page.find("canvas.jx-pieces").getAttribute("aria-label")).toContain("segments");
    expect(page.find(".jx-main").textContent).toMatch(/1 of 2 segments, 75\s%/);
    const canvas = page.find("canvas.jx-pieces");
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    expect(page.find(".jx-piece .jx-readout").textContent).toBe("segment 1: hidden");
  });

  it("is a table of what each example hides", () => {
    const table = examplesTable(answerOf(example()), null, t)!;
    expect(table.rows).toEqual([
      ["not", "–"],
      ["good", ""],
      ["not (2)", "–"],
      ["bad", ""],
    ]);
  });

  it("says that there is none, and why", () => {
    const none = { decisions: [], hidden: [] };
    expect(examplesSentence(answerOf(example(none)), t)!.textContent).toContain("Every choice was tried.");
    const blocked = { ...none, exact: false, blocked: ["fixed 'a'", "bounds of 'b'"] };
    expect(examplesSentence(answerOf(example(blocked)), t)!.textContent).toContain(
      "There is one without fixed 'a' / bounds of 'b'.",
    );
  });

  it("is not drawn where the map does not fit", () => {
    const short = new Map([["map", new Float32Array(3)]]);
    expect(readPieces(TEXT, short)).toBeNull();
    expect(readPieces(null, short)).toBeNull();
    expect(readPieces(PICTURE, new Map())).toBeNull();
  });
});

/** Two channels of four steps; channel a in two spans, b in one. */
const SERIES = {
  kind: "series",
  unit: "span",
  players: ["steps 0 to 1 of a", "steps 2 to 3 of a", "steps 0 to 3 of b"],
  spans: [
    [0, 0, 1],
    [0, 2, 3],
    [1, 0, 3],
  ],
  names: ["a", "b"],
  channels: 2,
  steps: 4,
  step: 1,
  length: 4,
  of: 2,
};
const LANES = {
  map: [0, 0, 1, 1, 2, 2, 2, 2],
  trace: [0, 1, 2, 3, 5, 5, Number.NaN, 7],
  absent: Array(8).fill(1),
};

describe("spans of a series", () => {
  const hiding = (hidden: number[]): Message => example({ pieces: SERIES, hidden: [hidden] }, true, 1, LANES);
  const d = (page: Page, name: string): string => page.find(`.jx-spans .${name}`).getAttribute("d") ?? "";

  it("are shaded where they are hidden, with the baseline in place of the trace", () => {
    const page = open(hiding([1]));
    expect(d(page, "jx-hides")).toBe("M2 0.02H4V0.98H2Z");
    expect(d(page, "jx-keeps")).toBe("");
    expect(d(page, "jx-absent").match(/M/g)).toHaveLength(1);
    expect(d(page, "jx-absent")).toContain("M2.5 ");
    // Up to where the hidden span begins, and in the other channel with a gap where there is no number.
    expect(d(page, "jx-there").match(/[ML][\d.]+/g)).toEqual([
      "M0.5",
      "L1.5",
      "L2.5",
      "M0.5",
      "L1.5",
      "M3.5",
    ]);
    expect(page.find(".jx-spans .jx-names").textContent).toBe("a: 0 … 3b: 1 … 7");
    expect(page.find(".jx-main").textContent).toMatch(/without 1 of 3 spans, 25\s% of the series/);
  });

  it("are told by their time, neighbours as one", () => {
    const said = (hidden: number[]): string => examplesSentence(answerOf(hiding(hidden)), t)!.textContent!;
    expect(said([0])).toContain("without steps 0–1 of a.");
    expect(said([0, 1, 2])).toContain("without steps 0–3 of a, steps 0–3 of b.");
    expect(examplesTable(answerOf(hiding([0])), null, t)!.rows[0]).toEqual(["steps 0–1 of a", "–"]);
  });

  it("are switched in a rule by click or key", () => {
    const toggles = SERIES.players.map((name, i) => [name, i === 0]);
    const page = open(anchor([0], { pieces: SERIES, toggles, others: [] }, 1, LANES));
    expect(d(page, "jx-keeps")).toBe("M0 0.02H2V0.98H0Z");
    expect(d(page, "jx-hides")).toBe("");
    const stage = page.find(".jx-spans");
    expect(stage.getAttribute("role")).toBe("application");
    for (const key of ["ArrowRight", "ArrowRight", "Enter"])
      stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    expect(page.find(".jx-piece .jx-readout").textContent).toBe("steps 2–3 of a: kept by the rule");
    expect(asked(page)).toEqual([{ rule: ["steps 0 to 1 of a", "steps 2 to 3 of a"] }]);
  });

  it("without a time have a number", () => {
    const spans = [null, [0, 2, 3], [1, 0, 3]];
    const players = ["span 0", ...SERIES.players.slice(1)];
    const odd = readPieces(
      { ...SERIES, spans, players },
      new Map(Object.entries(LANES).map(([name, values]) => [name, Float32Array.from(values)])),
    )!;
    expect(called(odd, 0, t)).toBe("span 0");
    expect(several(odd, [0, 1], t)).toMatch(/^2 of 3 spans, 50\s% of the series$/);
  });
});

describe("a pinned answer", () => {
  const crossed = (list: Element): string[] =>
    [...list.querySelectorAll(".jx-out, .jx-kept")].map((each) => each.textContent!);

  it("shows the words that its rule keeps below the live ones, and nothing to press", () => {
    const page = open(anchor([0]));
    page.button("Pin").click();
    page.deliver(anchor([3], {}, 2));
    const [live, , before] = page.all(".jx-tokens");
    expect(crossed(live!)).toEqual(["bad"]);
    expect(crossed(before!)).toEqual(["not"]);
    expect(before!.querySelector("button")).toBeNull();
    expect(page.find(".jx-main").textContent).toContain("A pinned: rules, 1");
    page.button("Pinned A").click();
    expect(before!.closest<HTMLElement>("figure")!.hidden).toBe(true);
  });

  it("shows what its counterfactuals hide, and so does the table", () => {
    const page = open(example());
    page.button("Pin").click();
    page.deliver(example({ hidden: [[1]] }, true, 2));
    const visible = page.all(".jx-tokens").filter((each) => each.closest("[hidden]") === null);
    expect(visible.map(crossed)).toEqual([["good"], ["not", "not"]]);
    const table = examplesTable(answerOf(example({ hidden: [[1]] })), answerOf(example()), t)!;
    expect(table.columns.map((c) => c.text ?? c.id)).toEqual(["player", "1: class 1", "A 1: class 1"]);
    expect(table.rows[0]).toEqual(["not", "", "–"]);
    expect(table.rows[1]).toEqual(["good", "–", ""]);
  });

  it("outlines the segments of both", () => {
    const page = open(example({ hidden: [[1]] }, false));
    page.button("Pin").click();
    page.deliver(example({ hidden: [[0]] }, false, 2));
    const captions = page.all(".jx-piece figcaption").filter((each) => each.closest("[hidden]") === null);
    expect(captions.map((each) => /(\d+)\s%/.exec(each.textContent!)?.[1])).toEqual(["25", "75"]);
  });
});
