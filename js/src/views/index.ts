// Answer type -> its picture, its sentence, its table. A later type is one more file and one more entry here.

import type { Translate } from "../i18n/index.js";
import { type Answer, asAttribution } from "../protocol.js";
import type { ViewFactory } from "../view.js";
import { attention } from "./attention.js";
import { attentionSentence, attentionTable } from "./attentionData.js";
import { bars } from "./bars.js";
import { cohorts, cohortsSentence, cohortsTable } from "./cohorts.js";
import { curves } from "./curves.js";
import { curvesSentence, curvesTable, scoresSentence, scoresTable } from "./dataset.js";
import { examples, examplesSentence, examplesTable } from "./examples.js";
import { graph } from "./graph.js";
import { graphSentence, graphTable } from "./graphData.js";
import { distributions, distributionsSentence, distributionsTable } from "./distributions.js";
import { heatmap } from "./heatmap.js";
import { maps } from "./maps.js";
import { mapsSentence, mapsTable } from "./mapsData.js";
import { matrix, matrixSentence, matrixTable } from "./matrix.js";
import { rules, rulesSentence, rulesTable } from "./rules.js";
import { sentence } from "./say.js";
import { scores } from "./scores.js";
import { series, seriesSentence, seriesTable } from "./series.js";
import { surface } from "./surface.js";
import { surfaceSentence, surfaceTable } from "./surfaceData.js";
import { featureTable, regionTable, type TableData } from "./tableData.js";
import { tokens, tokensSentence, tokensTable } from "./tokens.js";

export interface Kind {
  view: ViewFactory;
  /** The result in one sentence; null when there is nothing to say. */
  sentence?(answer: Answer, t: Translate): DocumentFragment | null;
  /** The numbers of the picture; null when there are none. */
  table?(answer: Answer, pinned: Answer | null, t: Translate): TableData | null;
}

const attributionSentence: Kind["sentence"] = (answer, t) => {
  const attribution = asAttribution(answer);
  return attribution === null ? null : sentence(attribution, t);
};

const KINDS: Readonly<Record<string, Kind>> = {
  attention: { view: attention, sentence: attentionSentence, table: attentionTable },
  "attribution.image": { view: heatmap, sentence: attributionSentence, table: regionTable },
  "attribution.table": { view: bars, sentence: attributionSentence, table: featureTable },
  "attribution.text": { view: tokens, sentence: tokensSentence, table: tokensTable },
  "attribution.series": { view: series, sentence: seriesSentence, table: seriesTable },
  cohorts: { view: cohorts, sentence: cohortsSentence, table: cohortsTable },
  curves: { view: curves, sentence: curvesSentence, table: curvesTable },
  examples: { view: examples, sentence: examplesSentence, table: examplesTable },
  rules: { view: rules, sentence: rulesSentence, table: rulesTable },
  graph: { view: graph, sentence: graphSentence, table: graphTable },
  maps: { view: maps, sentence: mapsSentence, table: mapsTable },
  distributions: { view: distributions, sentence: distributionsSentence, table: distributionsTable },
  matrix: { view: matrix, sentence: matrixSentence, table: matrixTable },
  surface: { view: surface, sentence: surfaceSentence, table: surfaceTable },
  scores: { view: scores, sentence: scoresSentence, table: scoresTable },
};

export function viewKey(answer: Answer): string {
  const { type, layout } = answer;
  if (layout.kind !== "other") return `${type}.${layout.kind}`;
  return type === "attribution" ? `${type}.${layout.raw.kind}` : type;
}

export function kindOf(answer: Answer | null): Kind | null {
  const key = answer === null ? "" : viewKey(answer);
  return Object.hasOwn(KINDS, key) ? KINDS[key]! : null;
}
