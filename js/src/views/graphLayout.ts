// Boxes in layers from top to bottom, boxes inside boxes (views/layered_layout.py and graph_plan.py do the same).
// Every open block is laid out on its own and is then one box of the block around it; an arrow enters and leaves it
// through a port on its border.

import type { GraphData } from "./graphData.js";

type Point = [number, number];
type Size = [number, number];
/** The number of a node, or a port: "in" or "out", the block, and where the arrow comes from. */
type Key = number | string;
interface Link {
  from: Key;
  to: Key;
  source: number;
  words: string[];
  /** What it passes on its way. */
  chain: Key[];
  line: Point[];
}
interface Inside {
  sizes: Map<Key, Size>;
  at: Map<Key, Point>;
  links: Link[];
  width: number;
  height: number;
}

export interface Plan {
  /** Left, top, width and height by node. */
  boxes: Map<number, [number, number, number, number]>;
  lines: { points: Point[]; words: string; back: boolean }[];
  width: number;
  height: number;
}

const ACROSS = 22;
const DOWN = 30;
const PAD = 12;
const HEAD = 22;
const SWEEPS = 16;

export function planOf(data: GraphData, open: ReadonlySet<number>, size: (i: number) => Size): Plan {
  const { nodes } = data;
  const links = new Map<number | null, Map<string, Link>>();
  const done = new Map<number | null, Inside>();

  function chainOf(i: number): number[] {
    const chain = [i];
    for (let at = nodes[i]!.parent; at !== null; at = nodes[at]!.parent) chain.unshift(at);
    const shut = chain.findIndex((n) => !open.has(n));
    return shut < 0 ? chain : chain.slice(0, shut + 1);
  }

  function add(around: number | null, from: Key, to: Key, source: number, words: string): void {
    if (!links.has(around)) links.set(around, new Map());
    const here = links.get(around)!;
    const key = `${from}|${to}|${source}`;
    if (!here.has(key)) here.set(key, { from, to, source, words: [], chain: [], line: [] });
    const said = here.get(key)!.words;
    if (words !== "" && !said.includes(words)) said.push(words);
  }

  for (const [a, b, words] of data.edges) {
    const [left, right] = [chainOf(a), chainOf(b)];
    const same = left.findIndex((n, k) => n !== right[k]);
    if (same < 0 || same >= right.length) continue;
    const source = left.at(-1)!;
    add(same > 0 ? left[same - 1]! : null, left[same]!, right[same]!, source, words);
    for (let k = same; k + 1 < left.length; k++) {
      add(left[k]!, left[k + 1]!, `out ${left[k]} ${source}`, source, "");
    }
    for (let k = same; k + 1 < right.length; k++) {
      add(right[k]!, `in ${right[k]} ${source}`, right[k + 1]!, source, "");
    }
  }

  function inside(block: number | null): Inside {
    const mine = [...(links.get(block)?.values() ?? [])];
    const ports = (word: string): string[] => {
      const all = mine.flatMap((link) => [link.from, link.to]);
      return [...new Set(all.filter((k): k is string => typeof k === "string" && k.startsWith(word)))];
    };
    const sizes = new Map<Key, Size>(ports("in").map((port) => [port, [0, 0]]));
    for (const [i, node] of nodes.entries()) {
      if (node.parent === block && node.calls > 0) sizes.set(i, boxOf(i));
    }
    const last = ports("out");
    for (const port of last) sizes.set(port, [0, 0]);
    const made = layout(sizes, mine, last);
    done.set(block, made);
    return made;
  }

  function boxOf(i: number): Size {
    if (!open.has(i)) return size(i);
    const { width, height } = inside(i);
    return [Math.max(width, size(i)[0]) + 2 * PAD, height + HEAD + PAD];
  }

  const outer = inside(null);
  const plan: Plan = { boxes: new Map(), lines: [], width: outer.width, height: outer.height };

  function draw(block: number | null, left: number, top: number): void {
    const here = done.get(block)!;
    for (const [key, [wide, high]] of here.sizes) {
      if (typeof key === "string") continue;
      const [x, y] = here.at.get(key)!;
      plan.boxes.set(key, [left + x - wide / 2, top + y, wide, high]);
      if (open.has(key)) draw(key, left + x - done.get(key)!.width / 2, top + y + HEAD);
    }
    for (const link of here.links) {
      const back = link.line.length === 0;
      const ends = back ? [here.at.get(link.from)!, here.at.get(link.to)!] : link.line;
      const points = ends.map(([x, y]): Point => [left + x, top + y]);
      points[0] = end(block, "out", link.from, link.source, points[0]!);
      points[points.length - 1] = end(block, "in", link.to, link.source, points.at(-1)!);
      plan.lines.push({ points, words: link.words.join(" / "), back });
    }
  }

  /** Where an arrow ends: a port's place on the border, seen from inside and from outside. */
  function end(block: number | null, word: string, key: Key, source: number, [x, y]: Point): Point {
    if (typeof key === "string") {
      const [, top, , high] = plan.boxes.get(block!)!;
      return [x, top + (key.startsWith("out") ? high : 0)];
    }
    const port = open.has(key) ? done.get(key)!.at.get(`${word} ${key} ${source}`) : undefined;
    if (port === undefined) return [x, y];
    const [left, , wide] = plan.boxes.get(key)!;
    return [left + (wide - done.get(key)!.width) / 2 + port[0], y];
  }

  draw(null, 0, 0);
  return plan;
}

