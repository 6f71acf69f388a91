// Bars end to end: each begins where the one before ends, from the base down to the output.

import { show } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { TableAttribution } from "../protocol.js";
import { BarRow } from "./barRow.js";
import { type BarScale, barScale, Z95 } from "./barScale.js";

/** Room for every bar where it stands, for what is pinned beside it, and for the output. */
export function fallScale(
  answer: TableAttribution,
  rows: number[],
  pinned: ((i: number) => number | null) | null,
): BarScale {
  let at = 0;
  const ends = rows.flatMap((i): [number, number][] => {
    const reach = Z95 * (answer.stderr?.[i] ?? 0);
    const other = at + (pinned?.(i) ?? 0);
    at += total([answer.values[i]!]);
    return [
      [at - reach, at + reach],
      [other, other],
    ];
  });
  const last = [total(answer.values), (answer.output ?? 0) - (answer.base ?? 0)];
  return barScale([...ends, [Math.min(...last), Math.max(...last)]]);
}

/** The row above the bars, where they start, and the one below, with the output that they lead to. */
export function fallEnds(t: Translate): {
  first: HTMLElement;
  last: HTMLElement;
  update(answer: TableAttribution | null, scale: BarScale, average: boolean): void;
} {
  const [first, last] = [new BarRow("jx-row jx-end", null), new BarRow("jx-row jx-end", null)];
  return {
    first: first.element,
    last: last.element,
    update(answer, scale, average) {
      for (const { element } of [first, last]) show(element, answer !== null);
      if (answer === null) return;
      const [base, output] = [answer.base ?? 0, answer.output ?? 0];
      const rows: [BarRow, string, number][] = [
        [first, t(average ? "bars.average" : "bars.base"), base],
        [last, t("bars.output"), output],
      ];
      for (const [row, name, at] of rows) {
        row.texts({ name, fullName: name, shown: "", value: plain(at), pm: "", label: null });
        row.bar({ value: at - base, stderr: null, pinned: null }, scale);
      }
    },
  };
}

export function total(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) if (Number.isFinite(value)) sum += value;
  return sum;
}
