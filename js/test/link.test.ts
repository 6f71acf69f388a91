import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { imageMessage } from "./data.js";
import { fire, openPage } from "./helpers.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function changeMethod(page: ReturnType<typeof openPage>): void {
  const method = page.labelled<HTMLSelectElement>("Method");
  method.value = "permutation_shap";
  fire(method, "change");
}

describe("banner", () => {
  it("appears after four silent seconds and goes with the next message", () => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2));
    changeMethod(page);
    expect(page.model.of("ping")).toHaveLength(1);
    vi.advanceTimersByTime(3900);
    page.clock.draw();
    expect(page.find(".jx-banner").hidden).toBe(true);
    vi.advanceTimersByTime(200);
    page.clock.draw();
    expect(page.find(".jx-banner").hidden).toBe(false);
    expect(page.find(".jx-banner").textContent).toContain("not answering");
    expect(page.find<HTMLFieldSetElement>("fieldset").disabled).toBe(true);
    expect(page.button("Table").disabled).toBe(false);
    page.model.deliver({ kind: "pong", t: 0 });
    page.clock.draw();
    expect(page.find(".jx-banner").hidden).toBe(true);
    expect(page.find<HTMLFieldSetElement>("fieldset").disabled).toBe(false);
  });

  it("does not appear while the kernel answers, nor in an idle page", () => {
    const page = openPage();
    vi.advanceTimersByTime(60_000);
    changeMethod(page);
    page.model.deliver({ kind: "heard", seq: 1, refused: {} });
    vi.advanceTimersByTime(60_000);
    page.clock.draw();
    expect(page.find(".jx-banner").hidden).toBe(true);
    expect(page.model.of("ping")).toHaveLength(1);
  });

  it("appears at once when sending fails", () => {
    const page = openPage();
    page.deliver(imageMessage([1, 2], 1, 2));
    page.model.broken = true;
    changeMethod(page);
    page.clock.draw();
    expect(page.find(".jx-banner").hidden).toBe(false);
  });

  it("calls a page without any kernel a static view", () => {
    const { content, buffers } = imageMessage([1, 2], 1, 2);
    const page = openPage({ _result: { message: content, buffers }, status: "done" });
    changeMethod(page);
    vi.advanceTimersByTime(4100);
    page.clock.draw();
    expect(page.find(".jx-banner").textContent).toContain("Static view");
    expect(page.find("canvas.jx-heatmap")).toBeTruthy();
    page.button("Table").click();
    expect(page.find(".jx-table-view").hidden).toBe(false);
  });
});
