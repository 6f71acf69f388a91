import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { rule, treeOf, treeSentence, treeTable } from "../src/views/treeData.js";
import { openPage, type Page } from "./helpers.js";
import { answerOf, otherMessage, type Sent } from "./otherMessage.js";

const t = translator("en");
const ASKS = [
  ["worst radius", "≤ 16.8", "> 16.8", "25.4"],
  ["worst texture", "≤ 30", "> 30", ""],
  ["mean texture", "≤ 16.1", "> 16.1", "10.4"],
  null,
  null,
  null,
  null,
];

/** Two questions deep: 0 asks, 1 (yes) and 2 (no) ask, 3 4 and 5 6 are leaves; the row goes 0, 2, 5. */
function message(layout: Record<string, unknown> = {}, arrays: Record<string, number[]> = {}): Sent {
  const numbers = {
    up: [-1, 0, 0, 1, 1, 2, 2],
    answer: [0, 1, 0, 1, 0, 1, 0],
    value: [0.37, 0.1, 0.94, 0.02, 0.7, 0.25, 1],
    cover: [1, 0.66, 0.34, 0.6, 0.06, 0.1, 0.24],
    best: [1, 1, 0, 1, 0, 1, 0],
    hidden: [0, 0, 0, 0, 0, 0, 0],
    way: [1, 0, 1, 0, 0, 1, 0],
  };
  const facts = {
    kind: "tree",
    asks: ASKS,
    outputs: ["malignant", "benign"],
    nodes: 7,
    criterion: "",
    depth: 2,
  };
  return otherMessage("tree", { ...facts, ...layout }, { ...numbers, ...arrays });
}

const SURROGATE = {
  fidelity: [0, 0.6, 0.72, 0.75, 0.8, 0.8, 0.8, 0.8, 0.8],
  fidelity_stderr: [0, 0.05, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04],
};

function open(made = message()): Page {
  const page = openPage();
  page.deliver(made);
  return page;
}
const nodes = (page: Page): HTMLElement[] => page.all(".jx-tree [role=treeitem]");
const labels = (page: Page): string[] => nodes(page).map((n) => n.getAttribute("aria-label") ?? "");
const node = (page: Page, words: string): HTMLElement => {
  const found = nodes(page).find((n) => n.getAttribute("aria-label")!.startsWith(words));
  if (found === undefined) throw new Error(`no node ${words}`);
  return found;
};
function press(page: Page, key: string): string | null {
  const at = page.find(".jx-tree [role=treeitem][tabindex='0']");
  at.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  return document.activeElement!.getAttribute("aria-label");
}

