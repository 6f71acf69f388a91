// The kinds of answers that not every widget needs: a second bundle, which Python sends with the first such answer.

import { attention } from "./attention.js";
import { attentionSentence, attentionTable } from "./attentionData.js";
import { cloud } from "./cloud.js";
import { cloudSentence, cloudTable } from "./cloudData.js";
import { cohorts, cohortsSentence, cohortsTable } from "./cohorts.js";
import { distributions, distributionsSentence, distributionsTable } from "./distributions.js";
import { examples, examplesSentence, examplesTable } from "./examples.js";
import { graph } from "./graph.js";
import { graphSentence, graphTable } from "./graphData.js";
import type { Kinds } from "./kinds.js";
import { maps } from "./maps.js";
import { mapsSentence, mapsTable } from "./mapsData.js";
import { matrix, matrixSentence, matrixTable } from "./matrix.js";
import { neighbourhood } from "./neighbourhood.js";
import { orders } from "./orders.js";
import { rules, rulesSentence, rulesTable } from "./rules.js";
import { series, seriesSentence, seriesTable } from "./series.js";
import { steps } from "./steps.js";
import { surface } from "./surface.js";
import { surfaceSentence, surfaceTable } from "./surfaceData.js";
import { tokens, tokensSentence, tokensTable } from "./tokens.js";
import { tree } from "./tree.js";
import { treeSentence, treeTable } from "./treeData.js";

export const MORE: Kinds = {
  attention: { view: attention, sentence: attentionSentence, table: attentionTable },
  "attribution.text": { view: tokens, sentence: tokensSentence, table: tokensTable },
  "attribution.series": { view: series, sentence: seriesSentence, table: seriesTable },
  cloud: { view: cloud, sentence: cloudSentence, table: cloudTable },
  cohorts: { view: cohorts, sentence: cohortsSentence, table: cohortsTable },
  examples: { view: examples, sentence: examplesSentence, table: examplesTable },
  rules: { view: rules, sentence: rulesSentence, table: rulesTable },
  graph: { view: graph, sentence: graphSentence, table: graphTable },
  maps: { view: maps, sentence: mapsSentence, table: mapsTable },
  distributions: { view: distributions, sentence: distributionsSentence, table: distributionsTable },
  "part.neighbourhood": { view: neighbourhood },
  "part.orders": { view: orders },
  "part.steps": { view: steps },
  matrix: { view: matrix, sentence: matrixSentence, table: matrixTable },
  tree: { view: tree, sentence: treeSentence, table: treeTable },
  surface: { view: surface, sentence: surfaceSentence, table: surfaceTable },
};