/** Boxes come in an order in which arrows go forward; those that go back get no line here. */
function layout(sizes: Map<Key, Size>, links: Link[], last: readonly Key[]): Inside {
  const order = new Map([...sizes.keys()].map((k, i) => [k, i]));
  const forward = links.filter((l) => order.get(l.from)! < order.get(l.to)!);
  const rank = new Map<Key, number>();
  for (const k of sizes.keys()) {
    const above = forward.filter((l) => l.to === k).map((l) => rank.get(l.from)! + 1);
    rank.set(k, Math.max(0, ...above));
  }
  const deepest = Math.max(0, ...rank.values());
  for (const k of last) rank.set(k, deepest);
  const rows: Key[][] = Array.from({ length: deepest + 1 }, () => []);
  for (const [k, r] of rank) rows[r]!.push(k);
  const near: [Map<Key, Key[]>, Map<Key, Key[]>] = [new Map(), new Map()];
  const join = (side: 0 | 1, a: Key, b: Key): void => {
    near[side].set(a, [...(near[side].get(a) ?? []), b]);
  };
  for (const [n, link] of forward.entries()) {
    link.chain = [link.from];
    for (let r = rank.get(link.from)! + 1; r < rank.get(link.to)!; r++) {
      rows[r]!.push(`lane ${n} ${r}`);
      link.chain.push(`lane ${n} ${r}`);
    }
    link.chain.push(link.to);
    for (let i = 1; i < link.chain.length; i++) {
      join(1, link.chain[i - 1]!, link.chain[i]!);
      join(0, link.chain[i]!, link.chain[i - 1]!);
    }
  }
  const mean = (side: number, k: Key, of: Map<Key, number>): number => {
    const found = near[side as 0 | 1].get(k) ?? [];
    return found.length === 0
      ? of.get(k)!
      : found.reduce<number>((sum, n) => sum + of.get(n)!, 0) / found.length;
  };
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const row of sweep % 2 === 0 ? rows.slice(1) : rows.slice(0, -1).reverse()) {
      const place = new Map(rows.flatMap((r) => r.map((k, i): [Key, number] => [k, i])));
      const middle = new Map(row.map((k) => [k, mean(sweep % 2, k, place)]));
      row.sort((a, b) => middle.get(a)! - middle.get(b)!);
    }
  }
  const x = new Map<Key, number>();
  const wide = (k: Key): number => sizes.get(k)?.[0] ?? 0;
  const spread = (row: Key[], wish: number[]): void => {
    const [left, right] = [[...wish], [...wish]];
    const gap = (i: number): number => (wide(row[i]!) + wide(row[i + 1]!)) / 2 + ACROSS;
    for (let i = 0; i + 1 < row.length; i++) left[i + 1] = Math.max(left[i + 1]!, left[i]! + gap(i));
    for (let i = row.length - 2; i >= 0; i--) right[i] = Math.min(right[i]!, right[i + 1]! - gap(i));
    for (const [i, k] of row.entries()) x.set(k, (left[i]! + right[i]!) / 2);
  };
  for (const row of rows)
    spread(
      row,
      row.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed())
      spread(
        row,
        row.map((k) => mean(sweep % 2, k, x)),
      );
  }
  return assembled(rows, x, sizes, links);
}

function assembled(rows: Key[][], x: Map<Key, number>, sizes: Map<Key, Size>, links: Link[]): Inside {
  const span = new Map<Key, [number, number]>();
  let top = 0;
  for (const row of rows) {
    const high = Math.max(0, ...row.map((k) => sizes.get(k)?.[1] ?? 0));
    for (const k of row) span.set(k, [top, top + high]);
    top += high + DOWN;
  }
  const edges = [...x].map(([k, v]): [number, number] => [v, (sizes.get(k)?.[0] ?? 0) / 2]);
  const low = Math.min(...edges.map(([v, half]) => v - half), Number.MAX_VALUE);
  const width = edges.length === 0 ? 0 : Math.max(...edges.map(([v, half]) => v + half)) - low;
  const at = new Map<Key, Point>();
  for (const [k, [, high]] of sizes) {
    const [upper, lower] = span.get(k)!;
    at.set(k, [x.get(k)! - low, (upper + lower - high) / 2]);
  }
  for (const link of links) {
    if (link.chain.length === 0) continue;
    const [fx, fy] = at.get(link.from)!;
    const lanes = link.chain
      .slice(1, -1)
      .flatMap((k) => span.get(k)!.map((y): Point => [x.get(k)! - low, y]));
    link.line = [[fx, fy + sizes.get(link.from)![1]], ...lanes, at.get(link.to)!];
  }
  return { sizes, at, links, width, height: Math.max(0, top - DOWN) };
}
