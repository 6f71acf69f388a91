// Stepping through integrated gradients: every frame from what the answer brought, none from the kernel.

import { afterEach, describe, expect, it, vi } from "vitest";
import { type Answer, decode } from "../src/protocol.js";
import { along, blended, pathOf, scalesOf } from "../src/views/stepsData.js";
import { openPage, type Page } from "./helpers.js";

const BAD = '<img src=x onerror="alert(1)">';
const TABLE: Record<string, number[]> = {
  values: [1, -0.75, 0.375],
  "steps.t": [0, 0.25, 0.5, 0.75, 1],
  "steps.f": [2, 2.4, 2.7, 2.75, 2.75],
  "steps.sum": [0, 0.4, 0.7, 0.75, 0.76],
  "steps.ends": [0, 0.5, 1],
  "steps.shares": [0.75, -0.5, 0.25, 0.25, -0.25, 0.125],
  "steps.start": [10, 0],
  "steps.end": [20, 4],
};
const PART = { kind: "path", at: 0.47, draw: "table", names: ["age", BAD], others: 1 };

function message(
  part: Record<string, unknown> | null = {},
  arrays: Record<string, ArrayLike<number>> = TABLE,
  layout: Record<string, unknown> = { kind: "table", names: ["age", BAD, "c"], shown: ["20", "4", "1"] },
  run = 1,
) {
  const parts = part === null ? {} : { steps: { ...PART, ...part } };
  const facts = {
    title: "Path",
    target: "yes",
    error: 0.01,
    error_kind: "bound",
    evals: 6,
    output: 2.75,
    base: 2,
  };
  const all = Object.entries(arrays);
  const bytes = (v: ArrayLike<number>): boolean => v instanceof Uint8Array;
  const answer = { type: "attribution", ...facts, final: true, layout: { ...layout, parts } };
  return {
    content: {
      kind: "answer",
      run,
      frame: 1,
      answer,
      arrays: all.map(([name, v]) => ({ name, dtype: bytes(v) ? "u1" : "f4", shape: [v.length] })),
    },
    buffers: all.map(([, v]) =>
      v instanceof Uint8Array ? new DataView(v.slice().buffer) : new DataView(Float32Array.from(v).buffer),
    ),
  };
}

