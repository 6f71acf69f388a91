import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { graphOf, graphSentence, graphTable } from "../src/views/graphData.js";
import { planOf } from "../src/views/graphLayout.js";
import { panel } from "./data.js";
import { openPage, type Page } from "./helpers.js";
import { answerOf, otherMessage, press, type Sent } from "./otherMessage.js";

const t = translator("en");
const NODES = [
  { name: "input", kind: "input", type: "input", shape: [3, 8, 8] },
  { name: "stem", kind: "layer", type: "Conv2d", shape: [4, 8, 8], own: 112, total: 112, trainable: 12 },
  { name: "body", kind: "block", type: "Block", shape: [4, 8, 8], total: 148, trainable: 148 },
  {
    name: "body.one",
    kind: "layer",
    type: "Conv2d",
    shape: [4, 8, 8],
    parent: 2,
    own: 148,
    total: 148,
    trainable: 148,
  },
  { name: "act", kind: "layer", type: "ReLU", shape: [4, 8, 8], parent: 2, calls: 2 },
  { name: "add", kind: "operation", type: "add", shape: [4, 8, 8], parent: 2 },
  { name: "act", kind: "layer", type: "ReLU", shape: [4, 8, 8], calls: 2, call: 2 },
  { name: "output", kind: "output", type: "output", shape: [10] },
  { name: "spare", kind: "layer", type: "Linear", own: 20, total: 20, trainable: 20, calls: 0, call: 0 },
];
const EDGES = [
  [0, 1, ""],
  [1, 3, ""],
  [3, 4, ""],
  [4, 5, ""],
  [1, 5, ""],
  [5, 6, ""],
  [6, 7, "flatten"],
];

function message(nodes: unknown = NODES, edges: unknown = EDGES): Sent {
  const layout = { kind: "graph", nodes, edges, parameters: 280, trainable: 180 };
  return otherMessage("graph", layout, {}, { title: "Structure", target: "Net" });
}

function open(): Page {
  const methods = [
    { name: "structure", title: "Structure", reason: null, help: "" },
    { name: "activations", title: "Activations", reason: null, help: "" },
    { name: "grad_cam", title: "Grad-CAM", reason: "needs an image", help: "" },
    { name: "input_x_gradient", title: "Input × gradient", reason: null, help: "" },
  ];
  const page = openPage({ method: "structure", _panel: panel({ methods }) });
  page.deliver(message());
  return page;
}

const node = (page: Page, label: string): HTMLElement =>
  page.all(".jx-node").find((each) => each.getAttribute("aria-label")?.startsWith(label))!;
const click = (element: Element): boolean =>
  element.dispatchEvent(new MouseEvent("click", { bubbles: true }));

