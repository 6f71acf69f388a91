import { describe, expect, it } from "vitest";
import { panel } from "./data.js";
import { openPage, type Page } from "./helpers.js";

const number = { kind: "number", low: 0, high: 10, whole: false, choices: [], bars: [0, 50, 100] };
const columns = [
  { ...number, name: "age", value: 4 },
  { ...number, name: "rooms", value: 3, whole: true },
  { name: "colour", kind: "choice", value: "red", choices: ["red", "blue"], bars: [] },
];

function open(more: Record<string, unknown> = {}): Page {
  const before = { label: "yes", score: 0.9 };
  const targets = [{ value: "predicted", label: "yes", score: 0.4 }];
  return openPage({ _editors: { columns, before }, _panel: { ...panel(), targets }, edits: {}, ...more });
}

const asks = (page: Page): unknown[] =>
  page.model.sent.filter((m) => m.kind === "ask").map((m) => (m as { changes: unknown }).changes);

function drag(input: HTMLInputElement, position: number, type: "input" | "change"): void {
  input.value = String(position);
  input.dispatchEvent(new Event(type, { bubbles: true }));
}

describe("what if", () => {
  it("offers a slider with a number box per column, and a list for categories", () => {
    const page = open();
    expect(page.labelled("age").type).toBe("range");
    expect(page.find<HTMLInputElement>('[aria-label="age, exact value"]').value).toBe("4");
    expect(page.labelled<HTMLSelectElement>("colour").value).toBe("red");
    expect(page.all(".jx-edit-bars").length).toBe(2);
  });

  it("is not there for images", () => {
    expect(openPage({ _editors: { columns: [], before: null } }).find(".jx-whatif").hidden).toBe(true);
  });

  it("asks coarsely while dragging and finely on release, and one undo takes both back", () => {
    const page = open();
    drag(page.labelled("age"), 100, "input");
    drag(page.labelled("age"), 160, "change");
    expect(asks(page)[0]).toEqual({ edits: { age: 5 } });
    page.button("Undo").click();
    page.store.receive({ kind: "heard", seq: 1, refused: {} });
    expect(asks(page).at(-1)).toEqual({ edits: {} });
    expect(page.button("Undo").disabled).toBe(true);
  });

  it("drops an edit that goes back to the row's own value, and clears all", () => {
    const page = open({ edits: { age: 5, colour: "blue" } });
    const list = page.labelled<HTMLSelectElement>("colour");
    list.value = "red";
    list.dispatchEvent(new Event("change"));
    expect(asks(page)).toEqual([{ edits: { age: 5 } }]);
    page.store.receive({ kind: "heard", seq: 1, refused: {} });
    page.button("Reset row").click();
    expect(asks(page).at(-1)).toEqual({ edits: {} });
  });

  it("says what is changed and what the output was", () => {
    const page = open({ edits: { age: 5 } });
    expect(page.find(".jx-whatif-now").textContent).toContain("was 0.9");
    expect(page.find(".jx-changed").textContent).toContain("was 4");
    expect(page.find(".jx-whatif summary").textContent).toContain("1 changed");
  });

  it("takes back what was edited in a picture, in another view or from Python", () => {
    const page = open();
    page.model.push({ edits: { age: 7 } });
    page.clock.draw();
    expect(page.find<HTMLInputElement>('[aria-label="age, exact value"]').value).toBe("7");
    for (const age of [7.5, 8]) {
      page.model.push({ edits: { age } }); // a drag elsewhere goes on
      page.clock.draw();
    }
    page.model.push({ edits: { age: 8, rooms: 2 } });
    page.clock.draw();
    page.button("Undo").click();
    page.store.receive({ kind: "heard", seq: 1, refused: {} });
    page.button("Undo").click();
    expect(asks(page)).toEqual([{ edits: { age: 8 } }, { edits: {} }]);
    expect(page.button("Undo").disabled).toBe(true);
  });

  it("shows why an edit was refused", () => {
    const page = open();
    drag(page.labelled("age"), 100, "change");
    page.store.receive({ kind: "heard", seq: 1, refused: { edits: "no" } });
    page.clock.draw();
    expect(page.find(".jx-whatif .jx-refused").textContent).toContain("no");
  });
});
