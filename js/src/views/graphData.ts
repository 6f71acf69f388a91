// A model's graph as the kernel sends it (fields with their usual value are left out), in words and as a table.

import { h } from "../dom.js";
import { count, percent } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { type Answer, isRecord } from "../protocol.js";
import type { Cell } from "./csv.js";
import { column, type TableData } from "./tableData.js";

export interface GraphNode {
  name: string;
  kind: "input" | "layer" | "block" | "operation" | "output";
  type: string;
  shape: number[] | null;
  parent: number | null;
  own: number;
  total: number;
  trainable: number;
  calls: number;
  call: number;
  shared: string[];
  detail: string;
}

export interface GraphData {
  nodes: GraphNode[];
  edges: [number, number, string][];
  /** How deep each node lies. */
  depth: number[];
  /** Null where parameters are not counted. */
  parameters: number | null;
  trainable: number;
}

const read = new WeakMap<Answer, GraphData | null>();
const NONE = { own: 0, total: 0, trainable: 0, shared: [], detail: "" };
const USUAL = { ...NONE, shape: null, parent: null, calls: 1, call: 1 };

export function graphOf(answer: Answer | null): GraphData | null {
  if (answer === null || answer.type !== "graph" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decodeGraph(answer.layout.raw));
  return read.get(answer) ?? null;
}

function decodeGraph(raw: Record<string, unknown>): GraphData | null {
  if (!Array.isArray(raw.nodes) || !Array.isArray(raw.edges) || !raw.nodes.every(isRecord)) return null;
  const nodes = raw.nodes.map((n) => ({ ...USUAL, ...n }) as unknown as GraphNode);
  const depth: number[] = [];
  // A block stands before what is in it; what does not is drawn outside.
  for (const node of nodes) {
    const above = node.parent === null ? undefined : depth[node.parent];
    if (above === undefined) node.parent = null;
    depth.push(above === undefined ? 0 : above + 1);
  }
  const edges = raw.edges.filter((e) => Array.isArray(e) && e[0] in nodes && e[1] in nodes);
  const parameters = typeof raw.parameters === "number" ? raw.parameters : null;
  return { nodes, edges, depth, parameters, trainable: Number(raw.trainable) || 0 };
}

export function shapeText({ shape }: GraphNode): string {
  return shape === null ? "" : shape.join(" × ") || "1";
}

/** Layers and blocks, each once. */
function layers({ nodes }: GraphData): GraphNode[] {
  const found = nodes.filter((n) => n.kind === "layer" || n.kind === "block");
  return [...new Map(found.toReversed().map((n) => [n.name, n])).values()].reverse();
}

export function graphSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = graphOf(answer);
  if (data === null) return null;
  const ran = layers(data).filter((n) => n.kind === "layer" && n.calls > 0);
  const n = h("b", {}, count(ran.length));
  if (data.parameters === null) return t.rich("graph.saySteps", { n });
  const most = ran.reduce((a, b) => (b.own > a.own ? b : a), { ...USUAL, name: "—" } as unknown as GraphNode);
  const share = percent(data.parameters === 0 ? 0 : most.own / data.parameters);
  const [total, frozen] = [count(data.parameters), count(data.parameters - data.trainable)];
  return t.rich("graph.say", { n, total: h("b", {}, total), frozen, name: most.name, share });
}

export function graphTable(answer: Answer): TableData | null {
  const data = graphOf(answer);
  if (data === null) return null;
  const columns = [
    column("layer", "graph.layer"),
    column("type", "graph.type"),
    column("shape", "graph.output"),
    column("parameters", "graph.parameters", count),
    column("share", "graph.share", percent),
    column("runs", "graph.runs", count),
  ];
  const rows = layers(data).map((n): Cell[] => {
    return [n.name, n.type, shapeText(n), n.own, data.parameters ? n.own / data.parameters : 0, n.calls];
  });
  return { columns, rows };
}
