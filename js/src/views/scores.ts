// One number per column of a dataset: bars with intervals, most important first.

import { h, setText, show } from "../dom.js";
import { middle, plain, signedFor, unsignedFor } from "../format.js";
import type { Key } from "../i18n/index.js";
import { type Answer, isRecord, type Numbers, type TableAttribution } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { BarRow } from "./barRow.js";
import { type BarScale, barScale, steadyScale, Z95 } from "./barScale.js";
import { barTools } from "./barTools.js";
import { orderRows } from "./order.js";

const NAME_WIDTH = 34;
const MEASURES: Readonly<Record<string, Key>> = {
  infidelity: "quality.miss",
  max_sensitivity: "quality.change",
};

/** Scores look like the attribution of a table to the code that orders and tabulates rows. */
export interface ScoresData extends TableAttribution {
  measure: string;
  /** The score of the untouched data. */
  score: number | null;
  draws: number;
}

const read = new WeakMap<Answer, ScoresData | null>();

export function scoresOf(answer: Answer | null): ScoresData | null {
  if (answer === null || answer.type !== "scores" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decodeScores(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decodeScores(answer: Answer, raw: Record<string, unknown>): ScoresData | null {
  const values = answer.arrays.get("values");
  if (values === undefined || values.length === 0 || !isRecord(raw)) return null;
  const given = Array.isArray(raw.names) ? raw.names.map(String) : [];
  const names = Array.from(values, (_, i) => given[i] ?? `x${i}`);
  const errors: Numbers | undefined = answer.arrays.get("stderr");
  return {
    ...answer,
    layout: { kind: "table", names, shown: [] },
    values,
    stderr: errors?.length === values.length ? errors : null,
    measure: typeof raw.measure === "string" ? raw.measure : "",
    score: typeof raw.score === "number" ? raw.score : null,
    draws: Number(raw.draws) || 0,
  };
}

export function scores(host: ViewHost): View {
  const { t, preferences } = host;
  const list = h("div", { class: "jx-rows", role: "list", "aria-label": t("scores.label") });
  const grid = h("div", { class: "jx-bars jx-scores jx-num" }, list);
  const measure = h("span", { class: "jx-key" });
  const swatch = h("i", { class: "jx-swatch jx-swatch-whisker", "aria-hidden": "true" });
  const over = h("span", {});
  const whisker = h("span", { class: "jx-key" }, swatch, over);
  const base = h("span", { class: "jx-ends" });
  const legend = h("div", { class: "jx-legend jx-bar-legend jx-num" }, measure, whisker, base);
  const tools = barTools(host);
  const element = h("div", { class: "jx-picture" }, legend, grid, tools.element);
  const rove = roving(list);
  let rows: BarRow[] = [];
  let order: number[] = [];
  let scale: BarScale | null = null;
  let key = "";
  let ranked: { answer: Answer | null; rank: number[] } = { answer: null, rank: [] };

  function update(scene: Scene): void {
    const data = scoresOf(scene.answer);
    if (data === null) return;
    const pinned = scoresOf(scene.pinned);
    const byName = new Map(pinned?.layout.names.map((name, i) => [name, pinned.values[i]!]));
    const wish = `${preferences.sort}|${preferences.find}|${preferences.shown}|${data.values.length}`;
    const settled = !scene.running || wish !== key;
    key = wish;
    // By size means by importance here: a column that helps when it is shuffled is the least important.
    const sort = preferences.sort === "size" ? "value" : preferences.sort;
    const next = orderRows(data, { ...preferences, sort }, order, settled);
    order = next.rows;
    scale = steadyScale(scale, scaleOf(data, order, byName), settled);
    arrange(order.length);
    if (ranked.answer !== scene.answer) ranked = { answer: scene.answer, rank: ranks(data) };
    const largest = Math.max(-scale.low, scale.high);
    const [signed, unsigned] = [signedFor(largest), unsignedFor(largest)];
    for (const [position, i] of order.entries()) {
      const name = data.layout.names[i]!;
      const stderr = data.stderr?.[i] ?? null;
      const value = signed(data.values[i]!);
      const label = t("bars.row", { feature: name, value, rank: ranked.rank[i]!, n: data.values.length });
      const pm = stderr === null ? "" : t("bars.pm", { error: unsigned(stderr) });
      rows[position]!.texts({ name: middle(name, NAME_WIDTH), fullName: name, shown: "", value, pm, label });
      rows[position]!.bar({ value: data.values[i]!, stderr, pinned: byName.get(name) ?? null }, scale);
    }
    const own = scene.answer.method === "permutation_importance";
    const change = data.score === null ? t("scores.change") : t("scores.drop", { score: data.target });
    const what = MEASURES[scene.answer.method];
    setText(measure, own ? change : what ? t(what) : data.measure);
    setText(over, t(own ? "scores.whisker" : "cohorts.whisker"));
    setText(
      base,
      data.score === null ? "" : t("scores.base", { score: data.target, value: plain(data.score) }),
    );
    show(whisker, data.stderr !== null);
    tools.update(data.values.length, next.matching, order.length);
  }

  function arrange(wanted: number): void {
    if (rows.length === wanted) return;
    const more = Array.from(
      { length: Math.max(0, wanted - rows.length) },
      () => new BarRow("jx-row", "listitem"),
    );
    rows = [...rows.slice(0, wanted), ...more];
    list.replaceChildren(...rows.map((row) => row.element));
    rove();
  }

  return { element, curve: "aside", update };
}

function scaleOf(data: ScoresData, rows: number[], pinned: Map<string, number>): BarScale {
  return barScale(
    rows.map((i) => {
      const value = data.values[i]!;
      const reach = Z95 * (data.stderr?.[i] ?? 0);
      const other = pinned.get(data.layout.names[i]!) ?? value;
      return [Math.min(value - reach, other), Math.max(value + reach, other)] as const;
    }),
  );
}

/** 1 is the most important; what helps when it is shuffled comes last. */
function ranks({ values }: ScoresData): number[] {
  const rank: number[] = [];
  const order = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);
  for (const [position, i] of order.entries()) rank[i] = position + 1;
  return rank;
}