function answer(...given: Parameters<typeof message>): Answer {
  const { content, buffers } = message(...given);
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

function open(...given: Parameters<typeof message>): Page {
  const page = openPage();
  page.deliver(message(...given));
  return page;
}

const slider = (page: Page): HTMLInputElement => page.labelled<HTMLInputElement>("Step");
const named = (page: Page, name: string): HTMLButtonElement => {
  const words = (each: Element): string | null => each.getAttribute("aria-label") ?? each.textContent;
  return page.all(".jx-scrub-buttons button").find((each) => words(each) === name) as HTMLButtonElement;
};
const said = (page: Page): string => page.find(".jx-step-say").textContent ?? "";
function drag(page: Page, to: number): void {
  slider(page).value = String(to);
  slider(page).dispatchEvent(new Event("input"));
}
const numbers = (page: Page, k: number): (string | null)[] =>
  [...page.all(".jx-step-bars .jx-row")[k + 1]!.children].map((each) => each.textContent);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the data", () => {
  it("is summed up step by step", () => {
    const path = pathOf(answer())!;
    expect(path.count).toBe(2);
    expect(path.collected.map((each) => Array.from(each))).toEqual([
      [0, 0, 0],
      [0.75, -0.5, 0.25],
      [1, -0.75, 0.375],
    ]);
    expect(along(path.t, path.f, 0.375)).toBeCloseTo(2.55);
  });

  it("comes as bytes for a picture, 128 being zero", () => {
    const shares = Uint8Array.from([128, 255, 1, 128, 129, 127, 128, 128]);
    const arrays = { ...TABLE, values: [0, 0, 0, 0], "steps.shares": shares };
    const part = { draw: "image", height: 2, width: 2, unit: 0.5 };
    const path = pathOf(answer(part, arrays, { kind: "image", height: 2, width: 2 }))!;
    expect(Array.from(path.shares[0]!)).toEqual([0, 63.5, -63.5, 0]);
    expect(Array.from(path.collected[2]!)).toEqual([0.5, 63, -63.5, 0]);
  });

  it("tells stretches of a series by channel and time", () => {
    const spans = [
      [1, 0, 7],
      [-1, 8, 8],
    ];
    const names = ["steps 0 to 7 of pulse", "step 8"];
    const page = open({ names, spans, channels: ["sway", "pulse"], others: 1 });
    const rows = [0, 1, 2].map((k) => numbers(page, k)[0]);
    expect(rows).toEqual(["steps 0–7 of pulse", "step 8", "1 other"]);
  });

  it("has one scale for all steps, and says how much stronger single ones are drawn", () => {
    const path = pathOf(answer())!;
    expect(scalesOf(path, 100)).toEqual({ limit: 1, gain: 1 });
    const fine = { ...path, shares: path.shares.map((each) => each.map((v) => v / 30)) };
    expect(scalesOf(fine, 100).gain).toBe(20);
  });

  it("is refused when it does not fit together", () => {
    expect(pathOf(answer({ names: ["age"] }))).toBeNull();
    expect(pathOf(answer({ draw: "song" }))).toBeNull();
    expect(pathOf(answer({}, { ...TABLE, "steps.f": [1] }))).toBeNull();
    expect(pathOf(answer({ draw: "image", height: 2, width: 2 }))).toBeNull();
  });

  it("blends the pictures at both ends of the way", () => {
    const picture = (...pixels: number[]) =>
      ({ height: 1, width: 2, channels: 1, pixels: Uint8Array.from(pixels) }) as const;
    expect(Array.from(blended(picture(0, 200), picture(100, 100), 0.25).pixels)).toEqual([25, 175]);
  });
});

