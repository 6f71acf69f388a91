import { describe, expect, it } from "vitest";
import { floats } from "./data.js";
import { fire, openPage, type Page } from "./helpers.js";

const TOKENS = ["class token", "patch 0,0", "patch 0,1", "patch 1,0", "patch 1,1"];
const N = TOKENS.length;

/** Weights (maps, 5, 5): in map m, every row takes 0.6 from token m and 0.1 from the others. */
function weights(maps: number): Float32Array {
  const values = new Float32Array(maps * N * N).fill(0.1);
  for (let m = 0; m < maps; m++) for (let i = 0; i < N; i++) values[(m * N + i) * N + (m % N)] = 0.6;
  return values;
}

interface Options {
  layers?: number;
  heads?: number;
  full?: number;
  run?: number;
  layout?: Record<string, unknown>;
  bytes?: Uint8Array;
  values?: Float32Array;
}

function attentionMessage({ layers = 2, heads = 2, full = 2, run = 1, layout, bytes, values }: Options = {}) {
  const maps = layers + (heads > 1 ? full * heads : 0);
  const names = Array.from({ length: layers }, (_, i) => `blocks.${i}`);
  const own = { kind: "attention", layers: names, heads, tokens: TOKENS, full, grid: [2, 2], prefix: 1 };
  const answer = {
    type: "attention",
    method: "attention",
    title: "Attention",
    target: `${layers} layers × ${heads} heads`,
    evals: 2,
    error: 0,
    error_kind: "exact",
    final: true,
    notes: [],
    layout: { ...own, step: 1, top: 0.6, causal: false, ...layout },
  };
  const dtype = bytes === undefined ? "f4" : "u1";
  const arrays = [{ name: "weights", dtype, shape: [maps, N, N] }];
  const sent = bytes === undefined ? floats(values ?? weights(maps)) : new DataView(bytes.buffer);
  return { content: { kind: "answer", run, frame: 1, answer, arrays }, buffers: [sent] };
}

function opened(options: Options = {}): Page {
  const page = openPage();
  page.deliver(attentionMessage(options));
  return page;
}

const readouts = (page: Page): (string | null)[] => page.all(".jx-readout").map((each) => each.textContent);
const press = (element: Element, key: string): boolean =>
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