describe("graph", () => {
  it("draws what ran, and names what did not", () => {
    const page = open();
    expect(page.all('.jx-graph [role="listitem"]')).toHaveLength(8);
    expect(page.find(".jx-graph").getAttribute("aria-label")).toBe("Structure of Net");
    expect(node(page, "act (2/2)").getAttribute("aria-label")).toBe("act (2/2) · ReLU, 4 × 8 × 8");
    expect(page.root().textContent).toContain("Never used: spare (Linear).");
    expect(page.find(".jx-graph-lines").textContent).toBe("flatten");
    expect(page.root().textContent).toContain(
      "3 layers with 280 parameters (100 frozen), most in body.one (53\u202f%).",
    );
  });

  it("closes and opens blocks", () => {
    const page = open();
    page.button("Close all").click();
    expect(page.all(".jx-node")).toHaveLength(5);
    const body = node(page, "body");
    press(body, "Enter");
    body.focus();
    press(body, "Enter");
    expect(page.all(".jx-node")).toHaveLength(8);
    click(node(page, "body ").querySelector(".jx-fold")!);
    expect(page.all(".jx-node")).toHaveLength(5);
    page.button("Open all").click();
    expect(page.all(".jx-node")).toHaveLength(8);
  });

  it("shows a layer's numbers and asks about it as a control would", () => {
    const page = open();
    click(node(page, "stem"));
    const detail = page.find(".jx-graph-detail").textContent;
    expect(detail).toContain("Output 4 × 8 × 8");
    expect(detail).toContain("Parameters 112 (40\u202f%)");
    expect(detail).toContain("Frozen 100");
    expect(page.all("button").some((b) => b.textContent === "Grad-CAM")).toBe(false);
    page.button("Explain this layer").click();
    expect(page.model.sent.find((m) => (m as { kind: string }).kind === "ask")).toMatchObject({
      kind: "ask",
      changes: { method: "activations", settings: { at: "stem" } },
    });
    click(node(page, "add"));
    expect(page.all("button").some((b) => b.textContent === "Explain this layer")).toBe(false);
  });

  it("has one tab stop, moved by arrows", () => {
    const page = open();
    const stops = (): number =>
      page.all(".jx-node").filter((each) => each.getAttribute("tabindex") === "0").length;
    expect(stops()).toBe(1);
    node(page, "input").focus();
    press(node(page, "input"), "ArrowDown");
    expect(node(page, "stem").classList.contains("jx-chosen")).toBe(true);
    press(node(page, "stem"), "End");
    expect(node(page, "output").getAttribute("tabindex")).toBe("0");
    expect(stops()).toBe(1);
  });

  it("fills the table, each layer once", () => {
    const table = graphTable(answerOf(message()))!;
    expect(table.rows.map((row) => row[0])).toEqual(["stem", "body", "body.one", "act", "spare"]);
    expect(table.rows[0]).toEqual(["stem", "Conv2d", "4 × 8 × 8", 112, 0.4, 1]);
    expect(table.rows[3]![5]).toBe(2);
  });

  it("says steps where parameters are not counted", () => {
    const layout = { kind: "graph", nodes: NODES.slice(0, 2), edges: [], parameters: null };
    expect(graphSentence(answerOf(otherMessage("graph", layout, {})), t)?.textContent).toBe("1 steps.");
  });

  it("survives what makes no sense", () => {
    expect(graphOf(answerOf(message("no")))).toBeNull();
    const odd = graphOf(answerOf(message([{ ...NODES[1], parent: 7 }], [[0, 5, ""], "x", [0, 0, ""]])))!;
    expect(odd.nodes[0]?.parent).toBeNull();
    expect(odd.edges).toEqual([[0, 0, ""]]);
  });
});

describe("layout", () => {
  const data = graphOf(answerOf(message()))!;
  const plan = planOf(data, new Set([2]), () => [60, 20]);

  it("keeps boxes apart and inside their block", () => {
    const inner = [3, 4, 5].map((i) => plan.boxes.get(i)!);
    const [left, top, wide, high] = plan.boxes.get(2)!;
    for (const [x, y, w, h] of inner) {
      expect(x).toBeGreaterThan(left);
      expect(y).toBeGreaterThan(top);
      expect(x + w).toBeLessThan(left + wide);
      expect(y + h).toBeLessThan(top + high);
    }
    expect(inner.map((box) => box[1])).toEqual(inner.map((box) => box[1]).toSorted((a, b) => a - b));
  });

  it("leads the way past a layer on a lane of its own", () => {
    const [x, y, w, h] = plan.boxes.get(4)!;
    const beside = plan.lines.flatMap((line) => line.points).filter(([, py]) => py >= y && py <= y + h);
    for (const [px] of beside.filter(([, py]) => py > y && py < y + h)) {
      expect(px < x || px > x + w).toBe(true);
    }
    expect(beside.some(([px]) => px < x || px > x + w)).toBe(true);
  });

  it("draws arrows downwards, in one piece through the border of a block", () => {
    const ends = plan.lines.map((line) => line.points.at(-1)!);
    for (const { points, back } of plan.lines) {
      expect(back).toBe(false);
      expect(points.at(-1)![1]).toBeGreaterThanOrEqual(points[0]![1]);
    }
    const [, top] = plan.boxes.get(2)!;
    const entering = ends.filter(([, y]) => y === top);
    const inside = plan.lines.map((line) => line.points[0]!).filter(([, y]) => y === top);
    expect(new Set(inside.map(([x]) => x))).toEqual(new Set(entering.map(([x]) => x)));
  });
});
