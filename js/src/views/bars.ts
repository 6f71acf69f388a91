// Attribution of a row of features: the largest bars, the rest as one row, both ends of the sum.

import { h, setText, show } from "../dom.js";
import { count, type Format, middle, signedFor, unsignedFor } from "../format.js";
import { type Answer, asAttribution, type TableAttribution } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { barLegend } from "./barLegend.js";
import { BarRow } from "./barRow.js";
import { type BarScale, barScale, steadyScale, Z95 } from "./barScale.js";
import { barTools } from "./barTools.js";
import { orderRows, ranks } from "./order.js";
import { largest } from "./tableData.js";
import { fallEnds, fallScale, total } from "./waterfall.js";

const NAME_WIDTH = 30;
const MOVE_MS = 120;

export function bars(host: ViewHost): View {
  const { t, preferences } = host;
  const list = h("div", { class: "jx-rows", role: "list", "aria-label": t("bars.label") });
  const rest = new BarRow("jx-row jx-rest", null);
  const ends = fallEnds(t);
  const grid = h("div", { class: "jx-bars jx-num" }, ends.first, list, rest.element, ends.last);
  const empty = h("p", { class: "jx-problem", hidden: true });
  const legend = barLegend(t);
  const tools = barTools(host);
  const element = h("div", { class: "jx-picture" }, legend.element, grid, empty, tools.element);
  const rows = new Map<number, BarRow>();
  let order: number[] = [];
  let scale: BarScale | null = null;
  let ranked: { answer: Answer; rank: Uint32Array } | null = null;
  let wishKey = "";
  const rove = roving(list);

  function update(scene: Scene): void {
    const answer = asTable(scene.answer);
    if (answer === null) return;
    const complete = answer.base !== null && answer.gap !== null;
    const falls = complete && preferences.waterfall;
    const pinned = pinnedValues(answer, asTable(scene.pinned));
    if (ranked?.answer !== scene.answer) ranked = { answer: scene.answer, rank: ranks(answer) };
    const key = `${preferences.sort}|${preferences.find}|${preferences.shown}|${answer.values.length}|${falls}`;
    const settled = !scene.running || key !== wishKey;
    wishKey = key;
    const next = orderRows(answer, preferences, order, settled);
    scale = steadyScale(scale, (falls ? fallScale : scaleOf)(answer, next.rows, pinned), settled);
    const format = formats(largest(answer.values));
    const before = positions(scene.theme.still);
    arrange(next.rows);
    let from = 0;
    for (const i of next.rows) {
      fill(rows.get(i)!, answer, i, ranked.rank[i] ?? 0, pinned, scale, format, from);
      if (falls) from += total([answer.values[i]!]);
    }
    slide(before);
    fillRest(answer, next.rows, scale, format, from);
    ends.update(falls ? answer : null, scale, scene.reference.rows);
    setText(empty, message(answer, next.matching));
    show(empty, empty.textContent !== "");
    legend.update(answer, asTable(scene.pinned), scene.reference.rows);
    tools.update(answer.values.length, next.matching, next.rows.length, complete);
  }

  /** Reuses the row of each feature; the document only changes where the order does. */
  function arrange(wanted: number[]): void {
    const keep = new Set(wanted);
    for (const [i, row] of rows) {
      if (keep.has(i)) continue;
      row.element.remove();
      rows.delete(i);
    }
    const active = document.activeElement;
    for (const [position, i] of wanted.entries()) {
      const row = rows.get(i) ?? new BarRow("jx-row", "listitem");
      rows.set(i, row);
      if (list.children[position] !== row.element)
        list.insertBefore(row.element, list.children[position] ?? null);
    }
    if (active instanceof HTMLElement && active !== document.activeElement && list.contains(active))
      active.focus();
    order = wanted;
    rove();
  }

  function positions(still: boolean): Map<number, number> | null {
    if (still || rows.size > 60 || rows.size === 0) return null;
    return new Map(order.map((i) => [i, rows.get(i)!.element.offsetTop]));
  }

  /** Rows that changed place slide there. */
  function slide(before: Map<number, number> | null): void {
    if (before === null) return;
    const moves = order.map(
      (i) => [i, (before.get(i) ?? Number.NaN) - rows.get(i)!.element.offsetTop] as const,
    );
    for (const [i, distance] of moves) {
      if (!distance) continue;
      const frames = [{ transform: `translateY(${distance}px)` }, { transform: "none" }];
      rows.get(i)!.element.animate?.(frames, { duration: MOVE_MS, easing: "ease-out" });
    }
  }

  function fill(
    row: BarRow,
    answer: TableAttribution,
    i: number,
    rank: number,
    pinned: ((i: number) => number | null) | null,
    scale: BarScale,
    format: Formats,
    from: number,
  ): void {
    const name = answer.layout.names[i] ?? "";
    const shown = answer.layout.shown[i] ?? "";
    const value = answer.values[i]!;
    const stderr = answer.stderr?.[i] ?? null;
    const other = pinned?.(i) ?? null;
    const feature = shown === "" ? name : t("bars.feature", { name, shown });
    const params = { feature, value: format.signed(value), rank, n: answer.values.length };
    const label =
      other === null
        ? t("bars.row", params)
        : t("bars.rowPinned", { ...params, pinned: format.signed(other) });
    row.texts({
      name: middle(name, NAME_WIDTH),
      fullName: name,
      shown: middle(shown, 14),
      value: format.signed(value),
      pm: stderr === null ? "" : t("bars.pm", { error: format.unsigned(stderr) }),
      label,
    });
    row.bar({ value, stderr, pinned: other, from }, scale);
  }

  /** What is not drawn is summed, so that the numbers on screen still add up. */
  function fillRest(
    answer: TableAttribution,
    shown: number[],
    scale: BarScale,
    format: Formats,
    from: number,
  ): void {
    const left = answer.values.length - shown.length;
    show(rest.element, left > 0);
    if (left <= 0) return;
    const sum = total(answer.values) - total(shown.map((i) => answer.values[i]!));
    const name = t(left === 1 ? "bars.rest.one" : "bars.rest.many", { n: count(left) });
    rest.texts({ name, fullName: name, shown: "", value: format.signed(sum), pm: "", label: null });
    rest.bar({ value: sum, stderr: null, pinned: null, from }, scale);
  }

  function message(answer: TableAttribution, matching: number): string {
    if (matching === 0 && preferences.find !== "") return t("bars.none", { query: preferences.find });
    return answer.values.every((v: number) => v === 0) ? t("bars.zero") : "";
  }

  return { element, curve: "aside", update };
}

