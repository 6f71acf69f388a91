// Answer type -> its picture, its sentence, its table. A later type is one more file and one more entry here.

import type { Translate } from "../i18n/index.js";
import { type Answer, asAttribution } from "../protocol.js";
import type { ViewFactory } from "../view.js";
import { bars } from "./bars.js";
import { curves } from "./curves.js";
import { curvesSentence, curvesTable, scoresSentence, scoresTable } from "./dataset.js";
import { heatmap } from "./heatmap.js";
import { sentence } from "./say.js";
import { scores } from "./scores.js";
import { featureTable, regionTable, type TableData } from "./tableData.js";

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
  "attribution.image": { view: heatmap, sentence: attributionSentence, table: regionTable },
  "attribution.table": { view: bars, sentence: attributionSentence, table: featureTable },
  curves: { view: curves, sentence: curvesSentence, table: curvesTable },
  scores: { view: scores, sentence: scoresSentence, table: scoresTable },
};

export function viewKey(answer: Answer): string {
  return answer.layout.kind === "other" ? answer.type : `${answer.type}.${answer.layout.kind}`;
}

export function kindOf(answer: Answer | null): Kind | null {
  const key = answer === null ? "" : viewKey(answer);
  return Object.hasOwn(KINDS, key) ? KINDS[key]! : null;
}