describe("attention", () => {
  it("shows the last layer's mean in a labelled figure, with names and a legend", () => {
    const page = opened();
    expect(page.find(".jx-maps.jx-attention")).toBeTruthy();
    const figure = page.find("canvas.jx-attention-map").closest("figure");
    expect(figure?.getAttribute("aria-label")).toBe("blocks.1, mean over heads");
    expect(page.find(".jx-legend").textContent).toContain("0.600 strong");
    expect(page.all(".jx-att-left span").map((each) => each.textContent)).toEqual([
      "class token",
      "0,0",
      "0,1",
      "1,0",
      "1,1",
    ]);
    expect(page.root().textContent).toContain("Averaged over 2 layers and 2 heads");
  });

  it("reads cells by keyboard, and lays the row on the patches", () => {
    const page = opened();
    const canvas = page.find("canvas.jx-attention-map");
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) press(canvas, key);
    expect(readouts(page)).toContain("patch 0,0 → patch 0,0: 0.6");
    expect(page.root().textContent).toContain("seen from patch 0,0");
    const patches = page.find("canvas.jx-attention-grid");
    for (const key of ["ArrowRight", "ArrowRight"]) press(patches, key);
    expect(readouts(page)).toContain("patch 0,0 → patch 0,1: 0.1");
  });

  it("scrubs layers and heads without asking the kernel", () => {
    const page = opened();
    const sent = page.model.sent?.length ?? 0;
    const layer = page.labelled<HTMLInputElement>("Layer");
    layer.value = "0";
    fire(layer, "input");
    const head = page.labelled<HTMLSelectElement>("Head");
    expect([...head.options].map((o) => o.textContent)).toEqual(["mean over heads", "0", "1"]);
    head.value = "1";
    fire(head, "change");
    const figure = page.find("canvas.jx-attention-map").closest("figure");
    expect(figure?.getAttribute("aria-label")).toBe("blocks.0, Head 1");
    press(page.find("canvas.jx-attention-map"), "ArrowRight");
    press(page.find("canvas.jx-attention-map"), "ArrowLeft");
    for (let i = 0; i < 3; i++) press(page.find("canvas.jx-attention-map"), "ArrowRight");
    expect(readouts(page)).toContain("class token → patch 1,0: 0.6"); // map 2 + 0 × 2 + 1
    expect(page.model.sent?.length ?? 0).toBe(sent);
  });

  it("keeps layer and head when a new answer of the same shape comes", () => {
    const page = opened();
    const layer = page.labelled<HTMLInputElement>("Layer");
    layer.value = "0";
    fire(layer, "input");
    page.deliver(attentionMessage({ run: 2 }));
    expect(page.labelled<HTMLInputElement>("Layer").value).toBe("0");
  });

  it("offers only what was sent, and says so", () => {
    const page = opened({ layers: 3, full: 1 });
    const layer = page.labelled<HTMLInputElement>("Layer");
    expect(page.labelled<HTMLSelectElement>("Head").options.length).toBe(3);
    layer.value = "1";
    fire(layer, "input");
    expect(page.labelled<HTMLSelectElement>("Head").options.length).toBe(1);
    expect(page.root().textContent).toContain("name this layer under At");
  });

  it("draws arcs from one token, chosen by keyboard", () => {
    const page = opened();
    page.button("Arcs").click();
    expect(page.find("canvas.jx-attention-map").closest("figure")?.hidden).toBe(true);
    const arcs = page.el.querySelector(".jx-att-arcs")!;
    expect(arcs.querySelectorAll("path").length).toBe(N);
    expect(arcs.getAttribute("aria-label")).toContain("class token → patch 0,0 0.6");
    press(arcs, "ArrowDown");
    expect(arcs.getAttribute("aria-label")).toContain("patch 0,0 → patch 0,0 0.6");
    expect(arcs.querySelectorAll("text").length).toBe(2 * N);
  });

  it("decodes bytes: finest near zero", () => {
    const bytes = new Uint8Array(6 * N * N).fill(51); // 0.6 × 0.2² = 0.024
    const page = opened({ bytes });
    press(page.find("canvas.jx-attention-map"), "ArrowRight");
    expect(readouts(page)).toContain("class token → class token: 0.024");
  });

  it("can scale one matrix by itself", () => {
    const values = weights(6);
    for (let i = 0; i < N * N; i++) values[N * N + i] = 0.2;
    const page = opened({ values });
    expect(page.find(".jx-legend").textContent).toContain("0.600 strong");
    page.button("One scale").click();
    expect(page.find(".jx-legend").textContent).toContain("0.200 strong");
  });

  it("pins A beside B", () => {
    const page = opened();
    page.button("Pin").click();
    page.deliver(attentionMessage({ run: 2, values: weights(6).map((v) => v / 2) }));
    const pinned = page.find("canvas.jx-attention-pinned").closest("figure");
    expect(pinned?.hidden).toBe(false);
    press(page.find("canvas.jx-attention-pinned"), "ArrowRight");
    expect(readouts(page)).toContain("class token → class token: 0.1");
    page.button("Table").click();
    const row = page.all("table.jx-table tbody tr")[0]!;
    expect([...row.children].map((cell) => cell.textContent)).toEqual([
      "class token",
      "patch 0,0",
      "0.3",
      "0.6",
    ]);
  });

  it("has the strongest pairs of the matrix in the table", () => {
    const page = opened();
    page.button("Table").click();
    const rows = page.all("table.jx-table tbody tr");
    expect(rows.length).toBe(N * N);
    expect(rows[0]!.textContent).toBe("class tokenpatch 0,00.6");
    const layer = page.labelled<HTMLInputElement>("Layer");
    layer.value = "0";
    fire(layer, "input");
    expect(page.all("table.jx-table tbody tr")[0]!.textContent).toBe("class tokenclass token0.6");
  });

  it("ignores what does not fit together", () => {
    const page = openPage();
    const message = attentionMessage({ layout: { heads: 7 } });
    page.deliver(message);
    expect(page.root().textContent).not.toContain("Averaged over");
  });
});
