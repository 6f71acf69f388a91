// The second bundle: views that only some answers need. It arrives as text, like the widget itself does.

import * as colors from "./colors.js";
import * as field from "./controls/field.js";
import * as dom from "./dom.js";
import * as format from "./format.js";
import * as picture from "./picture.js";
import * as protocol from "./protocol.js";
import * as roving from "./roving.js";
import * as barRow from "./views/barRow.js";
import * as barScale from "./views/barScale.js";
import * as curvePanel from "./views/curvePanel.js";
import * as curvesData from "./views/curvesData.js";
import * as dataset from "./views/dataset.js";
import * as heatmap from "./views/heatmap.js";
import * as heatmapTools from "./views/heatmapTools.js";
import { type Kinds, register } from "./views/kinds.js";
import * as legend from "./views/legend.js";
import * as say from "./views/say.js";
import * as tableData from "./views/tableData.js";

/** What both bundles need is in the first one only; the build leaves exactly these out of the second. */
const SHARED: Readonly<Record<string, unknown>> = {
  colors: colors,
  "controls/field": field,
  dom: dom,
  format: format,
  picture: picture,
  protocol: protocol,
  roving: roving,
  "views/barRow": barRow,
  "views/barScale": barScale,
  "views/curvePanel": curvePanel,
  "views/curvesData": curvesData,
  "views/dataset": dataset,
  "views/heatmap": heatmap,
  "views/heatmapTools": heatmapTools,
  "views/legend": legend,
  "views/say": say,
  "views/tableData": tableData,
};

interface More {
  default(require: (name: string) => unknown): { MORE: Kinds };
}

/** Loads the bundle from its text; nothing is asked of any server. */
export async function loadMore(code: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    const more = (await import(/* @vite-ignore */ url)) as More;
    register(more.default((name) => SHARED[name]).MORE);
  } finally {
    URL.revokeObjectURL(url);
  }
}