interface Formats {
  signed: Format;
  unsigned: Format;
}

function formats(scale: number): Formats {
  return { signed: signedFor(scale), unsigned: unsignedFor(scale) };
}

function asTable(answer: Answer | null): TableAttribution | null {
  const attribution = asAttribution(answer);
  return attribution?.layout.kind === "table" ? (attribution as TableAttribution) : null;
}

function pinnedValues(
  answer: TableAttribution,
  pinned: TableAttribution | null,
): ((i: number) => number | null) | null {
  if (pinned === null) return null;
  const byName = new Map(pinned.layout.names.map((name, i) => [name, pinned.values[i] ?? null]));
  return (i) => byName.get(answer.layout.names[i] ?? "") ?? null;
}

function scaleOf(
  answer: TableAttribution,
  rows: number[],
  pinned: ((i: number) => number | null) | null,
): BarScale {
  const ends: [number, number][] = rows.map((i) => {
    const value = answer.values[i]!;
    const reach = Z95 * (answer.stderr?.[i] ?? 0);
    const other = pinned?.(i) ?? value;
    return [Math.min(value - reach, other), Math.max(value + reach, other)];
  });
  const scale = barScale(ends);
  if (rows.length === answer.values.length) return scale;
  // The rest may be a sum over thousands: it must not squeeze the features that are named.
  const rest = total(answer.values) - total(rows.map((i) => answer.values[i]!));
  const room = scale.high - scale.low;
  const capped = Math.max(-room, Math.min(room, rest));
  return barScale([...ends, [capped, capped]]);
}
