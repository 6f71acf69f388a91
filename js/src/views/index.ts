// The kinds of answers that every widget can draw at once. A later type is one more file and one more entry in more.ts.

import { asAttribution } from "../protocol.js";
import { bars } from "./bars.js";
import { curves } from "./curves.js";
import { curvesSentence, curvesTable, scoresSentence, scoresTable } from "./dataset.js";
import { heatmap } from "./heatmap.js";
import type { Kind, Kinds } from "./kinds.js";
import { sentence } from "./say.js";
import { scores } from "./scores.js";
import { featureTable, regionTable } from "./tableData.js";

const attributionSentence: Kind["sentence"] = (answer, t) => {
  const attribution = asAttribution(answer);
  return attribution === null ? null : sentence(attribution, t);
};

export const CORE: Kinds = {
  "attribution.image": { view: heatmap, sentence: attributionSentence, table: regionTable },
  "attribution.table": { view: bars, sentence: attributionSentence, table: featureTable },
  curves: { view: curves, sentence: curvesSentence, table: curvesTable },
  scores: { view: scores, sentence: scoresSentence, table: scoresTable },
};
