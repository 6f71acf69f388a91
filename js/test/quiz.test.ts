import { describe, expect, it } from "vitest";
import { decodeLesson, decodeQuiz } from "../src/lesson.js";
import { panel, tableMessage } from "./data.js";
import { fire, openPage, type Page } from "./helpers.js";

const OPEN = { state: "open", kind: "top", question: "", labels: ["age", "height", "speed"], pick: 2 };

function quizPage(quiz: Record<string, unknown>, more: Record<string, unknown> = {}): Page {
  return openPage({ _quiz: quiz, status: "done", ...more });
}

function shown(element: HTMLElement): boolean {
  return element.closest("[hidden], .jx-off") === null;
}

describe("a question", () => {
  it("hides the answer that was shown, and what the kernel withholds", () => {
    const page = openPage();
    page.deliver(tableMessage(["a", "b"], ["1", "2"], [3, -2]));
    expect(shown(page.find(".jx-bars"))).toBe(true);
    page.model.push({ _quiz: OPEN });
    page.clock.draw();
    expect(page.store.state.answer).toBeNull();
    expect(shown(page.find(".jx-place"))).toBe(false);
    page.model.deliver({ kind: "withheld", run: 9, final: true });
    page.clock.draw();
    expect(page.root().dataset.status).toBe("done");
    expect(page.root().dataset.run).toBe("9");
    expect(page.button("Table").disabled).toBe(true);
  });

  it("takes exactly as many as are asked for", () => {
    const page = quizPage(OPEN);
    const boxes = page.all(".jx-quiz input") as HTMLInputElement[];
    const reveal = page.button("Reveal");
    expect(page.find(".jx-quiz-title").textContent).toBe("Which 2 of these matter most?");
    expect(reveal.disabled).toBe(true);
    for (const i of [0, 2]) {
      boxes[i]!.checked = true;
      fire(boxes[i]!, "change");
    }
    expect(boxes[1]!.disabled).toBe(true);
    expect(reveal.disabled).toBe(false);
    reveal.click();
    expect(page.model.of("guess")).toEqual([{ kind: "guess", picks: [0, 2] }]);
  });

  it("waits while an answer is computed", () => {
    const page = quizPage({ ...OPEN, kind: "rank" });
    expect(page.button("Reveal").disabled).toBe(false);
    page.model.deliver({ kind: "started", run: 4 });
    page.clock.draw();
    expect(page.button("Reveal").disabled).toBe(true);
  });

  it("takes a direction for each", () => {
    const page = quizPage({ ...OPEN, kind: "sign", pick: 3 });
    const groups = page.all("[role=radiogroup]");
    expect(groups.map((g) => g.getAttribute("aria-label"))).toEqual(["age", "height", "speed"]);
    for (const [i, group] of groups.entries()) {
      const radio = group.querySelectorAll("input")[i % 2]!;
      radio.checked = true;
      fire(radio, "change");
    }
    page.button("Reveal").click();
    expect(page.model.of("guess")[0]?.picks).toEqual([1, -1, 1]);
  });

  it("takes an order, by buttons that keep the focus", () => {
    const page = quizPage({ ...OPEN, kind: "rank", pick: 3 });
    const up = page.all(".jx-quiz button").find((b) => b.getAttribute("aria-label") === "Move speed up")!;
    up.click();
    expect(document.activeElement).toBe(up);
    up.click();
    up.click(); // is first already
    expect(page.all(".jx-quiz-rank .jx-quiz-name").map((e) => e.textContent)).toEqual([
      "speed",
      "age",
      "height",
    ]);
    page.button("Reveal").click();
    expect(page.model.of("guess")[0]?.picks).toEqual([2, 0, 1]);
  });

  it("takes regions of the picture", () => {
    const regions = Array.from({ length: 9 }, (_, i) => `r${i}`);
    const page = quizPage({ ...OPEN, kind: "region", labels: regions, pick: 1 });
    expect(page.find(".jx-quiz-title").textContent).toBe("Which region matters most?");
    const cells = page.all(".jx-quiz-cell");
    expect(cells[8]?.getAttribute("aria-label")).toBe("bottom right");
    cells[8]!.click();
    cells[2]!.click(); // one too many
    expect(cells.map((c) => c.getAttribute("aria-pressed") === "true").indexOf(true)).toBe(8);
    page.button("Reveal").click();
    expect(page.model.of("guess")[0]?.picks).toEqual([8]);
  });

  it("shows the author's words, and why there is nothing to ask", () => {
    const page = quizPage({ ...OPEN, question: "What drives the price?" });
    expect(page.find(".jx-quiz-title").textContent).toBe("What drives the price?");
    page.model.push({ _quiz: { state: "waiting", kind: "top", question: "", reason: "needs a table" } });
    page.clock.draw();
    expect(page.find(".jx-quiz").textContent).toContain("needs a table");
  });

  it("keeps what was chosen while nothing about it changes", () => {
    const page = quizPage(OPEN);
    const box = page.all(".jx-quiz input")[1] as HTMLInputElement;
    box.checked = true;
    page.model.push({ _quiz: { ...OPEN } });
    page.clock.draw();
    expect(page.all(".jx-quiz input")[1]).toBe(box);
    expect(box.checked).toBe(true);
  });
});

