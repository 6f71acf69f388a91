// A series whose stretches of time are kept or hidden: each channel's trace, and where it goes behind the baseline.

import { h, setAttribute, setText, show, svg } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Numbers } from "../protocol.js";
import { picking, type Say } from "./picking.js";
import type { Choice, Pieces } from "./pieces.js";
import { spanText } from "./series.js";

/** Channel (ALL: every one), first and last step. */
export type Span = [number, number, number];
const ALL = -1;
// Of a channel's band: above its trace, where its name is, and below.
const [TOP, BOTTOM] = [0.32, 0.06];

/** A series behind a map with a row per channel and a column per step. */
export interface Traces {
  /** So many neighbours of the user's series are one step here, and how many there are. */
  step: number;
  length: number;
  /** Channels there are; not all may be here. */
  of: number;
  names: string[];
  own: Numbers;
  absent: Numbers | null;
  /** Where each player is; null for one that is no stretch of time. */
  spans: (Span | null)[];
}

export function readTraces(raw: Record<string, unknown>, arrays: Map<string, Numbers>): Traces | null {
  const own = arrays.get("trace");
  if (raw.kind !== "series" || own === undefined) return null;
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const spans = list(raw.spans).map((each) => (Array.isArray(each) ? (each.map(Number) as Span) : null));
  const [step, length, of] = [Number(raw.step) || 1, Number(raw.length), Number(raw.of)];
  return {
    step,
    length,
    of,
    names: list(raw.names).map(String),
    own,
    absent: arrays.get("absent") ?? null,
    spans,
  };
}

/** "steps 8–15 of pulse". */
export function spanSaid(
  { names }: Pick<Traces, "names">,
  [channel, first, last]: Span,
  t: Translate,
): string {
  const steps = spanText(first, last + 1, t);
  if (channel === ALL) return steps;
  return t("series.of", { channel: names[channel] ?? t("series.unnamed", { channel }), steps });
}

/** Some players by their times, those that follow each other as one; null where a player has none. */
export function times(traces: Traces, players: number[], t: Translate): string[] | null {
  const spans = players.map((player) => traces.spans[player] ?? null);
  if (!spans.every((span) => span !== null)) return null;
  const out: Span[] = [];
  for (const [channel, first, last] of spans.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const before = out.at(-1);
    if (before?.[0] === channel && before[2] + 1 === first) before[2] = last;
    else out.push([channel, first, last]);
  }
  return out.map((span) => spanSaid(traces, span, t));
}

type Where = (player: number) => boolean;

/** The channels one below the other; with `toggle` their spans can be switched. */
export function lanes(t: Translate, toggle?: (player: number) => void) {
  const names = ["jx-hides", "jx-keeps", "jx-own", "jx-there", "jx-absent", "jx-at"] as const;
  const paths = Object.fromEntries(names.map((name) => [name, svg("path", { class: name })]));
  const role = toggle === undefined ? "img" : "application";
  const drawing = svg("svg", { preserveAspectRatio: "none", "aria-hidden": "true" }, ...Object.values(paths));
  const labels = h("div", { class: "jx-names jx-num", "aria-hidden": "true" });
  const about = { class: "jx-stage jx-spans", tabindex: 0, role, "aria-label": t("pieces.spanKeys") };
  const stage = h("div", about, drawing, labels);
  const more = h("p", { class: "jx-soft" });
  const element = h("div", {}, stage, more);
  let pieces: Pieces | null = null;
  let at: number | null = null;
  let say: Say = () => {};

  function draw(now: Pieces, { hidden, kept, open }: Choice): void {
    pieces = now;
    const traces = now.traces!;
    setAttribute(drawing, "viewBox", `0 0 ${now.width} ${now.height}`);
    stage.style.setProperty("--jx-bands", String(now.height));
    const away: Where = (player) => (open ? !kept.has(player) : hidden.has(player));
    const ranges = Array.from({ length: now.height }, (_, c) => rangeOf(traces, c, now.width));
    const shapes = {
      "jx-hides": open ? "" : boxes(now, away),
      "jx-keeps": boxes(now, (player) => kept.has(player)),
      "jx-own": trace(now, traces.own, ranges, () => true),
      "jx-there": trace(now, traces.own, ranges, (player) => !away(player)),
      "jx-absent": open || traces.absent === null ? "" : trace(now, traces.absent, ranges, away),
    };
    for (const [name, d] of Object.entries(shapes)) setAttribute(paths[name]!, "d", d);
    mark();
    labels.replaceChildren(...labelsOf(now, ranges, t).map((text) => h("span", {}, text)));
    const cut = traces.of > now.height ? t("series.some", { n: now.height, total: traces.of }) : "";
    show(more, cut !== "");
    setText(more, cut);
  }
  function mark(): void {
    setAttribute(
      paths["jx-at"]!,
      "d",
      at === null || pieces === null ? "" : boxes(pieces, (player) => player === at),
    );
  }
  const point: Say = (player, live) => {
    at = player;
    mark();
    say(at, live);
  };
  picking(stage, () => pieces, point, toggle);
  const listen = (to: Say): void => {
    say = to;
  };
  return { element, draw, listen };
}

/** A box over each run of steps of some players. */
function boxes({ map, height, width }: Pieces, where: Where): string {
  let d = "";
  for (let c = 0; c < height; c++)
    for (const [first, end] of runs(map.subarray(c * width, (c + 1) * width), where))
      d += `M${first} ${c + 0.02}H${end}V${c + 0.98}H${first}Z`;
  return d;
}

/** A line through the steps of some players, drawn on to the next step so that lines meet. */
function trace({ map, height, width }: Pieces, values: Numbers, ranges: Range[], where: Where): string {
  let d = "";
  for (let c = 0; c < height; c++) {
    const { low, high } = ranges[c]!;
    for (const [first, end] of runs(map.subarray(c * width, (c + 1) * width), where)) {
      let open = "M";
      for (let i = first; i < Math.min(end + 1, width); i++) {
        const value = values[c * width + i]!;
        const y = c + 1 - BOTTOM - ((1 - TOP - BOTTOM) * (value - low)) / (high - low || 1);
        if (Number.isFinite(value)) d += `${open}${i + 0.5} ${y.toFixed(3)}`;
        open = Number.isFinite(value) ? "L" : "M";
      }
    }
  }
  return d;
}

function runs(map: Numbers, where: Where): [number, number][] {
  const out: [number, number][] = [];
  let first = 0;
  for (let i = 0; i <= map.length; i++) {
    if (i < map.length && where(map[i]!)) continue;
    if (i > first) out.push([first, i]);
    first = i + 1;
  }
  return out;
}

interface Range {
  low: number;
  high: number;
}

/** Of a channel and its baseline, so that both are drawn on one scale. */
function rangeOf({ own, absent }: Traces, c: number, width: number): Range {
  const both = [own, absent].flatMap((a) =>
    a === null ? [] : Array.from(a.subarray(c * width, (c + 1) * width)),
  );
  const known = both.filter(Number.isFinite);
  return { low: Math.min(...known), high: Math.max(...known) };
}

function labelsOf({ height, traces }: Pieces, ranges: Range[], t: Translate): string[] {
  const { names, of } = traces!;
  return ranges.slice(0, height).map(({ low, high }, c) => {
    const range = low <= high ? `${plain(low)} … ${plain(high)}` : "";
    const channel = names[c] ?? t("series.unnamed", { channel: c });
    return of > 1 || names.length > 0 ? t("series.channel", { channel, range }) : range;
  });
}
