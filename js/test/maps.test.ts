import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n/index.js";
import { mapsOf, mapsSentence, mapsTable } from "../src/views/mapsData.js";
import { openPage } from "./helpers.js";
import { answerOf, otherMessage, press, type Sent } from "./otherMessage.js";

const t = translator("en");

function message(more: Record<string, unknown> = {}, maps?: number[] | Uint8Array, run = 1): Sent {
  // Channels 4, 0 and 7 by strength; 7 is dead.
  const stats = {
    which: [4, 0, 7],
    min: [0, 0, 0],
    mean: [2, 1, 0],
    max: [4, 2, 0],
    active: [0.75, 0.5, 0],
    strength: [2, 1, 0],
    dead: [0, 0, 1],
  };
  const values = maps ?? [0, 1, 3, 4, 0, 0, 2, 2, 0, 0, 0, 0];
  const layout = { kind: "maps", height: 2, width: 2, sent: 3, channels: 9, layer: "conv", shape: [9, 2, 2] };
  const made = otherMessage(
    "maps",
    { over: "image", step: 1, ...layout, ...more },
    { ...stats, maps: values },
  );
  made.content.run = run;
  return made;
}

describe("maps", () => {
  it("are a mosaic, the strongest first, the dead one named", () => {
    const page = openPage();
    page.deliver(message());
    expect(page.all(".jx-maps button").map((tile) => tile.textContent)).toEqual(["4", "0", "7 dead"]);
    expect(page.all(".jx-map.jx-dead")).toHaveLength(1);
    expect(page.all(".jx-maps button")[2]?.getAttribute("aria-label")).toContain("nowhere above zero");
    expect(page.find(".jx-legend").textContent).toContain("4.00");
    expect(page.root().textContent).toContain("1–3 of 3 maps here, 9 channels");
  });

  it("are sorted by number on request, and enlarged by click and by key", () => {
    const page = openPage();
    page.deliver(message());
    const sort = page.labelled<HTMLSelectElement>("Sort by");
    sort.value = "number";
    sort.dispatchEvent(new Event("change"));
    page.clock.draw();
    const tiles = page.all(".jx-maps button");
    expect(tiles.map((tile) => tile.lastElementChild?.textContent)).toEqual(["0", "4", "7 dead"]);
    tiles[0]!.click();
    expect(tiles.map((tile) => tile.tabIndex)).toEqual([0, -1, -1]);
    press(tiles[0]!, "ArrowRight");
    expect(tiles[1]!.getAttribute("aria-pressed")).toBe("true");
    expect(page.root().textContent).toContain("channel 4: 0.00 to 4.00, mean 2.00");
    press(tiles[1]!, "End");
    expect(page.root().textContent).toContain("dead here: constant, or nowhere above zero");
  });

  it("read out single numbers", () => {
    const page = openPage();
    page.deliver(message());
    const canvas = page.all("canvas.jx-map-large").find((c) => c.closest("figure")?.hidden === false)!;
    for (const key of ["ArrowDown", "ArrowDown"]) press(canvas, key);
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain("row 1, column 0: 3.00");
  });

  it("have one scale, or each its own", () => {
    const page = openPage();
    page.deliver(message());
    page.all(".jx-maps button")[1]!.click();
    expect(page.find(".jx-legend").textContent).toContain("4.00");
    page.button("Own scale for each").click();
    page.clock.draw();
    expect(page.find(".jx-legend").textContent).toContain("2.00");
  });

  it("come as bytes between their own ends where numbers would be too many", () => {
    const bytes = Uint8Array.from([0, 51, 153, 255, 0, 0, 255, 255, 9, 9, 9, 9]);
    const data = mapsOf(answerOf(message({}, bytes)))!;
    expect(Array.from(data.maps[0]!, (v) => Number(v.toFixed(3)))).toEqual([0, 0.8, 2.4, 4]);
    expect([...data.maps[2]!]).toEqual([0, 0, 0, 0]);
  });

  it("of units are one grid, of steps one row a channel", () => {
    const page = openPage();
    page.deliver(message({ over: "unit", height: 1, width: 1, channels: 9 }, [2, 1, 0]));
    expect(page.find(".jx-maps").hidden).toBe(true);
    const units = page.all("canvas.jx-map-large").find((c) => c.closest("figure")?.hidden === false)!;
    for (let i = 0; i < 5; i++) press(units, "ArrowRight");
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain("unit 4: 2.00");
    page.deliver(message({ over: "steps", height: 1, width: 4 }, undefined, 2));
    for (const key of ["ArrowDown", "ArrowRight"]) press(units, key);
    expect(page.all(".jx-readout").map((e) => e.textContent)).toContain("channel 0, 3: 2.00");
  });

  it("turn pages", () => {
    const n = 70;
    const numbers = Array.from({ length: n }, (_, i) => n - i);
    const stats = Object.fromEntries(
      ["min", "mean", "max", "active", "strength", "dead"].map((name) => [name, numbers.map(() => 1)]),
    );
    const layout = { kind: "maps", height: 2, width: 1, sent: n, channels: n, layer: "c", shape: [n, 2, 1] };
    const page = openPage();
    const arrays = { which: numbers, ...stats, maps: numbers.flatMap((v) => [v, v]) };
    page.deliver(otherMessage("maps", { over: "image", step: 1, ...layout }, arrays));
    expect(page.all(".jx-maps button")).toHaveLength(64);
    page.button("Next").click();
    page.clock.draw();
    expect(page.all(".jx-maps button")).toHaveLength(6);
    expect(page.button("Next").disabled).toBe(true);
  });

  it("say the result and fill the table", () => {
    const answer = answerOf(message());
    expect(mapsSentence(answer, t)?.textContent).toBe(
      "Layer conv puts out 9 × 2 × 2. Strongest: 4 (2), 0 (1); dead for this input: 1.",
    );
    const table = mapsTable(answer, answer)!;
    expect(table.rows[0]).toEqual([4, 0, 2, 4, 0.75, 2]);
    expect(table.columns.map((c) => c.id)).toEqual(["channel", "min", "mean", "max", "active", "pinned"]);
  });

  it("pin A beside B on one scale", () => {
    const page = openPage();
    page.deliver(message());
    page.button("Pin").click();
    page.clock.draw();
    const other = message({}, [0, 1, 3, 40, 0, 0, 2, 2, 0, 0, 0, 0], 2);
    page.deliver(other);
    expect(page.all("canvas.jx-map-large").every((c) => c.closest("figure")?.hidden === false)).toBe(true);
    expect(page.find(".jx-legend").textContent).toContain("40.0");
  });

  it("ignore what does not fit", () => {
    expect(mapsOf(answerOf(message({ sent: 4 })))).toBeNull();
    expect(mapsOf(answerOf(message({}, [1, 2])))).toBeNull();
  });
});
