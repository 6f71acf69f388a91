// Answer type -> picture. A later type (curves, scatter, graph, tree, rules, examples, maps, tokens, series) is
// one more file and one more line here.

import type { Answer } from "../protocol.js";
import type { ViewFactory } from "../view.js";
import { bars } from "./bars.js";
import { curves } from "./curves.js";
import { heatmap } from "./heatmap.js";
import { scores } from "./scores.js";

const VIEWS: Readonly<Record<string, ViewFactory>> = {
  "attribution.image": heatmap,
  "attribution.table": bars,
  curves,
  scores,
};

export function viewKey(answer: Answer): string {
  return answer.layout.kind === "other" ? answer.type : `${answer.type}.${answer.layout.kind}`;
}

export function viewFor(key: string): ViewFactory | null {
  return Object.hasOwn(VIEWS, key) ? VIEWS[key]! : null;
}
