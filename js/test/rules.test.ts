import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { decode } from "../src/protocol.js";
import { rulesOf, rulesSentence, rulesTable } from "../src/views/rules.js";
import { floats } from "./data.js";
import { openPage, type Page } from "./helpers.js";

const t = translator("en");
type Fields = Record<string, unknown>;
type Message = { content: Record<string, unknown>; buffers: DataView[] };

function message(layout: Fields, numbers: Record<string, number[]>, run = 1): Message {
  const arrays = Object.entries(numbers).map(([name, values]) => ({
    name,
    dtype: "f4",
    shape: [values.length],
  }));
  const about = {
    type: "rules",
    title: "Anchors",
    target: "malignant",
    error: 0.02,
    error_kind: "bound",
    final: true,
  };
  const answer = { ...about, evals: 10, layout: { kind: "rules", ...layout } };
  return {
    content: { kind: "answer", run, frame: 1, answer, arrays },
    buffers: Object.values(numbers).map(floats),
  };
}

const TERMS = [
  ["worst radius > 19", "25.4"],
  ["worst concavity > 0.23", "0.71"],
];

function anchor(more: Fields = {}, run = 1): Message {
  const toggles = [
    ["mean radius > 16", false],
    ["worst radius > 19", true],
    ["worst concavity > 0.23", true],
  ];
  const layout = { list: false, numbers: false, rules: [{ terms: TERMS, outcome: "malignant" }], toggles };
  const numbers = {
    value: [0.97],
    low: [0.953],
    high: [0.985],
    coverage: [0.22],
    coverage_low: [0.18],
    coverage_high: [0.27],
  };
  const state = {
    here: null,
    given: false,
    reached: true,
    wanted: 0.95,
    fidelity: null,
    stderr: null,
    plain: null,
  };
  return message({ ...layout, ...state, ...more }, { ...numbers, support: [2000], otherwise: [60] }, run);
}

