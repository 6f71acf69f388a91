// Feature maps as the kernel sends them: numbers about every channel, maps of as many as fit. Words and table of them.

import { h } from "../dom.js";
import { percent, plain, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import type { Cell } from "./csv.js";
import { column, largest, type TableData } from "./tableData.js";

const STATS = ["which", "min", "mean", "max", "active", "strength", "dead"] as const;

/** Channels stand in the order of their strength, the dead ones last; `which` has their numbers. */
export interface MapsData extends Record<(typeof STATS)[number], Numbers> {
  height: number;
  width: number;
  /** Channels there are, and those whose maps are here. */
  channels: number;
  sent: number;
  layer: string;
  shape: string;
  /** What the places are: "image", "steps", "tokens" or "unit". */
  over: string;
  maps: Numbers[];
}

const read = new WeakMap<Answer, MapsData | null>();

export function mapsOf(answer: Answer | null): MapsData | null {
  if (answer === null || answer.type !== "maps" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decodeMaps(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decodeMaps({ arrays }: Answer, raw: Record<string, unknown>): MapsData | null {
  const all = arrays.get("maps");
  const [height, width, sent] = [Number(raw.height), Number(raw.width), Number(raw.sent)];
  const stats = Object.fromEntries(STATS.map((name) => [name, arrays.get(name)])) as unknown as MapsData;
  const count = stats.which?.length ?? 0;
  const cells = height * width;
  if (STATS.some((name) => stats[name]?.length !== count)) return null;
  if (all === undefined || !(sent > 0 && sent <= count && cells * sent === all.length)) return null;
  // Bytes lie between the map's own smallest and largest number.
  const number = (q: number, i: number): number =>
    stats.min[i]! + (q / 255) * (stats.max[i]! - stats.min[i]!);
  const maps = Array.from({ length: sent }, (_, i) => {
    const part = all.subarray(i * cells, (i + 1) * cells);
    return all instanceof Uint8Array ? Float32Array.from(part, (q) => number(q, i)) : part;
  });
  const words = { layer: String(raw.layer), over: String(raw.over), shape: [raw.shape].flat().join(" × ") };
  return { ...stats, ...words, height, width, sent, maps, channels: Number(raw.channels) || count };
}

export function mapsSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = mapsOf(answer);
  if (data === null) return null;
  const alive = Array.from(data.which.keys()).filter((i) => data.dead[i] === 0);
  const best = alive.slice(0, 3).map((i) => `${data.which[i]} (${plain(data.strength[i]!)})`);
  const { layer, shape } = data;
  const dead = String(data.dead.length - alive.length);
  const words = h("b", {}, best.join(", ") || "—");
  return t.rich("maps.say", { layer: layer || data.over, shape, best: words, dead });
}

export function mapsTable(answer: Answer, other: Answer | null): TableData | null {
  const [data, pinned] = [mapsOf(answer), mapsOf(other)];
  if (data === null) return null;
  const number = unsignedFor(largest([...data.max, ...data.min]));
  const theirs = new Map(pinned === null ? [] : Array.from(pinned.which, (c, i) => [c, pinned.mean[i]!]));
  const rows = Array.from(data.which, (c, i): Cell[] => {
    const cells = [c, data.min[i]!, data.mean[i]!, data.max[i]!, data.active[i]!];
    return pinned === null ? cells : [...cells, theirs.get(c) ?? Number.NaN];
  });
  const columns = [
    column("channel", "series.channelHead", String),
    column("min", "maps.min", number),
    column("mean", "maps.mean", number),
    column("max", "maps.max", number),
    column("active", "maps.active", percent),
  ];
  if (pinned !== null) columns.push(column("pinned", "table.pinned", number));
  return { columns, rows };
}
