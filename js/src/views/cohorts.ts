// Two groups of rows side by side: two bars per column with their intervals, and how they differ.

import { h, on, setAttribute, setText } from "../dom.js";
import { count, middle, signedFor, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { BarRow } from "./barRow.js";
import { type BarScale, barScale, steadyScale, Z95 } from "./barScale.js";
import { clearOf } from "./clear.js";
import { bold } from "./dataset.js";
import { key } from "./plane.js";
import { column, largest, type TableData } from "./tableData.js";

const SHOWN = 15;

interface CohortsData {
  names: string[];
  groups: string[];
  measure: string;
  score: string;
  sizes: number[];
  small: boolean[];
  outputs: number[];
  outputErrors: number[];
  scores: number[];
  scoreErrors: number[];
  /** Group A, then group B. */
  values: Numbers;
  stderr: Numbers;
}

const read = new WeakMap<Answer, CohortsData | null>();

function cohortsOf(answer: Answer | null): CohortsData | null {
  if (answer === null || answer.type !== "cohorts" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): CohortsData | null {
  const list = (name: string): unknown[] => (Array.isArray(raw[name]) ? raw[name] : []);
  const names = list("names").map(String);
  const [values, stderr] = [arrays.get("values"), arrays.get("stderr")];
  if (names.length === 0 || values?.length !== 2 * names.length || stderr?.length !== values.length)
    return null;
  return {
    names,
    values,
    stderr,
    groups: list("groups").map(String),
    measure: String(raw.measure ?? ""),
    score: String(raw.score ?? ""),
    sizes: list("sizes").map(Number),
    small: list("small").map(Boolean),
    outputs: list("outputs").map(Number),
    outputErrors: list("output_stderr").map(Number),
    scores: list("scores").map(Number),
    scoreErrors: list("score_stderr").map(Number),
  };
}

function gap(
  { values, stderr, names }: CohortsData,
  i: number,
): { value: number; error: number; clear: boolean } {
  const value = values[i]! - values[names.length + i]!;
  const error = Math.hypot(stderr[i]!, stderr[names.length + i]!);
  return { value, error, clear: Math.abs(value) > clearOf(names.length) * error };
}

export function cohorts({ t, preferences, redraw }: ViewHost): View {
  const keys = [key("neg"), key("pos"), key("whisker")];
  const measure = h("span", { class: "jx-key" });
  const legend = h(
    "div",
    { class: "jx-legend jx-bar-legend jx-num" },
    ...keys.map((k) => k.element),
    measure,
  );
  const list = h("div", { class: "jx-rows", role: "list", "aria-label": t("cohorts.label") });
  const grid = h("div", { class: "jx-bars jx-scores jx-cohorts jx-num" }, list);
  const more = h("button", { class: "jx-button", type: "button" });
  const element = h("div", { class: "jx-picture" }, legend, grid, h("div", { class: "jx-tools" }, more));
  const rove = roving(list);
  let rows: BarRow[] = [];
  let scale: BarScale | null = null;
  on(more, "click", () => {
    preferences.shown += SHOWN;
    redraw();
  });

  function update(scene: Scene): void {
    const data = cohortsOf(scene.answer);
    if (data === null) return;
    const most = Math.max(SHOWN, preferences.shown);
    const order = ranked(data).slice(0, most);
    const ends = order.flatMap((i) =>
      [i, data.names.length + i].map(
        (k) => [data.values[k]! - Z95 * data.stderr[k]!, data.values[k]! + Z95 * data.stderr[k]!] as const,
      ),
    );
    scale = steadyScale(scale, barScale(ends), !scene.running);
    if (rows.length !== 2 * order.length) {
      rows = order.flatMap(() =>
        ["jx-row jx-cohort-a", "jx-row jx-cohort-b"].map((name) => new BarRow(name, "listitem")),
      );
      list.replaceChildren(...rows.map((row) => row.element));
      rove();
    }
    const [number, signed] = [unsignedFor(largest(data.values)), signedFor(largest(data.values))];
    for (const [place, i] of order.entries()) {
      const { value, error, clear } = gap(data, i);
      const difference = t("cohorts.gap", { value: signed(value), error: number(error) });
      for (const g of [0, 1]) {
        const row = rows[2 * place + g]!;
        const k = g * data.names.length + i;
        const fullName = g === 0 ? data.names[i]! : difference;
        const label = `${data.names[i]}, ${"AB"[g]} ${number(data.values[k]!)}, ${difference}`;
        const pm = t("bars.pm", { error: number(data.stderr[k]!) });
        row.texts({
          name: middle(fullName, 34),
          fullName,
          shown: "",
          value: number(data.values[k]!),
          pm,
          label,
        });
        row.bar({ value: data.values[k]!, stderr: data.stderr[k]!, pinned: null }, scale);
        row.element.classList.toggle("jx-clear", clear);
      }
    }
    for (const g of [0, 1]) keys[g]!.say(about(data, g));
    keys[2]!.say(t("cohorts.whisker"));
    setText(measure, data.measure);
    setText(more, t("cohorts.more", { n: data.names.length - order.length }));
    setAttribute(more, "hidden", order.length === data.names.length);
  }

  function about(data: CohortsData, g: number): string {
    const with_ = (values: number[], errors: number[]): string => {
      const number = unsignedFor(largest(values));
      return `${number(values[g]!)} ${t("bars.pm", { error: number(errors[g]!) })}`;
    };
    const parts = [
      t("cohorts.size", { name: `${"AB"[g]} ${data.groups[g] ?? ""}`, n: count(data.sizes[g] ?? 0) }),
    ];
    if (data.small[g]) parts.push(t("cohorts.few"));
    parts.push(t("cohorts.output", { value: with_(data.outputs, data.outputErrors) }));
    if (data.scores.length === 2) parts.push(`${data.score} ${with_(data.scores, data.scoreErrors)}`);
    return parts.join(", ");
  }
  return { element, curve: "aside", update };
}

function ranked({ names, values }: CohortsData): number[] {
  const size = (i: number): number => Math.max(values[i]!, values[names.length + i]!);
  return Array.from(names.keys()).sort((a, b) => size(b) - size(a));
}

/** "Mean output: higher for sex = F (0.31 against 0.24)." */
function compared(
  what: string,
  groups: string[],
  values: number[],
  errors: number[],
  t: Translate,
): DocumentFragment {
  const number = unsignedFor(largest(values));
  const [a, b] = values.map(number);
  if (!(Math.abs(values[0]! - values[1]!) > Z95 * Math.hypot(...errors))) {
    return t.rich("say.cohortsAlike", { what, a: a!, b: b! });
  }
  const [group, more, less] = values[0]! > values[1]! ? [groups[0], a, b] : [groups[1], b, a];
  return t.rich("say.cohortsHigher", {
    what,
    group: h("b", {}, middle(group!, 40)),
    more: h("b", {}, more!),
    less: less!,
  });
}

export function cohortsSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = cohortsOf(answer);
  if (data === null) return null;
  const say = document.createDocumentFragment();
  const { groups } = data;
  say.append(compared(t("cohorts.mean"), groups, data.outputs, data.outputErrors, t), " ");
  if (data.scores.length === 2) {
    const what = data.score.charAt(0).toUpperCase() + data.score.slice(1);
    say.append(compared(what, groups, data.scores, data.scoreErrors, t), " ");
  }
  say.append(columnsSentence(data, t));
  return say;
}

/** Which columns are used differently. */
function columnsSentence(data: CohortsData, t: Translate): DocumentFragment {
  const found = Array.from(data.names.keys())
    .map((i) => ({ i, ...gap(data, i) }))
    .filter((each) => each.clear)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  if (found.length === 0) return t.rich("say.cohortsNone", {});
  const names = found
    .slice(0, 3)
    .map(({ i, value }) =>
      t("cohorts.in", { name: middle(data.names[i]!, 34), group: value > 0 ? "A" : "B" }),
    );
  return t.rich("say.cohorts", { names: bold(names, t) });
}

export function cohortsTable(answer: Answer): TableData | null {
  const data = cohortsOf(answer);
  if (data === null) return null;
  const [number, signed] = [unsignedFor(largest(data.values)), signedFor(largest(data.values))];
  const sides = data.groups.flatMap((group, g) => [
    { ...column(`g${g}`, "table.value", number), text: `${"AB"[g]} ${group}` },
    { ...column(`e${g}`, "table.error", number), text: `± ${"AB"[g]}` },
  ]);
  const columns = [
    column("feature", "table.feature"),
    ...sides,
    { ...column("gap", "table.value", signed), text: "A − B" },
    { ...column("error", "table.error", number), text: "± A − B" },
  ];
  const rows = ranked(data).map((i) => {
    const { value, error } = gap(data, i);
    const j = data.names.length + i;
    return [data.names[i]!, data.values[i]!, data.stderr[i]!, data.values[j]!, data.stderr[j]!, value, error];
  });
  return { columns, rows };
}