describe("a tree", () => {
  it("shows the row's way by frame, thickness, words and the row's own values", () => {
    const page = open();
    expect(page.all(".jx-twig.jx-way")).toHaveLength(3);
    expect(page.all(".jx-tree-edges path.jx-way").map((p) => p.getAttribute("stroke-width"))).toEqual([
      (0.8 + 9 * 0.34).toFixed(1),
      (0.8 + 9 * 0.1).toFixed(1),
    ]);
    expect(page.all(".jx-tree-edges text.jx-way").map((w) => w.textContent)).toEqual(["no", "yes"]);
    expect(node(page, "worst radius").textContent).toContain("here 25.4");
    expect(node(page, "worst radius").getAttribute("aria-label")).toContain("on the way of the row");
    expect(page.find(".jx-tree-detail").textContent).toBe(
      "worst radius > 16.8 and mean texture ≤ 16.1: 0.25 · benign, 10\u202f% of the rows",
    );
  });

  it("draws no two nodes of a level over each other", () => {
    const places = nodes(open()).map((n) => {
      const [x, y] = n
        .getAttribute("transform")!
        .match(/-?[\d.]+/g)!
        .map(Number);
      return { x: x!, y: y!, wide: Number(n.querySelector("rect")!.getAttribute("width")) };
    });
    for (const y of new Set(places.map((p) => p.y))) {
      const level = places.filter((p) => p.y === y).sort((a, b) => a.x - b.x);
      for (const [i, p] of level.entries())
        if (i > 0) expect(p.x).toBeGreaterThan(level[i - 1]!.x + level[i - 1]!.wide);
    }
  });

  it("goes to parent, children and beside by keys, with one tab stop", () => {
    const page = open();
    expect(page.all(".jx-tree [role=treeitem][tabindex='0']")).toHaveLength(1);
    expect(press(page, "ArrowUp")).toContain("mean texture");
    expect(press(page, "ArrowLeft")).toContain("worst texture");
    expect(press(page, "ArrowLeft")).toContain("worst texture");
    expect(press(page, "ArrowDown")).toContain("0.02");
    expect(press(page, "Home")).toContain("worst radius");
    expect(press(page, "ArrowDown")).toContain("mean texture");
  });

  it("opens and closes what is below, by key, click and button", () => {
    const page = open();
    expect(labels(page)).toHaveLength(7);
    node(page, "worst texture")
      .querySelector<HTMLElement>(".jx-fold")!
      .dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(node(page, "worst texture").getAttribute("aria-expanded")).toBe("false");
    expect(labels(page)).toHaveLength(5);
    node(page, "worst texture").dispatchEvent(new MouseEvent("click", { bubbles: true }));
    expect(labels(page)).toHaveLength(7);
    press(page, "Enter");
    expect(labels(page)).toHaveLength(5);
    page.button("Open all").click();
    expect(labels(page)).toHaveLength(7);
    page.button("Only the way").click();
    expect(labels(page)).toHaveLength(5);
  });

  it("keeps what is open while the same tree is answered for another row", () => {
    const page = open();
    page.button("Only the way").click();
    const again = message({}, { way: [1, 1, 0, 1, 0, 0, 0] });
    (again.content as { run: number }).run = 2;
    page.deliver(again);
    expect(node(page, "worst texture").getAttribute("aria-expanded")).toBe("true");
    expect(page.find(".jx-tree-detail").textContent).toContain("worst texture ≤ 30");
  });

  it("says what was not sent", () => {
    const page = open(message({ nodes: 20 }, { hidden: [0, 0, 0, 0, 0, 0, 13] }));
    expect(page.find(".jx-main").textContent).toContain("The 13 smallest of 20 nodes are not here.");
  });

  it("reads as a sentence and a table, the way first", () => {
    const answer = answerOf(message());
    expect(treeSentence(answer, t)!.textContent).toBe(
      "2 questions lead to 0.25 · benign (10\u202f% of the rows).",
    );
    expect(rule(treeOf(answer)!, 6)).toEqual(["worst radius > 16.8", "mean texture > 16.1"]);
    const { rows } = treeTable(answer, null, t)!;
    expect(rows).toHaveLength(7);
    expect(rows.slice(0, 3).map((row) => row[0])).toEqual([
      "All rows",
      "worst radius > 16.8",
      "worst radius > 16.8 and mean texture ≤ 16.1",
    ]);
  });

  it("keeps names as text, and ignores a message that is none", () => {
    const bad = '<img src=x onerror="alert(1)">';
    const page = open(message({ asks: [[bad, bad, bad, bad], ...ASKS.slice(1)], outputs: [bad, bad] }));
    expect(page.all(".jx-main img")).toHaveLength(0);
    expect(treeOf(answerOf(message({ asks: "no" })))).toBeNull();
  });
});

describe("a surrogate", () => {
  it("shows its fidelity by depth, and a click asks for a depth", () => {
    const page = open(message({}, SURROGATE));
    const bars = page.all(".jx-depths button");
    expect(bars.map((b) => b.getAttribute("aria-pressed"))).toEqual([
      "false",
      "true",
      ...Array(6).fill("false"),
    ]);
    expect(bars[3]!.getAttribute("aria-label")).toBe("Depth 4: 0.80 ± 0.04 (R²)");
    bars[3]!.click();
    const asks = page.model.sent.filter((m) => (m as { kind: string }).kind === "ask");
    expect(asks.map((m) => (m as { changes: unknown }).changes)).toEqual([{ settings: { depth: 4 } }]);
    expect(page.find(".jx-say").textContent).toContain("R² 0.72 ± 0.04");
  });

  it("has no bars where the tree is the user's own", () => {
    expect(open().find(".jx-depths").parentElement!.hidden).toBe(true);
  });
});
