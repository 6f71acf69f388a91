import { describe, expect, it } from "vitest";
import { tableMessage } from "./data.js";
import { fire, openPage, type Page } from "./helpers.js";

const NAMES = ["The", "plot", "was", "great", ",", "great", "fun"];
const BEFORE = ["", " ", " ", " ", "", " ", "\n"];
const VALUES = [0, 0.5, 0, 2, -0.25, 1, -3];

function textMessage(
  values: number[] = VALUES,
  options: Parameters<typeof tableMessage>[3] = {},
  layout: Record<string, unknown> = {},
): ReturnType<typeof tableMessage> {
  const message = tableMessage([], [], values, options);
  const answer = message.content.answer as Record<string, unknown>;
  answer.layout = { kind: "text", names: NAMES, before: BEFORE, ...layout };
  return message;
}

const spans = (page: Page): HTMLElement[] => page.all('.jx-tokens [role="listitem"]');
const shown = (page: Page): HTMLElement[] =>
  spans(page).filter((span) => span.closest("figure")?.hidden === false);

describe("tokens", () => {
  it("are the text itself, word for word, with values beside the colours", () => {
    const page = openPage();
    page.deliver(textMessage(VALUES, { stderr: [0, 0.1, 0, 0.1, 0.1, 0.1, 0.1] }));
    const list = shown(page)[0]!.parentElement!;
    expect(list.textContent).toBe("The plot was great, great\nfun");
    expect(shown(page)).toHaveLength(7);
    expect(shown(page)[3]!.getAttribute("aria-label")).toBe("“great”: +2.00 ± 0.10, token 4 of 7");
    expect(shown(page)[3]!.title).toBe(shown(page)[3]!.getAttribute("aria-label"));
    expect(page.find(".jx-legend").textContent).toContain("+3.00 for");
    expect(page.find(".jx-legend").textContent).toContain("−3.00 against");
    expect(page.find("figure:not([hidden])").getAttribute("aria-label")).toContain("per token");
  });

  it("have no colour at zero, ends of the scale at the largest, and ink that can be read", () => {
    const page = openPage();
    page.deliver(textMessage());
    const [the, plot, , great, , , fun] = shown(page);
    expect(the!.style.background).toBe("");
    expect(plot!.style.background).not.toBe("");
    expect(great!.style.background).not.toBe(fun!.style.background);
    expect(fun!.style.color).toBe("#fff");
    expect(plot!.style.color).toBe("#111");
  });

  it("are read by pointer and keyboard, one tab stop for the whole text", () => {
    const page = openPage();
    page.deliver(textMessage());
    const line = (): string | null =>
      shown(page)[0]!.closest("figure")!.querySelector(".jx-readout")!.textContent;
    shown(page)[3]!.dispatchEvent(new Event("pointerover", { bubbles: true }));
    expect(line()).toContain("“great”: +2.00");
    fire(shown(page)[0]!.parentElement!, "pointerleave");
    expect(line()).toContain("Point at a token");
    const stops = (): number[] => shown(page).map((span) => span.tabIndex);
    expect(stops().filter((i) => i === 0)).toHaveLength(1);
    shown(page)[0]!.focus();
    const press = (key: string): boolean =>
      document.activeElement!.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
      );
    press("ArrowRight");
    expect(document.activeElement).toBe(shown(page)[1]);
    press("End");
    expect(document.activeElement).toBe(shown(page)[6]);
    expect(stops()).toEqual([-1, -1, -1, -1, -1, -1, 0]);
    expect(line()).toContain("“fun”: −3.00");
  });

  it("stay the same elements while the answer refines", () => {
    const page = openPage();
    page.deliver(textMessage(VALUES, { answer: { final: false } }));
    const before = shown(page);
    before[2]!.focus();
    page.deliver(
      textMessage(
        VALUES.map((v) => v * 1.1),
        { frame: 2 },
      ),
    );
    expect(shown(page)).toEqual(before);
    expect(document.activeElement).toBe(before[2]);
  });

  it("say the result in a sentence and a table that tells repeated words apart", () => {
    const page = openPage();
    page.deliver(textMessage());
    expect(page.find(".jx-say").textContent).toContain("“fun”");
    page.button("Table").click();
    const names = page.all("table.jx-table tbody tr").map((row) => row.children[0]!.textContent);
    expect(names).toContain("great (2)");
    expect(page.all("table.jx-table thead th")).toHaveLength(2);
  });

  it("compare A and B on one scale", () => {
    const page = openPage();
    page.deliver(textMessage());
    page.button("Pin").click();
    page.deliver(
      textMessage(
        VALUES.map((v) => v / 3),
        { run: 2 },
      ),
    );
    expect(page.all("figure").filter((figure) => !figure.hidden)).toHaveLength(2);
    expect(page.find(".jx-legend").textContent).toContain("+3.00 for");
    const [a, b] = [shown(page)[6]!, shown(page)[13]!];
    expect([a.dataset.value, b.dataset.value]).toEqual(["-3", "-1"]);
    expect(a.style.background).not.toBe(b.style.background);
  });

  it("never become markup", () => {
    const page = openPage();
    page.deliver(textMessage([1], {}, { names: ["<img src=x onerror=alert(1)>"], before: [""] }));
    expect(page.all("img")).toHaveLength(0);
    expect(shown(page)[0]!.textContent).toBe("<img src=x onerror=alert(1)>");
  });

  it("of zeros say so, and a malformed text draws nothing", () => {
    const page = openPage();
    page.deliver(textMessage(VALUES.map(() => 0)));
    expect(page.find(".jx-picture").textContent).toContain("All attributions are zero");
    const other = openPage();
    other.deliver(textMessage(VALUES, {}, { names: 3 }));
    expect(spans(other)).toHaveLength(0);
  });
});