describe("a guess", () => {
  const told = { ...OPEN, state: "revealed", given: [0, 2], truth: [1, 2], score: 0.5, settled: true };

  it("stands beside what is so", () => {
    const page = quizPage(told);
    expect(page.find(".jx-quiz-title").textContent).toBe("1 of 2 right");
    const marks = page.all(".jx-quiz-marks li").map((li) => li.textContent);
    expect(marks).toEqual(["✓speed number 2", "✗age not among the strongest", "○height missed, number 1"]);
    expect(shown(page.find(".jx-place"))).toBe(true);
    page.button("Close").click();
    expect(page.find(".jx-quiz").hidden).toBe(true);
  });

  it("about an order counts pairs", () => {
    const page = quizPage({
      ...told,
      kind: "rank",
      given: [0, 1, 2],
      truth: [1, 0, 2],
      pick: 3,
      score: 2 / 3,
    });
    expect(page.find(".jx-quiz-title").textContent).toBe("2 of 3 pairs in the right order");
    expect(page.all(".jx-quiz-orders .jx-quiz-right").map((li) => li.textContent)).toEqual([
      "speed",
      "speed",
    ]);
  });

  it("says when the verdict is within the error", () => {
    expect(quizPage({ ...told, settled: false }).find(".jx-quiz").textContent).toContain("own error");
    expect(quizPage(told).find(".jx-quiz").textContent).not.toContain("own error");
  });
});

describe("a lesson", () => {
  const lesson = {
    presets: [
      { name: "One step", note: "Too few." },
      { name: "Many", note: "" },
    ],
    lock: ["seed", "steps"],
    hide: ["baseline"],
    preset: "",
  };
  const steps = { name: "steps", label: "Steps", kind: "int", low: 1, high: 20, default: 5 };

  it("locks and hides controls", () => {
    const page = openPage({ _lesson: lesson, _panel: panel({ settings: [steps] }) });
    expect(page.labelled("Seed").disabled).toBe(true);
    expect(page.labelled("Steps").disabled).toBe(true);
    expect(page.labelled("Method").disabled).toBe(false);
    expect(page.all(".jx-lock").length).toBe(2);
    expect(shown(page.labelled("Baseline"))).toBe(false);
    page.model.push({ _lesson: { ...lesson, lock: [], hide: [] } });
    page.clock.draw();
    expect(page.labelled("Seed").disabled).toBe(false);
    expect(page.all(".jx-lock").length).toBe(0);
    expect(shown(page.labelled("Baseline"))).toBe(true);
  });

  it("offers presets, and says what to look at", () => {
    const page = openPage({ _lesson: lesson });
    page.button("One step").click();
    expect(page.model.of("preset")).toEqual([{ kind: "preset", name: "One step", seq: 1 }]);
    page.button("Many").click(); // waits for the first to be heard
    expect(page.model.of("preset").length).toBe(1);
    page.model.deliver({ kind: "heard", seq: 1, refused: {} });
    expect(page.model.of("preset")[1]).toEqual({ kind: "preset", name: "Many", seq: 2 });
    page.model.push({ _lesson: { ...lesson, preset: "One step" } });
    page.clock.draw();
    expect(page.button("One step").getAttribute("aria-pressed")).toBe("true");
    expect(page.find(".jx-preset-note").textContent).toBe("Too few.");
  });

  it("shows nothing where there is none", () => {
    const page = openPage();
    expect(page.find(".jx-presets").hidden).toBe(true);
    expect(page.find(".jx-quiz").hidden).toBe(true);
  });
});

describe("what comes from outside", () => {
  it.each([
    undefined,
    null,
    3,
    [],
    {},
    { state: "open" },
    { state: "open", kind: "top" },
    { ...OPEN, kind: "x" },
  ])("is no question: %j", (raw) => {
    expect(decodeQuiz(raw)).toBeNull();
  });
  it("is a lesson without anything, if it is malformed", () => {
    expect(decodeLesson([1])).toEqual({ presets: [], lock: new Set(), hide: new Set(), preset: "" });
  });
});
