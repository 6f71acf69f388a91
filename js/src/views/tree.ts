// A decision tree from top to bottom: questions, answers as thick as the share of rows, and the way of one row.

import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, middle, percent, plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { panZoom } from "../panZoom.js";
import { type Answer, isRecord } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import type { TableData } from "./tableData.js";

const [WIDE, HIGH, ACROSS, DOWN] = [124, 46, 136, 86];
const LETTERS = 19;
const TALL = 640;

interface Node {
  up: number;
  yes: boolean;
  way: boolean;
  value: number;
  cover: number;
  /** Nodes below that were not sent. */
  hidden: number;
  /** Name of the most likely class, "" where there are none. */
  best: string;
  /** Column, what holds after a yes and after a no, the row's own value; null at a leaf. */
  ask: string[] | null;
  kids: number[];
  depth: number;
}
interface TreeData {
  nodes: Node[];
  total: number;
  depth: number;
  /** R² (and its standard error) by depth; empty where the tree stands for nothing. */
  fidelity: [number, number][];
}

const read = new WeakMap<Answer, TreeData | null>();

export function treeOf(answer: Answer | null): TreeData | null {
  if (answer?.type !== "tree" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer)!;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): TreeData | null {
  if (!isRecord(raw) || !Array.isArray(raw.asks)) return null;
  const at = (name: string, i: number): number => arrays.get(name)?.[i] ?? Number.NaN;
  const outputs = Array.isArray(raw.outputs) ? raw.outputs : [];
  const nodes = raw.asks.map(
    (ask, i): Node => ({
      up: at("up", i),
      yes: at("answer", i) === 1,
      way: at("way", i) === 1,
      value: at("value", i),
      cover: at("cover", i),
      hidden: at("hidden", i),
      best: String(outputs[at("best", i)] ?? ""),
      ask: Array.isArray(ask) ? ask.map(String) : null,
      kids: [],
      depth: 0,
    }),
  );
  for (const [i, node] of nodes.entries()) {
    const parent = nodes[node.up];
    if (parent === undefined) continue;
    parent.kids[node.yes ? "unshift" : "push"](i);
    node.depth = parent.depth + 1;
  }
  const fidelity = Array.from(arrays.get("fidelity") ?? [], (r2, i): [number, number] => [
    r2,
    at("fidelity_stderr", i),
  ]);
  return { nodes, total: Number(raw.nodes), depth: Number(raw.depth), fidelity };
}

/** `worst radius > 16.8`, what holds where this node is reached. */
function holds({ nodes }: TreeData, i: number): string {
  const ask = nodes[nodes[i]!.up]?.ask;
  return ask ? `${ask[0]} ${ask[nodes[i]!.yes ? 1 : 2]}` : "";
}

function toRoot({ nodes }: TreeData, i: number): number[] {
  const found = [];
  for (let at = i; at >= 0; at = nodes[at]!.up) found.unshift(at);
  return found;
}

const result = (node: Node): string => plain(node.value) + (node.best && `, ${node.best}`);

export function treeSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = treeOf(answer);
  if (data === null) return null;
  const out = document.createDocumentFragment();
  const now = data.fidelity[data.depth];
  if (now !== undefined) {
    const value = h("b", {}, plain(now[0]));
    out.append(t.rich("tree.follows", { n: String(data.depth), value, error: plain(now[1]) }));
  }
  const leaf = data.nodes.findLastIndex((node) => node.way);
  if (leaf >= 0) {
    const steps = toRoot(data, leaf).slice(1);
    const value = h("b", {}, result(data.nodes[leaf]!));
    const rules = h("b", {}, steps.map((i) => holds(data, i)).join(t("say.comma")) || "—");
    out.append(t.rich("tree.say", { rules, value }));
  } else if (now === undefined)
    out.append(t.rich("tree.size", { n: count(data.total), depth: String(data.depth) }));
  return out;
}