function list(more: Fields = {}): Message {
  const rules = [
    { terms: [TERMS[0]], outcome: "malignant" },
    { terms: [TERMS[1]], outcome: "malignant" },
    { terms: [], outcome: "benign" },
  ];
  const state = {
    here: 1,
    given: false,
    reached: false,
    wanted: null,
    fidelity: 0.94,
    stderr: 0.018,
    plain: 0.62,
  };
  const numbers = { value: [0.9, Number.NaN, 0.98], low: [0.8, 0, 0.9], high: [0.95, 1, 0.99] };
  const cover = { coverage: [0.3, 0, 0.7], coverage_low: [0.2, 0, 0.6], coverage_high: [0.4, 0.1, 0.8] };
  const counts = { support: [30, 0, 70], otherwise: [3, 0, 1] };
  return message(
    { list: true, numbers: false, rules, toggles: [], ...state, ...more },
    { ...numbers, ...cover, ...counts },
  );
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

describe("an anchor", () => {
  it("is a sentence with the row's own values, and two bars with intervals", () => {
    const page = open(anchor());
    const rule = page.find(".jx-rules [role=listitem]");
    expect(rule.querySelector("p")!.textContent!.trim()).toBe(
      "IF worst radius > 19 (25.4) AND worst concavity > 0.23 (0.71) THEN malignant",
    );
    const [precision, coverage] = [...rule.querySelectorAll<HTMLElement>(".jx-fill")];
    expect(Number.parseFloat(precision!.style.width)).toBeCloseTo(97, 1);
    expect(Number.parseFloat(coverage!.style.width)).toBeCloseTo(22, 1);
    const whisker = rule.querySelector<HTMLElement>(".jx-whisker")!;
    expect(Number.parseFloat(whisker.style.left)).toBeCloseTo(95.3, 1);
    expect(Number.parseFloat(whisker.style.width)).toBeCloseTo(3.2, 1);
    expect(rule.textContent).toContain("0.953 – 0.985");
    expect(rule.getAttribute("aria-label")).toContain("Precision 0.97");
    expect(page.find(".jx-main").textContent).toContain("60 of 2");
  });

  it("says what it reaches, and what it does not", () => {
    expect(rulesSentence(answerOf(anchor()), t)!.textContent).toBe(
      "Precision 0.97: the share of random rows meeting the rule that are decided as malignant.",
    );
    expect(rulesSentence(answerOf(anchor({ reached: false })), t)!.textContent).toContain(
      "not known to reach 0.95",
    );
  });

  it("asks for the rule whose conditions are pressed", () => {
    const page = open(anchor());
    const buttons = page.all(".jx-toggles [aria-pressed]");
    expect(buttons.map((b) => b.getAttribute("aria-pressed"))).toEqual(["false", "true", "true"]);
    expect(page.button("Search again").disabled).toBe(true);
    buttons[1]!.click();
    buttons[0]!.click();
    expect(buttons.map((b) => b.getAttribute("aria-pressed"))).toEqual(["true", "false", "true"]);
    page.deliver({ content: { kind: "heard", seq: 1, refused: {} }, buffers: [] });
    expect(asked(page)).toEqual([
      { rule: ["worst concavity > 0.23"] },
      { rule: ["worst concavity > 0.23", "mean radius > 16"] },
    ]);
  });

  it("goes back to the search", () => {
    const page = open(anchor({ given: true }));
    page.button("Search again").click();
    expect(asked(page)).toEqual([{ rule: null }]);
  });

  it("follows the answer once it has the rule that was asked for", () => {
    const page = open(anchor());
    page.all(".jx-toggles [aria-pressed]")[1]!.click();
    const on = [
      ["mean radius > 16", false],
      ["worst radius > 19", false],
      ["worst concavity > 0.23", true],
    ];
    page.deliver(anchor({ toggles: on, given: true }, 2));
    page.deliver(anchor({}, 3));
    const pressed = page.all(".jx-toggles [aria-pressed]").map((b) => b.getAttribute("aria-pressed"));
    expect(pressed).toEqual(["false", "true", "true"]);
  });

  it("has one tab stop for all conditions", () => {
    const page = open(anchor());
    const buttons = page.all(".jx-toggles [aria-pressed]");
    buttons[0]!.focus();
    buttons[0]!.dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    expect(document.activeElement).toBe(buttons[2]);
    expect(page.all(".jx-toggles [tabindex='0']")).toHaveLength(1);
  });

  it("keeps names as text", () => {
    const bad = '<img src=x onerror="alert(1)">';
    const page = open(anchor({ rules: [{ terms: [[bad, bad]], outcome: bad }], toggles: [[bad, true]] }));
    expect(page.all(".jx-rules img, .jx-toggles img")).toHaveLength(0);
  });
});

describe("a rule list", () => {
  it("goes from IF to ELSE, and marks the chosen row's rule", () => {
    const page = open(list());
    const rules = page.all(".jx-rules [role=listitem]");
    expect(rules.map((r) => r.querySelector("p")!.textContent!.trim().split(" worst")[0])).toEqual([
      "IF",
      "ELSE IF",
      "ELSE benign",
    ]);
    expect(rules.map((r) => r.hasAttribute("aria-current"))).toEqual([false, true, false]);
    expect(rules[1]!.textContent).toContain("—");
    expect(page.find(".jx-toggles").hidden).toBe(true);
    expect(page.find(".jx-say").textContent).toContain("0.94 ± 0.018");
  });

  it("has a scale of its own where means are shown", () => {
    const page = open(list({ numbers: true }));
    expect(page.find(".jx-rules").textContent).toContain("Average");
  });

  it("is a table with the same numbers, A under B", () => {
    const data = rulesTable(answerOf(list()), answerOf(anchor()), t)!;
    expect(data.rows).toHaveLength(4);
    expect(data.rows[0]![0]).toBe("IF worst radius > 19 THEN malignant");
    expect(data.rows[0]![1]).toBeCloseTo(0.9);
    expect(String(data.rows[3]![0])).toMatch(/^A IF/);
  });

  it("is pinned as a second list on the same scale", () => {
    const page = open(anchor());
    page.button("Pin").click();
    page.deliver(anchor({ given: true }, 2));
    expect(page.all(".jx-rules").filter((each) => !each.hidden)).toHaveLength(2);
    expect(page.find(".jx-main").textContent).toContain("A pinned: Anchors, malignant");
  });

  it("is not drawn without rules", () => {
    expect(rulesOf(answerOf(list({ rules: [] })))).toBeNull();
    expect(rulesOf(answerOf(list({ rules: "no" })))).toBeNull();
  });
});
