// What measures of an explanation say: its curve beside random orders, its misses, how far it moves.

import { h } from "../dom.js";
import { middle, percent, plain, unsignedFor } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { type Answer, isRecord } from "../protocol.js";
import { Z95 } from "./barScale.js";
import type { Cell } from "./csv.js";
import type { CurvePanel, CurvesData } from "./curvesData.js";
import type { ScoresData } from "./scores.js";
import type { TableData } from "./tableData.js";

/** What a curve in the order of an explanation says beside curves in random orders. */
export interface Verdict {
  judged: string;
  area: number;
  chance: number;
  stderr: number;
  reverse: number;
  beats: number;
  draws: number;
  better: "lower" | "higher";
}

export function verdictOf(raw: unknown): Verdict | null {
  if (!isRecord(raw) || typeof raw.judged !== "string" || typeof raw.area !== "number") return null;
  return raw as unknown as Verdict;
}

export function verdictSentence(v: Verdict, t: Translate): DocumentFragment {
  const clear = Math.abs(v.area - v.chance) > Z95 * v.stderr + 1e-9 * Math.abs(v.area);
  const number = unsignedFor(Math.max(Math.abs(v.area), Math.abs(v.chance)));
  return t.rich(clear ? "quality.say" : "quality.sayUnclear", {
    name: middle(v.judged, 40),
    area: h("b", {}, number(v.area)),
    chance: `${number(v.chance)} ${t("bars.pm", { error: number(v.stderr) })}`,
    better: t(`quality.${v.better}` as Key),
    beats: h("b", {}, percent(v.beats)),
    n: String(v.draws),
  });
}

/** What is left of an explanation when the network has forgotten everything. */
export function sanitySentence(panel: CurvePanel, known: boolean, t: Translate): DocumentFragment {
  const last = panel.y.length - 1;
  const number = unsignedFor(1);
  const error = number((panel.high[last]! - panel.low[last]!) / 2 / Z95);
  return t.rich("quality.sanity", {
    name: middle(panel.name, 40),
    value: h("b", {}, number(panel.y[last]!)),
    error: known ? ` ${t("bars.pm", { error })}` : "",
    sizes: number(panel.own?.[last] ?? Number.NaN),
  });
}

/** Share, and the output in the three orders. */
export function verdictTable(data: CurvesData): TableData {
  const panel = data.panels[0]!;
  const number = unsignedFor(Math.max(...Array.from(panel.own ?? panel.y, Math.abs)));
  const shown = (value: Cell): string => (typeof value === "number" ? number(value) : value);
  const column = (id: string, title: Key): TableData["columns"][number] => ({
    id,
    title,
    numeric: true,
    format: shown,
  });
  const columns: TableData["columns"] = [
    { id: "share", title: "quality.share", numeric: true, format: (v) => percent(Number(v)) },
    column("own", "quality.explained"),
    column("reverse", "quality.reverse"),
    column("random", "quality.random"),
    column("low", "table.low"),
    column("high", "table.high"),
  ];
  const at = (k: number): Cell[] => {
    const [own, back] = [panel.own?.[k] ?? Number.NaN, panel.lines?.[k] ?? Number.NaN];
    return [panel.x[k]!, own, back, panel.y[k]!, panel.low[k]!, panel.high[k]!];
  };
  return { columns, rows: Array.from(panel.y, (_, k) => at(k)) };
}

/** The sentence of scores that are about an explanation, or null for others. */
export function measureSentence(answer: Answer, data: ScoresData, t: Translate): DocumentFragment | null {
  const [first, second, nothing] = [data.values[0] ?? 0, data.values[1] ?? 0, data.values[2] ?? 0];
  if (answer.method === "infidelity") {
    return t.rich("quality.infidelity", {
      name: middle(data.layout.names[0]!, 40),
      value: h("b", {}, plain(first)),
      error: plain(data.stderr?.[0] ?? 0),
      share: nothing > 0 ? percent(first / nothing) : "–",
    });
  }
  if (answer.method !== "max_sensitivity") return null;
  return t.rich("quality.sensitivity", {
    value: h("b", {}, plain(second)),
    error: plain(data.stderr?.[1] ?? 0),
    most: h("b", {}, plain(first)),
    n: String(data.draws),
  });
}
