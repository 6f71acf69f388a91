import { h, on, setText, show } from "../dom.js";
import type { Panel } from "../protocol.js";
import { type Control, type ControlHost, field, select, setOptions } from "./field.js";
import { linearScale, slider } from "./slider.js";

const MOST_OPTIONS = 500;

/** A list when the rows have names and are few, else a slider. */
export function rowControl(host: ControlHost): Control {
  const { t, store } = host;
  let labels: string[] | null = null;
  let count = 1;
  const words = (row: number): string => labels?.[row] ?? t("control.rowOf", { n: row, count });
  const range = slider((row, coarse) => {
    setText(byRange.output, words(row));
    host.ask({ row }, coarse);
  }, words);
  range.input.dataset.key = "row-range";
  const list = h("select", { "data-key": "row-list" });
  on(list, "change", () => host.ask({ row: Number(list.value) }));
  const byRange = field(host, t("control.row"), range.input);
  const byList = field(host, t("control.row"), list);
  for (const each of [byRange, byList]) each.help(t("control.rowHelp"));
  const element = h("div", {}, byRange.element, byList.element);

  const follow = ({ rows }: Panel): void => {
    show(element, rows !== null && rows.count > 1);
    if (rows === null) return;
    labels = rows.labels;
    count = rows.count;
    const listed = labels !== null && count <= MOST_OPTIONS;
    show(byRange.element, !listed);
    show(byList.element, listed);
    const row = store.trait<number>("row") ?? 0;
    if (listed && labels !== null) {
      setOptions(
        list,
        labels.map((label, i) => ({ value: String(i), label })),
      );
      select(list, String(row));
    } else {
      range.setScale(linearScale(0, Math.max(1, count - 1), true));
      range.setValue(row);
      setText(byRange.output, words(row));
    }
  };
  return {
    name: "row",
    element,
    busy: range.dragging,
    follow,
    refuse(reason) {
      byRange.refuse(reason);
      byList.refuse(reason);
    },
  };
}
