import { copyText, saveText } from "../clipboard.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { count } from "../format.js";
import { type Attribution, asAttribution, type ImageAttribution } from "../protocol.js";
import type { Scene, ViewHost } from "../view.js";
import { type Cell, csv } from "./csv.js";
import { kindOf } from "./kinds.js";
import { type Column, gridRows, headerRow, type TableData } from "./tableData.js";

const MOST_ROWS = 500;

/** The same numbers as the picture, to sort and to copy. */
export function table(host: ViewHost): { element: HTMLElement; update(scene: Scene): void } {
  const { t, preferences } = host;
  const head = h("tr", {});
  const body = h("tbody", {});
  const caption = h("caption", { class: "jx-sr" }, t("table.caption"));
  const grid = h("table", { class: "jx-table jx-num" }, caption, h("thead", {}, head), body);
  const scroller = h(
    "div",
    { class: "jx-table-scroll", tabindex: 0, role: "region", "aria-label": t("table.caption") },
    grid,
  );
  const shown = h("span", { class: "jx-soft jx-num" });
  const actions = h("div", { class: "jx-tools" });
  const element = h("div", { class: "jx-table-view" }, scroller, actions);
  let answer: Attribution | null = null;
  let data: TableData = { columns: [], rows: [] };
  let headKey = "";

  const button = (
    key: "copyCsv" | "saveCsv" | "copyGrid" | "saveGrid",
    act: () => void,
  ): HTMLButtonElement => {
    const made = h("button", { type: "button", class: "jx-button" }, t(`action.${key}`));
    on(made, "click", act);
    return made;
  };
  const text = (): string => csv([headerRow(data, t), ...data.rows]);
  const copy = (made: HTMLButtonElement, content: string): void => {
    void copyText(content, element).then((copied) => {
      if (!copied) return;
      const label = made.textContent ?? "";
      setText(made, t("action.copied"));
      setTimeout(() => setText(made, label), 1500);
    });
  };
  const image = (): ImageAttribution => answer as ImageAttribution;
  const copyCsv = button("copyCsv", () => copy(copyCsv, text()));
  const saveCsv = button("saveCsv", () => saveText("attribution.csv", text()));
  const copyGrid = button("copyGrid", () => copy(copyGrid, csv(gridRows(image()))));
  const saveGrid = button("saveGrid", () => saveText("attribution-grid.csv", csv(gridRows(image()))));
  actions.append(copyCsv, saveCsv, copyGrid, saveGrid, shown);

  function update(scene: Scene): void {
    answer = asAttribution(scene.answer);
    const found = preferences.table ? kindOf(scene.answer)?.table?.(scene.answer, scene.pinned, t) : null;
    show(element, found != null);
    if (found == null) return;
    data = found;
    writeHead();
    const rows = sorted(data, sortOrder()).slice(0, MOST_ROWS);
    writeBody(rows);
    const isImage = answer?.layout.kind === "image";
    show(copyGrid, isImage);
    show(saveGrid, isImage);
    const cut = data.rows.length > rows.length;
    setText(shown, cut ? t("table.shown", { n: count(rows.length), total: count(data.rows.length) }) : "");
  }

  /** By size, as in the picture, until a column is chosen; regions keep their places. */
  function sortOrder(): { column: string; descending: boolean } | null {
    if (preferences.tableSort !== null) return preferences.tableSort;
    return answer?.layout.kind === "table" ? { column: "size", descending: true } : null;
  }

  function writeHead(): void {
    const key = JSON.stringify([data.columns.map((c) => c.id), preferences.tableSort]);
    if (key === headKey) return;
    headKey = key;
    const focused = head.contains(document.activeElement) ? document.activeElement?.textContent : null;
    head.replaceChildren(...data.columns.map(headCell));
    const again = [...head.querySelectorAll("button")].find((b) => b.textContent === focused);
    if (focused !== null) again?.focus();
  }

  function headCell(column: Column): HTMLElement {
    const sort = preferences.tableSort;
    const direction = sort?.column !== column.id ? null : sort.descending ? "descending" : "ascending";
    const label = column.text ?? t(column.title);
    const made = h("button", { type: "button", title: t("table.sortBy", { column: label }) }, label);
    on(made, "click", () => {
      const descending = sort?.column === column.id ? !sort.descending : column.numeric;
      preferences.tableSort = { column: column.id, descending };
      host.redraw();
    });
    return h("th", { scope: "col", "aria-sort": direction, class: column.numeric ? "jx-right" : null }, made);
  }

  function writeBody(rows: Cell[][]): void {
    while (body.children.length > rows.length) body.lastElementChild?.remove();
    for (const [i, cells] of rows.entries()) {
      const row = body.children[i] ?? body.appendChild(h("tr", {}));
      while (row.children.length > cells.length) row.lastElementChild?.remove();
      for (const [c, cell] of cells.entries()) {
        const column = data.columns[c]!;
        const td = row.children[c] ?? row.appendChild(h("td", {}));
        setText(td, column.format(cell));
        setAttribute(td, "data-value", typeof cell === "number" ? cell : null);
        td.className = column.numeric ? "jx-right" : "";
      }
    }
  }

  return { element, update };
}

function sorted(
  { columns, rows }: TableData,
  order: { column: string; descending: boolean } | null,
): Cell[][] {
  if (order === null) return rows;
  const bySize = order.column === "size";
  const at = columns.findIndex((column) => column.id === (bySize ? "value" : order.column));
  if (at < 0) return rows;
  const direction = order.descending ? -1 : 1;
  const key = (cell: Cell): Cell => (bySize && typeof cell === "number" ? Math.abs(cell) : cell);
  return rows.toSorted((a, b) => direction * compare(key(a[at]!), key(b[at]!)));
}

function compare(a: Cell, b: Cell): number {
  const x = typeof a === "number" ? a : Number(a);
  const y = typeof b === "number" ? b : Number(b);
  if (a !== "" && b !== "" && Number.isFinite(x) && Number.isFinite(y)) return x - y;
  if (typeof a === "number" && typeof b === "number") return Number.isNaN(a) ? -1 : 1;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
