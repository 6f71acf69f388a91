// The numbers of the picture as rows of cells, for the table on screen and for the CSV.

import { percent, plain, signedFor, unsignedFor } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { type Answer, asAttribution, type ImageAttribution, type TableAttribution } from "../protocol.js";
import { regionSums } from "../regions.js";
import type { Cell } from "./csv.js";

export interface Column {
  id: string;
  title: Key;
  /** Instead of the title, where it is made of data. */
  text?: string | undefined;
  numeric: boolean;
  format(value: Cell): string;
}

export interface TableData {
  columns: Column[];
  rows: Cell[][];
}

export function featureTable(given: Answer, a: Answer | null): TableData | null {
  const [answer, pinned] = [asAttribution(given), asAttribution(a)];
  if (answer?.layout.kind !== "table") return null;
  const { names, shown } = answer.layout;
  const scale = largest(answer.values);
  const columns: Column[] = [
    column("feature", "table.feature"),
    ...(shown.length === 0 ? [] : [column("shown", "table.value")]),
    column("value", "table.attribution", signedFor(scale)),
  ];
  const { stderr } = answer;
  if (stderr !== null) columns.push(column("stderr", "table.error", unsignedFor(scale)));
  const other = pinned?.layout.kind === "table" ? (pinned as TableAttribution) : null;
  if (other !== null) columns.push(column("pinned", "table.pinned", signedFor(scale)));
  const byName = new Map(other?.layout.names.map((name, i) => [name, other.values[i] ?? Number.NaN]));
  const rows = Array.from(answer.values, (value, i) => {
    const row: Cell[] = [names[i] ?? "", ...(shown.length === 0 ? [] : [shown[i] ?? ""]), value];
    if (stderr !== null) row.push(stderr[i] ?? Number.NaN);
    if (other !== null) row.push(byName.get(names[i] ?? "") ?? Number.NaN);
    return row;
  });
  return { columns, rows };
}

export function regionTable(given: Answer, a: Answer | null, t: Translate): TableData | null {
  const [answer, pinned] = [asAttribution(given), asAttribution(a)];
  if (answer?.layout.kind !== "image") return null;
  const regions = regionSums(answer as ImageAttribution);
  const size = regions.reduce((sum, region) => sum + region.size, 0);
  const signed = signedFor(Math.max(...regions.map((region) => Math.abs(region.sum))));
  const columns = [
    column("region", "table.region"),
    column("sum", "table.sum", signed),
    column("share", "table.share", percent),
  ];
  const other = pinned?.layout.kind === "image" ? regionSums(pinned as ImageAttribution) : null;
  if (other !== null) columns.push(column("pinned", "table.pinned", signed));
  const rows = regions.map((region, i) => {
    const row: Cell[] = [t(`region.${i}` as Key), region.sum, size === 0 ? 0 : region.size / size];
    if (other !== null) row.push(other[i]!.sum);
    return row;
  });
  return { columns, rows };
}

/** Every pixel, for the CSV of an image. */
export function gridRows(answer: ImageAttribution): Cell[][] {
  const { height, width } = answer.layout;
  return Array.from({ length: height }, (_, y) =>
    Array.from(answer.values.slice(y * width, (y + 1) * width)),
  );
}

export function headerRow(data: TableData, t: Translate): string[] {
  return data.columns.map((each) => each.text ?? t(each.title));
}

export function column(id: string, title: Key, format?: (value: number) => string): Column {
  const show = (value: Cell): string => (typeof value === "number" ? (format ?? plain)(value) : value);
  return { id, title, numeric: format !== undefined, format: show };
}

/** Decides the decimals, so that picture and table print the same figures. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}