describe("the scrubber", () => {
  it("begins at the whole answer and goes through the steps without asking the kernel", () => {
    const page = open();
    const before = page.model.sent.length;
    expect(slider(page).value).toBe("2");
    expect(said(page)).toContain("The output changed by +0.750: what is left over, the gap, is −0.010.");
    expect(numbers(page, 0)).toEqual(["age", "20", "", "+1.00", "+0.25"]);
    drag(page, 1);
    expect(said(page)).toBe(
      "Step 1, from t = 0 to 0.5: the output moves by +0.700, to 2.7; the step collects +0.700. So far +0.700, which is 93\u202f% of the whole change.",
    );
    expect(slider(page).getAttribute("aria-valuetext")).toBe(said(page));
    expect(numbers(page, 0)).toEqual(["age", "15", "", "+0.75", "+0.75"]);
    expect(numbers(page, 2)).toEqual(["1 other", "", "", "+0.25", "+0.25"]);
    drag(page, 0);
    expect(said(page)).toContain("The way begins at the baseline, where the output is 2.");
    expect(numbers(page, 1)).toEqual([BAD, "0", "", "0.00", "0.00"]);
    expect(page.model.sent.length).toBe(before);
    expect(page.all("img")).toHaveLength(0);
  });

  it("has buttons that the arrow keys work on too, and says aloud what they do", () => {
    const page = open();
    expect(named(page, "Next step").disabled).toBe(true);
    named(page, "Previous step").click();
    expect(slider(page).value).toBe("1");
    expect(page.find(".jx-step-say").getAttribute("aria-live")).toBe("polite");
    const press = (key: string): boolean =>
      named(page, "Play").dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
      );
    press("Home");
    expect(slider(page).value).toBe("0");
    expect(named(page, "Previous step").disabled).toBe(true);
    press("ArrowRight");
    expect(slider(page).value).toBe("1");
    drag(page, 2);
    expect(page.find(".jx-step-say").hasAttribute("aria-live")).toBe(false);
  });

  it("plays from the start when it is asked to, and only then, and stops at the end or when it is taken off the page", () => {
    vi.useFakeTimers();
    const page = open();
    vi.advanceTimersByTime(5000);
    expect(slider(page).value).toBe("2");
    named(page, "Play").click();
    expect(slider(page).value).toBe("0");
    expect(named(page, "Pause")).toBeDefined();
    vi.advanceTimersByTime(400);
    expect(slider(page).value).toBe("1");
    named(page, "Pause").click();
    vi.advanceTimersByTime(5000);
    expect(slider(page).value).toBe("1");
    named(page, "Play").click();
    vi.advanceTimersByTime(5000);
    expect(slider(page).value).toBe("2");
    expect(vi.getTimerCount()).toBe(0);
    named(page, "Play").click();
    page.deliver(message(null, TABLE, undefined, 2));
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes slowly for those who want little motion", () => {
    vi.useFakeTimers();
    const page = open();
    vi.spyOn(window, "matchMedia").mockReturnValue({ matches: true } as MediaQueryList);
    named(page, "Play").click();
    vi.advanceTimersByTime(900);
    expect(slider(page).value).toBe("0");
    vi.advanceTimersByTime(200);
    expect(slider(page).value).toBe("1");
    named(page, "Pause").click();
  });

  it("stays at its place of the way while the answer refines", () => {
    const page = open();
    drag(page, 1);
    const four = { "steps.ends": [0, 0.25, 0.5, 0.75, 1], "steps.shares": new Array(12).fill(0.1) };
    page.deliver(message({}, { ...TABLE, ...four }, undefined, 2));
    expect([slider(page).value, slider(page).max]).toEqual(["2", "4"]);
    drag(page, 4);
    page.deliver(message({}, TABLE, undefined, 3));
    expect(slider(page).value).toBe("2");
  });
});

describe("the picture", () => {
  it("shows the two curves and where the change is nearly done", () => {
    const page = open();
    expect(page.all(".jx-path-chart .jx-path-f, .jx-path-chart .jx-path-sum")).toHaveLength(2);
    expect(page.find(".jx-path-chart").textContent).toContain("90 % of the change, t = 0.47");
    expect(page.find(".jx-path-chart").getAttribute("aria-label")).toContain(
      "the attributions of 2 steps sum to 0.76",
    );
    expect(open({ at: null }).all(".jx-path-mark")).toHaveLength(0);
  });

  it("has a table of the steps, the shown one marked", () => {
    const page = open();
    page.button("Table").click();
    drag(page, 1);
    const cells = page.all(".jx-steps tbody tr").map((row) => [...row.children].map((td) => td.textContent));
    expect(cells[1]).toEqual(["1", "0.5", "2.7", "+0.700", "+0.700"]);
    expect(page.all(".jx-steps tr[aria-current]")).toHaveLength(1);
  });

  it("colours the tokens of a text", () => {
    const layout = { kind: "text", names: ["not", BAD, "good"], before: ["", " ", " "] };
    const page = open({ draw: "text" }, TABLE, layout);
    const tokens = page.all(".jx-step-tokens")[1]!.querySelectorAll("span");
    expect(Array.from(tokens, (each) => each.textContent)).toEqual(["not", BAD, "good"]);
    expect(tokens[0]!.style.background).not.toBe("");
    drag(page, 0);
    expect(tokens[0]!.style.background).toBe("");
  });

  it("can be folded away", () => {
    const page = open();
    const details = page.find<HTMLDetailsElement>("details.jx-steps");
    details.open = false;
    details.dispatchEvent(new Event("toggle"));
    page.deliver(message({}, TABLE, undefined, 2));
    expect(page.all("details.jx-steps")).toHaveLength(1);
  });
});