export function treeTable(answer: Answer): TableData | null {
  const data = treeOf(answer);
  if (data === null) return null;
  const show = (format: (value: number) => string) => (cell: string | number) =>
    typeof cell === "number" ? format(cell) : cell;
  const columns: TableData["columns"] = [
    { id: "way", title: "tree.way", numeric: false, format: String },
    { id: "depth", title: "tree.depth", numeric: true, format: show(plain) },
    { id: "rule", title: "tree.rule", numeric: false, format: String },
    { id: "value", title: "tree.value", numeric: true, format: show(plain) },
    { id: "cover", title: "tree.cover", numeric: true, format: show(percent) },
  ];
  const order = [...data.nodes.keys()].sort(
    (a, b) => Number(data.nodes[b]!.way) - Number(data.nodes[a]!.way) || a - b,
  );
  const rows = order.map((i) => {
    const node = data.nodes[i]!;
    return [node.way ? "●" : "", node.depth, holds(data, i), node.value, node.cover];
  });
  return { columns, rows };
}

export function tree({ t }: ViewHost): View {
  const lines = svg("g", { class: "jx-tree-lines" });
  const boxes = svg("g", { role: "list", "aria-label": t("tree.group") });
  const content = svg("g", {}, lines, boxes);
  const picture = svg("svg", { class: "jx-graph jx-tree", tabindex: 0, role: "group" }, content);
  const zoom = panZoom(picture, content, t);
  const rove = roving(boxes as unknown as HTMLElement);
  const folds = ["graph.open", "graph.close"] as const;
  const buttons = folds.map((words, i) => {
    const made = h("button", { type: "button", class: "jx-button" }, t(words));
    on(made, "click", () => {
      open = new Set(i === 0 ? data!.nodes.keys() : []);
      touched = true;
      draw(true);
    });
    return made;
  });
  const detail = h("p", { class: "jx-num jx-tree-detail", "aria-live": "polite" });
  const quality = h("p", { class: "jx-soft jx-num" });
  const hidden = h("p", { class: "jx-soft" });
  const element = h("div", { class: "jx-picture" }, picture);
  element.append(h("div", { class: "jx-tools" }, zoom.tools, ...buttons), detail, quality, hidden);
  let data: TreeData | null = null;
  let open = new Set<number>();
  let touched = false;
  let width = 0;

  function update({ answer }: Scene): void {
    const next = treeOf(answer);
    if (next === null || next === data) return;
    const same = (tree: TreeData | null): string =>
      JSON.stringify(tree?.nodes.map(({ up, ask }) => [up, ask]));
    touched &&= same(data) === same(next);
    data = next;
    setAttribute(
      picture,
      "aria-label",
      `${answer.title}: ${t("tree.size", { n: count(next.total), depth: String(next.depth) })}`,
    );
    show(quality, next.fidelity.length > 0);
    const parts = next.fidelity.map(([r2], depth) =>
      h(depth === next.depth ? "b" : "span", {}, `${depth}: ${plain(r2)}  `),
    );
    quality.replaceChildren(`${t("tree.fidelity")} `, ...parts);
    show(hidden, next.total > next.nodes.length);
    setText(hidden, t("tree.hidden", { n: count(next.total - next.nodes.length), total: count(next.total) }));
    setText(detail, t("tree.hint"));
    start();
  }

  /** Opens the row's way, then the largest nodes, as many as can be read. */
  function start(): void {
    if (data === null) return;
    const { nodes } = data;
    width = picture.clientWidth || 660;
    const most = Math.max(4, Math.min(9, Math.floor(width / 96)));
    if (!touched) open = new Set();
    const next = (): number => {
      const ends = visible().filter((i) => nodes[i]!.kids.length > 0 && !open.has(i));
      const rank = (i: number): number => nodes[i]!.cover + (nodes[i]!.way ? 2 : 0);
      return ends.length > 0 ? ends.reduce((a, b) => (rank(b) > rank(a) ? b : a)) : -1;
    };
    for (let i = 0; !touched && open.size + 1 < most && i >= 0; ) {
      i = next();
      if (i >= 0) open.add(i);
    }
    draw(true);
  }

  /** What can be seen, each before what is below it. */
  function visible(): number[] {
    const { nodes } = data!;
    const walk = (i: number): number[] => [i, ...(open.has(i) ? nodes[i]!.kids.flatMap(walk) : [])];
    return walk(0);
  }

  function draw(refit: boolean): void {
    const { nodes } = data!;
    const seen = visible();
    const x = new Map<number, number>();
    let ends = 0;
    for (const i of seen) if (!open.has(i) || nodes[i]!.kids.length === 0) x.set(i, ends++ * ACROSS);
    for (const i of seen.toReversed()) {
      const [a, b] = nodes[i]!.kids;
      if (!x.has(i)) x.set(i, (x.get(a!)! + x.get(b!)!) / 2);
    }
    const place = (i: number): [number, number] => [x.get(i)!, nodes[i]!.depth * DOWN];
    lines.replaceChildren(...seen.slice(1).flatMap((i) => link(i, place(nodes[i]!.up), place(i))));
    boxes.replaceChildren(...seen.map((i) => box(i, place(i))));
    rove();
    if (!refit) return;
    const size = [ends * ACROSS, Math.max(...seen.map((i) => nodes[i]!.depth)) * DOWN + HIGH + 20] as const;
    const shrunk = Math.min(1, width / size[0]);
    picture.style.height = `${Math.min(TALL, size[1] * shrunk + 8)}px`;
    zoom.fit(...size);
  }

  function link(i: number, [ax, ay]: [number, number], [bx, by]: [number, number]): SVGElement[] {
    const { way, cover, yes } = data!.nodes[i]!;
    const [x, top] = [ax + WIDE / 2, ay + HIGH];
    const to = bx + WIDE / 2;
    const d = `M${x} ${top}C${x} ${top + 24} ${to} ${by - 24} ${to} ${by}`;
    const name = way ? "jx-way" : null;
    const text = { x: to + (yes ? -6 : 6), y: by - 5, "text-anchor": yes ? "end" : "start", class: name };
    return [
      svg("path", { d, class: name, "stroke-width": 1 + 5 * cover + (way ? 1 : 0) }),
      svg("text", text, t(yes ? "tree.yes" : "tree.no")),
    ];
  }

  function box(i: number, [x, y]: [number, number]): SVGElement {
    const node = data!.nodes[i]!;
    const { ask, kids, way, cover, hidden: more } = node;
    const folded = kids.length > 0 && !open.has(i);
    const words = ask
      ? [ask[0]!, ask[1]! + (way && ask[3] ? ` (${ask[3]})` : "")]
      : [result(node), percent(cover)];
    if (folded || more > 0) words.push(folded ? "+" : `… ${count(more)}`);
    const said = `${holds(data!, i)} ${ask ? `${ask[0]} ${ask[1]}?` : ""} ${result(node)}, ${percent(cover)}`;
    const group = svg("g", {
      class: `jx-node${way ? " jx-way" : ""}${ask ? "" : " jx-leaf"}`,
      role: "listitem",
      transform: `translate(${x} ${y})`,
      "aria-label": said + (way ? `, ${t("tree.way")}` : ""),
      "aria-expanded": kids.length > 0 ? String(!folded) : null,
    });
    const shade = svg("rect", {
      class: "jx-shade",
      width: WIDE,
      height: HIGH,
      rx: 5,
      "fill-opacity": 0.22 * cover,
    });
    group.append(svg("rect", { width: WIDE, height: HIGH, rx: 5 }), shade);
    for (const [k, line] of words.entries()) {
      const spot = k < 2 ? { x: WIDE / 2, y: 19 + 16 * k } : { x: WIDE / 2, y: HIGH + 13 };
      const look = { "text-anchor": "middle", class: k === (ask ? 0 : 1) ? "jx-minor" : null };
      group.append(svg("text", { ...spot, ...look }, middle(line, LETTERS)));
    }
    const tell = (): void => {
      const steps = toRoot(data!, i)
        .slice(1)
        .map((k) => holds(data!, k));
      const at = { value: result(node), share: percent(cover) };
      setText(detail, `${steps.join(t("say.comma"))}${steps.length > 0 ? " → " : ""}${t("tree.node", at)}`);
    };
    const fold = (): void => {
      if (kids.length === 0) return;
      if (!open.delete(i)) open.add(i);
      touched = true;
      draw(true);
      for (const each of boxes.children)
        if (
          each.getAttribute("transform") &&
          each.getAttribute("aria-label") === group.getAttribute("aria-label")
        )
          (each as SVGElement).focus();
    };
    group.addEventListener("click", fold);
    group.addEventListener("focus", tell);
    group.addEventListener("pointerenter", tell);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      fold();
    });
    return group;
  }

  const resized = (): void => {
    if (data !== null && Math.abs(picture.clientWidth - width) > 20) start();
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(picture);
  return { element, curve: "aside", update };
}
