import { setOptions } from "../controls/field.js";
import { h, on, setText, show } from "../dom.js";
import { count } from "../format.js";
import { PAGE, type Sort, type ViewHost } from "../view.js";

const MOST = 320;

/** Sort, search, more: all of it in the browser. */
export function barTools(host: ViewHost): {
  element: HTMLElement;
  update(total: number, matching: number, shown: number, complete?: boolean): void;
} {
  const { t, preferences, uid } = host;
  const sort = h("select", { id: `${uid}-sort` });
  const sorts: Sort[] = ["size", "value", "name"];
  setOptions(
    sort,
    sorts.map((value) => ({ value, label: t(`bars.sort.${value}`) })),
  );
  sort.value = preferences.sort;
  on(sort, "change", () => {
    preferences.sort = sort.value as Sort;
    host.redraw();
  });
  const chart = h("select", { id: `${uid}-chart` });
  setOptions(
    chart,
    (["bars", "waterfall"] as const).map((value) => ({ value, label: t(`bars.chart.${value}`) })),
  );
  chart.value = preferences.waterfall ? "waterfall" : "bars";
  on(chart, "change", () => {
    preferences.waterfall = chart.value === "waterfall";
    host.redraw();
  });
  const find = h("input", { id: `${uid}-find`, type: "search", placeholder: t("bars.find") });
  find.setAttribute("aria-label", t("bars.find"));
  find.value = preferences.find;
  on(find, "input", () => {
    preferences.find = find.value;
    host.redraw();
  });
  const found = h("span", { class: "jx-soft jx-num" });
  const more = h("button", { type: "button", class: "jx-button" }, t("action.more"));
  on(more, "click", () => {
    preferences.shown = Math.min(MOST, preferences.shown * 2);
    host.redraw();
  });
  const fewer = h("button", { type: "button", class: "jx-button" }, t("action.fewer"));
  on(fewer, "click", () => {
    preferences.shown = PAGE;
    host.redraw();
  });
  const sortTool = h("div", { class: "jx-tool" }, h("label", { for: sort.id }, t("bars.sort")), sort);
  const chartTool = h("div", { class: "jx-tool" }, h("label", { for: chart.id }, t("bars.chart")), chart);
  const element = h("div", { class: "jx-tools" }, chartTool, sortTool, find, more, fewer, found);
  return {
    element,
    update(total, matching, shown, complete = false) {
      show(chartTool, complete && total > 1);
      show(sortTool, total > 2);
      show(find, total > 8);
      show(more, matching > shown && preferences.shown < MOST);
      show(fewer, preferences.shown > PAGE);
      setText(found, shown < total ? t("bars.found", { n: count(shown), total: count(total) }) : "");
    },
  };
}
