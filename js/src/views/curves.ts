// How the output changes with single columns of a dataset: one small chart per column, one scale for all.

import { h, setText, show } from "../dom.js";
import { count } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Scene, View, ViewHost } from "../view.js";
import { steadyScale } from "./barScale.js";
import { PanelView } from "./curvePanel.js";
import { type CurvesData, curvesOf, limits } from "./curvesData.js";

const ALONE = 300;
const SMALL = { least: 210, high: 168, row: 216 };
const GAP = 14;

export function curves(host: ViewHost): View {
  const { t, uid } = host;
  const legend = curvesLegend(host);
  const grid = h("div", { class: "jx-curves jx-num", role: "group", "aria-label": t("curves.group") });
  const element = h("div", { class: "jx-picture" }, legend.element, grid);
  let views: PanelView[] = [];
  let scale: { low: number; high: number } | null = null;
  let last: Scene | null = null;
  let drawn = 0;
  let key = "";

  function update(scene: Scene): void {
    const data = curvesOf(scene.answer);
    last = scene;
    if (data === null) return;
    const pinned = curvesOf(scene.pinned);
    const names = JSON.stringify([data.panels.map((panel) => panel.name), data.axis]);
    const settled = !scene.running || names !== key;
    key = names;
    scale = keep(scale, limits(pinned === null ? [data] : [data, pinned]), settled);
    arrange(data.panels.length);
    const { width, height } = size(data.panels.length);
    const title = scene.answer.title;
    const frame = {
      width,
      height,
      ...scale,
      draw: data.draw,
      along: data.along,
      verdict: data.verdict,
      heading: heading(data, t),
      title,
      still: scene.theme.still,
    };
    for (const [i, panel] of data.panels.entries()) {
      const other = pinned?.panels.find((p) => p.name === panel.name) ?? null;
      views[i]!.update(panel, other, frame);
    }
    legend.update(data, scene.pinned?.title ?? null);
  }

  function arrange(wanted: number): void {
    if (views.length === wanted) return;
    const more = Array.from({ length: Math.max(0, wanted - views.length) }, (_, i) => {
      return new PanelView(t, `${uid}-hatch-${views.length + i}`);
    });
    views = [...views.slice(0, wanted), ...more];
    grid.replaceChildren(...views.map((view) => view.element));
  }

  /** Charts are drawn in the pixels they get, so that their texts are as large as all others. */
  function size(panels: number): { width: number; height: number } {
    drawn = grid.clientWidth || 660;
    if (panels === 1) {
      grid.style.gridTemplateColumns = "minmax(0, 1fr)";
      return { width: drawn, height: ALONE };
    }
    const fitting = Math.max(1, Math.floor((drawn + GAP) / (SMALL.least + GAP)));
    const across = Math.min(panels, fitting, panels === 4 ? 2 : 3);
    grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    return {
      width: (drawn - GAP * (across - 1)) / across,
      height: panels <= across ? SMALL.row : SMALL.high,
    };
  }

  const resized = (): void => {
    if (last !== null && grid.clientWidth > 0 && Math.abs(grid.clientWidth - drawn) > 1) update(last);
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(grid);
  return { element, curve: "aside", update };
}

/** What stands above the only chart of curves that are about an explanation. */
function heading({ verdict, sanity }: CurvesData, t: Translate): string | null {
  if (verdict !== null) return t(`quality.panel.${verdict.better}` as Key);
  return sanity ? t("quality.panel.sanity") : null;
}

/** The scale stays while an answer refines, as that of the bars does. */
function keep(
  before: { low: number; high: number } | null,
  next: { low: number; high: number },
  settled: boolean,
): { low: number; high: number } {
  if (before === null || settled) return next;
  const inside = next.low >= before.low && next.high <= before.high;
  return inside ? steadyScale(before, next, false) : next;
}

/** What lines, band, dot, strip and hatching mean; only those that are there. */
function curvesLegend({ t }: ViewHost): {
  element: HTMLElement;
  update(data: CurvesData, pinned: string | null): void;
} {
  const key = (name: string, words: string): { item: HTMLElement; text: HTMLElement } => {
    const text = h("span", {}, words);
    const swatch = h("i", { class: `jx-swatch jx-swatch-${name}`, "aria-hidden": "true" });
    return { item: h("span", { class: "jx-key" }, swatch, text), text };
  };
  const average = key("line", "");
  const rows = key("ice", "");
  const own = key("own", t("curves.own"));
  const data = key("data", t("curves.data"));
  const empty = key("hatch", t("curves.extrapolating"));
  const pinned = key("pinned", "");
  const items = [average, rows, own, data, empty, pinned].map((each) => each.item);
  const element = h("div", { class: "jx-legend jx-bar-legend jx-num" }, ...items);
  return {
    element,
    update(now, other) {
      show(data.item, !now.along);
      const { verdict } = now;
      const usual = now.along ? "curves.coefficient" : "curves.average";
      const judging = verdict ? "quality.randomBand" : now.sanity ? "quality.values" : usual;
      setText(average.text, t(judging));
      show(average.item, now.draw !== "individual");
      show(rows.item, now.lines > 0 && now.draw !== "average");
      const words = now.lines < now.rows ? "curves.rowsSome" : "curves.rowsAll";
      const lines = t(words, { n: count(now.lines), total: count(now.rows) });
      setText(rows.text, verdict ? t("quality.reverse") : lines);
      const single = t(now.sanity ? "quality.sizes" : "curves.own");
      setText(own.text, verdict ? t("quality.own", { name: verdict.judged }) : single);
      show(
        own.item,
        now.panels.some((panel) => panel.own !== null || panel.here !== null),
      );
      show(
        empty.item,
        now.panels.some((panel) => panel.counts.some((n: number) => n === 0)),
      );
      show(pinned.item, other !== null);
      if (other !== null) setText(pinned.text, t("curves.pinned", { what: other }));
    },
  };
}
