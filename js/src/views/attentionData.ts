// Attention as the kernel sends it: the mean over heads of every layer, then the heads of the last layers.

import { h } from "../dom.js";
import { middle, plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import type { TableData } from "./tableData.js";

export interface AttentionData {
  layers: string[];
  heads: number;
  /** So many of the last layers come with their heads. */
  full: number;
  tokens: string[];
  /** Rows and columns of a picture's patches, which begin at token `prefix`. */
  grid: [number, number] | null;
  prefix: number;
  /** Tokens a side that are shown as one. */
  step: number;
  top: number;
  causal: boolean;
  weights: Numbers;
}

/** Which matrix is looked at; head −1 is the mean. The table shows the same one. */
export interface Choice {
  layer: number;
  head: number;
}

const read = new WeakMap<Answer, AttentionData | null>();
export const chosen = new WeakMap<Answer, Choice>();

export function attentionOf(answer: Answer | null): AttentionData | null {
  if (answer === null || answer.type !== "attention" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode(answer: Answer, raw: Record<string, unknown>): AttentionData | null {
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const [layers, tokens] = [list(raw.layers), list(raw.tokens)];
  const [heads, full, top] = [Number(raw.heads), Number(raw.full), Number(raw.top)];
  const sent = layers.length + (heads > 1 ? full * heads : 0);
  const weights = answer.arrays.get("weights");
  if (tokens.length === 0 || layers.length === 0 || weights?.length !== sent * tokens.length ** 2)
    return null;
  const prefix = Number(raw.prefix) || 0;
  const grid = list(raw.grid).map(Number) as [number, number];
  const fits = grid.length === 2 && grid[0] * grid[1] + prefix === tokens.length;
  return {
    layers,
    heads,
    full,
    tokens,
    grid: fits ? grid : null,
    prefix,
    step: Number(raw.step) || 1,
    top,
    causal: raw.causal === true,
    weights:
      weights instanceof Uint8Array ? Float32Array.from(weights, (b) => top * (b / 255) ** 2) : weights,
  };
}

/** The weights of one head, or the mean over heads. */
export function matrix(data: AttentionData, choice: Choice): Numbers {
  const { layers, heads, full } = data;
  const layer = Math.min(choice.layer, layers.length - 1);
  const rank = layer - layers.length + full;
  const single = choice.head >= 0 && choice.head < heads && heads > 1 && rank >= 0;
  const at = single ? layers.length + rank * heads + choice.head : layer;
  const size = data.tokens.length ** 2;
  return data.weights.subarray(at * size, (at + 1) * size);
}

/** What was chosen, as far as it was sent. */
export function choiceOf(answer: Answer, { layers, heads, full }: AttentionData): Choice {
  const { layer, head } = chosen.get(answer) ?? { layer: layers.length - 1, head: -1 };
  return { layer, head: head < heads && layer >= layers.length - full ? head : -1 };
}

/** Indices of the largest numbers, largest first. */
export function largestAt(values: ArrayLike<number>, count: number): number[] {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b]! - values[a]!);
  return order.slice(0, count);
}

export function attentionSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = attentionOf(answer);
  if (data === null) return null;
  const n = data.tokens.length;
  const got = new Float64Array(n);
  const cells = data.layers.length * n * n;
  for (let i = 0; i < cells; i++) got[i % n]! += data.weights[i]! / (data.layers.length * n);
  const names = document.createDocumentFragment();
  for (const [k, i] of largestAt(got, 2).entries()) {
    names.append(k > 0 ? t("say.and") : "", h("b", {}, `${middle(data.tokens[i]!, 40)} (${plain(got[i]!)})`));
  }
  return t.rich("att.say", { layers: String(data.layers.length), heads: String(data.heads), names });
}

export function attentionTable(answer: Answer, pinned: Answer | null): TableData | null {
  const data = attentionOf(answer);
  if (data === null) return null;
  const choice = choiceOf(answer, data);
  const values = matrix(data, choice);
  const other = attentionOf(pinned);
  const same = other !== null && other.tokens.length === data.tokens.length ? matrix(other, choice) : null;
  const format = (value: unknown): string => (typeof value === "number" ? plain(value) : String(value));
  const columns: TableData["columns"] = [
    { id: "from", title: "att.from", numeric: false, format },
    { id: "to", title: "att.to", numeric: false, format },
    { id: "value", title: "att.weight", numeric: true, format },
  ];
  if (same !== null) columns.push({ id: "pinned", title: "table.pinned", numeric: true, format });
  const n = data.tokens.length;
  const rows = largestAt(values, values.length).map((i) => {
    const cells = [data.tokens[Math.floor(i / n)]!, data.tokens[i % n]!, values[i]!];
    return same === null ? cells : [...cells, same[i]!];
  });
  return { columns, rows };
}
