// Comma-separated values that a spreadsheet reads as data, whatever a feature is called.

export type Cell = string | number;

export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => row.map(csvCell).join(",")).join("\r\n");
}

/** A text that starts like a formula gets a leading apostrophe; numbers stay numbers. */
export function csvCell(cell: Cell): string {
  if (typeof cell === "number") return Number.isFinite(cell) ? String(Number(cell.toPrecision(8))) : "";
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) && !isNumber ? `'${cell}` : cell;
  return /[",\r\n']/.test(safe) || safe !== cell ? `"${safe.replaceAll('"', '""')}"` : safe;
}
