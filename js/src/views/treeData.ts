// A decision tree as the kernel sends it (see messages/tree.py), in words and as a table.

import { h } from "../dom.js";
import { count, percent, plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import type { Cell } from "./csv.js";
import { column, type TableData } from "./tableData.js";

export interface TreeNode {
  /** Column, what holds after a yes, after a no, and the row's own value; null at leaves. */
  ask: string[] | null;
  up: number;
  yes: boolean;
  value: number;
  cover: number;
  /** The most likely output, in words; "" where there is only one. */
  best: string;
  impurity: number;
  /** Nodes below that were not sent. */
  hidden: number;
  /** On the explained row's way. */
  way: boolean;
  /** The child for a yes and the one for a no. */
  kids: number[];
  depth: number;
}

export interface TreeData {
  nodes: TreeNode[];
  total: number;
  criterion: string;
  depth: number;
  /** Of a surrogate, by depth: R² on other rows, and its standard error. */
  fidelity: Numbers | null;
  stderr: Numbers | null;
  agreement: Numbers | null;
}

const read = new WeakMap<Answer, TreeData | null>();

export function treeOf(answer: Answer | null): TreeData | null {
  if (answer?.type !== "tree" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer)!;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): TreeData | null {
  const up = arrays.get("up");
  if (up === undefined || !Array.isArray(raw.asks) || raw.asks.length !== up.length) return null;
  const outputs = Array.isArray(raw.outputs) ? raw.outputs.map(String) : [];
  const number = (name: string, i: number): number => arrays.get(name)?.[i] ?? 0;
  const nodes: TreeNode[] = [];
  for (const [i, ask] of raw.asks.entries()) {
    const above = nodes[up[i]!];
    nodes.push({
      ask: Array.isArray(ask) ? ask.map(String) : null,
      up: above === undefined ? -1 : up[i]!,
      yes: number("answer", i) === 1,
      value: number("value", i),
      cover: number("cover", i),
      best: outputs[number("best", i)] ?? "",
      impurity: arrays.get("impurity")?.[i] ?? Number.NaN,
      hidden: number("hidden", i),
      way: number("way", i) === 1,
      kids: [],
      depth: above === undefined ? 0 : above.depth + 1,
    });
    if (above !== undefined) above.kids[nodes[i]!.yes ? "unshift" : "push"](i);
  }
  const [fidelity, stderr, agreement] = ["fidelity", "fidelity_stderr", "agreement"].map(
    (name) => arrays.get(name) ?? null,
  );
  const words = { criterion: String(raw.criterion ?? ""), depth: Number(raw.depth) || 0 };
  return {
    nodes,
    total: Number(raw.nodes) || nodes.length,
    ...words,
    fidelity: fidelity!,
    stderr: stderr!,
    agreement: agreement!,
  };
}

/** What holds at a node, from the root: `worst radius > 16.8`, … */
export function rule({ nodes }: TreeData, i: number): string[] {
  const found: string[] = [];
  for (let at = i; nodes[at]!.up >= 0; at = nodes[at]!.up) {
    const ask = nodes[nodes[at]!.up]!.ask!;
    found.unshift(`${ask[0]} ${ask[nodes[at]!.yes ? 1 : 2]}`);
  }
  return found;
}

export function worth({ value, best }: TreeNode): string {
  return best === "" ? plain(value) : `${plain(value)} · ${best}`;
}

export function treeSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = treeOf(answer);
  if (data === null) return null;
  const bold = (text: string): Node => h("b", {}, text);
  const said = document.createDocumentFragment();
  const { fidelity, stderr, agreement } = data;
  if (fidelity !== null) {
    const at = Math.min(data.depth, fidelity.length - 1);
    const numbers = { value: bold(plain(fidelity[at]!)), error: plain(stderr?.[at] ?? Number.NaN) };
    said.append(t.rich("tree.sayFidelity", numbers), " ");
    if (agreement !== null) said.append(t.rich("tree.saySame", { share: percent(agreement[at]!) }), " ");
  }
  const leaf = data.nodes.findLast((node) => node.way);
  if (leaf === undefined) {
    if (fidelity === null) said.append(t("tree.saySize", { n: count(data.total) }));
    return said;
  }
  const params = { n: count(leaf.depth), value: bold(worth(leaf)), share: percent(leaf.cover) };
  said.append(t.rich(leaf.depth === 1 ? "tree.say.one" : "tree.say.many", params));
  return said;
}

/** The row's way first, then the other nodes. */
export function treeTable(answer: Answer, _: Answer | null, t: Translate): TableData | null {
  const data = treeOf(answer);
  if (data === null) return null;
  const columns = [
    column("rule", "tree.rule"),
    column("way", "tree.way"),
    column("depth", "tree.depth", count),
    column("value", "table.value", plain),
    column("share", "tree.share", percent),
  ];
  const all = [...data.nodes.keys()].sort((a, b) => Number(data.nodes[b]!.way) - Number(data.nodes[a]!.way));
  const rows = all.map((i): Cell[] => {
    const node = data.nodes[i]!;
    return [
      rule(data, i).join(t("tree.and")) || t("tree.all"),
      node.way ? "●" : "",
      node.depth,
      node.value,
      node.cover,
    ];
  });
  return { columns, rows };
}
