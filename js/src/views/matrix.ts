// A number for each pair: coloured cells, with the numbers in them where there is room.

import { h, on, setAttribute, setText, svg } from "../dom.js";
import { count, LETTER, middle, plain, signedFor, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, Numbers } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { Z95 } from "./barScale.js";
import { clearOf } from "./clear.js";
import { hatchPattern } from "./curvePanel.js";
import { bold } from "./dataset.js";
import { colourKey, colours, key, label, plane, resizing } from "./plane.js";
import { column, largest, type TableData } from "./tableData.js";

const NUMBER = 34;
const LINE = 11; // pixels of a line of names; slanted by 45 degrees they need more

interface MatrixData {
  rows: string[];
  columns: string[];
  of: number;
  square: boolean;
  signed: boolean;
  measure: string;
  measures: string[];
  diagonal: string;
  top: number;
  values: Numbers;
  low: Numbers | null;
  high: Numbers | null;
  counts: Numbers | null;
  which: Numbers | null;
}

const read = new WeakMap<Answer, MatrixData | null>();

export function matrixOf(answer: Answer | null): MatrixData | null {
  if (answer === null || answer.type !== "matrix" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): MatrixData | null {
  const list = (name: string): string[] => (Array.isArray(raw[name]) ? raw[name].map(String) : []);
  const [rows, columns, values] = [list("rows"), list("columns"), arrays.get("values")];
  if (values === undefined || values.length === 0 || values.length !== rows.length * columns.length)
    return null;
  const square = raw.square === true;
  const stderr = arrays.get("stderr");
  const ends = (sign: number): Numbers | null =>
    stderr === undefined ? null : Float32Array.from(values, (v, i) => v + sign * 1.96 * stderr[i]!);
  const drawn = Array.from(values).filter(
    (_, i) => !square || raw.diagonal !== "" || i % columns.length !== Math.floor(i / columns.length),
  );
  return {
    rows,
    columns,
    of: Math.max(...list("of").map(Number), rows.length, columns.length),
    square,
    signed: raw.signed !== false,
    measure: String(raw.measure ?? ""),
    measures: list("measures"),
    diagonal: String(raw.diagonal ?? ""),
    top: typeof raw.top === "number" ? raw.top : largest(drawn) || 1,
    values,
    low: arrays.get("low") ?? ends(-1),
    high: arrays.get("high") ?? ends(1),
    counts: arrays.get("counts") ?? null,
    which: arrays.get("which") ?? null,
  };
}

export function matrix({ t, uid }: ViewHost): View {
  const picture = plane("jx-matrix");
  const { stage, readout } = picture;
  const scale = colourKey();
  const none = key("hatch");
  const about = h("span", {});
  const legend = h("div", { class: "jx-legend jx-bar-legend jx-num" }, scale.element, none.element, about);
  const element = h("div", { class: "jx-picture" }, legend, picture.figure);
  const cursor = svg("rect", { class: "jx-cell-cursor", visibility: "hidden" });
  const room = resizing(stage, () => last !== null && update(last));
  let last: Scene | null = null;
  let data: MatrixData | null = null;
  let other: MatrixData | null = null;
  let left = 0;
  let top = 0;
  let cell = { width: 1, height: 1 };
  let at: [number, number] | null = null;

  function update(scene: Scene): void {
    const next = matrixOf(scene.answer);
    if (next === null) return;
    [last, data, other] = [scene, next, matrixOf(scene.pinned)];
    const width = room();
    const most = (names: string[], limit: number): number =>
      Math.min(limit, Math.max(...names.map((n) => middle(n, 40).length)));
    const wide = most(next.rows, Math.max(8, Math.floor(width / 26)));
    const high = most(next.columns, 18);
    left = wide * LETTER + 12;
    top = high * LETTER * 0.72 + 14;
    const across = (width - left - 0.6 * high * LETTER) / next.columns.length;
    cell = { width: Math.min(across, 90), height: Math.min(Math.max(across, 15), 34) };
    if (next.rows.length > 40) cell.height = Math.max(4, Math.min(across, 15));
    const height = top + cell.height * next.rows.length + 4;
    const ends = { low: next.signed ? -next.top : 0, high: next.top, centre: next.signed ? 0 : null };
    const colour = colours(scene, ends);
    picture.draw(width, height, [...texts(next, wide, high, colour), cursor]);
    const xs = Array.from({ length: next.columns.length + 1 }, (_, i) => left + i * cell.width);
    const ys = Array.from({ length: next.rows.length + 1 }, (_, j) => top + j * cell.height);
    picture.cells(xs, ys, (i, j) => {
      const value = next.values[j * next.columns.length + i]!;
      return Number.isFinite(value) ? colour(value) : null;
    });
    scale.update(ends, colour, next.measure);
    none.say(next.values.some((v: number) => !Number.isFinite(v)) ? t("matrix.none") : "");
    const cut = Math.max(next.rows.length, next.columns.length);
    const more = cut < next.of ? t("matrix.some", { n: cut, total: next.of }) : "";
    setText(
      about,
      [next.diagonal === "" ? "" : t("matrix.diagonal", { what: next.diagonal }), more]
        .filter(Boolean)
        .join("; "),
    );
    setAttribute(
      stage,
      "aria-label",
      t("matrix.label", { title: scene.answer.title, n: next.rows.length, m: next.columns.length }),
    );
    point(at);
  }

  function texts(
    now: MatrixData,
    wide: number,
    high: number,
    colour: (v: number) => readonly number[],
  ): SVGElement[] {
    const parts: SVGElement[] = [hatchPattern(`${uid}-none`)];
    const every = (size: number, line: number): number => Math.max(1, Math.ceil(line / size));
    for (let j = 0; j < now.rows.length; j += every(cell.height, LINE))
      parts.push(
        label(middle(now.rows[j]!, wide), {
          x: left - 6,
          y: top + (j + 0.5) * cell.height + 3.5,
          "text-anchor": "end",
        }),
      );
    for (let i = 0; i < now.columns.length; i += every(cell.width, LINE * Math.SQRT2)) {
      const place = `translate(${(left + (i + 0.5) * cell.width).toFixed(1)} ${top - 5}) rotate(-45)`;
      parts.push(label(middle(now.columns[i]!, high), { transform: place }));
    }
    for (const [k, value] of now.values.entries()) {
      const [x, y] = [
        left + (k % now.columns.length) * cell.width,
        top + Math.floor(k / now.columns.length) * cell.height,
      ];
      if (!Number.isFinite(value)) {
        parts.push(svg("rect", { x, y, width: cell.width, height: cell.height, fill: `url(#${uid}-none)` }));
      } else if (cell.width >= NUMBER) {
        const [r, g, b] = colour(value) as [number, number, number];
        const fill = 0.3 * r + 0.59 * g + 0.11 * b > 130 ? "#111317" : "#fff";
        const place = {
          x: x + cell.width / 2,
          y: y + cell.height / 2 + 3.5,
          "text-anchor": "middle",
          style: `fill:${fill}`,
        };
        parts.push(label(now.top <= 2 ? short(value) : plain(value), place));
      }
    }
    return parts;
  }

  function point(to: [number, number] | null): void {
    at = to;
    setAttribute(cursor, "visibility", to === null ? "hidden" : "visible");
    if (to === null || data === null) {
      setText(readout, t("matrix.hover"));
      return;
    }
    const [j, i] = [
      Math.max(0, Math.min(data.rows.length - 1, to[0])),
      Math.max(0, Math.min(data.columns.length - 1, to[1])),
    ];
    at = [j, i];
    const place = {
      x: left + i * cell.width,
      y: top + j * cell.height,
      width: cell.width,
      height: cell.height,
    };
    for (const [name, value] of Object.entries(place)) setAttribute(cursor, name, value);
    setText(readout, words(data, j, i));
  }

  function words(now: MatrixData, j: number, i: number): string {
    const k = j * now.columns.length + i;
    const name = j === i && now.square ? now.rows[j]! : `${now.rows[j]} × ${now.columns[i]}`;
    const number = now.signed ? signedFor(now.top) : unsignedFor(now.top);
    const said = [t("matrix.cell", { name, value: number(now.values[k]!) })];
    if (now.low !== null && now.high !== null && Number.isFinite(now.low[k]!))
      said.push(t("matrix.ends", { low: number(now.low[k]!), high: number(now.high[k]!) }));
    if (now.which !== null) said.push(now.measures[now.which[k]!] ?? "");
    if (now.counts !== null) said.push(t("matrix.rows", { n: count(now.counts[k]!) }));
    const [a, b] = [other?.rows.indexOf(now.rows[j]!) ?? -1, other?.columns.indexOf(now.columns[i]!) ?? -1];
    if (other !== null && a >= 0 && b >= 0)
      said.push(`A ${number(other.values[a * other.columns.length + b]!)}`);
    return said.join(", ");
  }

  on(stage, "pointermove", (event) => {
    const box = stage.getBoundingClientRect();
    const [i, j] = [
      (event.clientX - box.left - left) / cell.width,
      (event.clientY - box.top - top) / cell.height,
    ].map(Math.floor) as [number, number];
    const inside = data !== null && i >= 0 && j >= 0 && i < data.columns.length && j < data.rows.length;
    readout.removeAttribute("aria-live");
    point(inside ? [j, i] : null);
  });
  for (const type of ["pointerleave", "blur"] as const) on(stage, type, () => point(null));
  on(stage, "keydown", (event) => {
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    point(at === null ? [0, 0] : [at[0] + move[0], at[1] + move[1]]);
  });
  return { element, curve: "aside", update };
}

/** Two decimals, without the zero before the point where room is short. */
function short(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return (value < 0 && Number(text) > 0 ? "−" : "") + text;
}

function pairs({ columns, values, square }: MatrixData): number[] {
  const wide = columns.length;
  const found = Array.from(values.keys()).filter((k) => !square || k % wide > Math.floor(k / wide));
  return found
    .filter((k) => Number.isFinite(values[k]!))
    .sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
}

/** Whether the interval, widened for so many pairs, leaves zero out. */
function isClear({ values, low, high, square, of }: MatrixData, k: number): boolean {
  if (low === null || high === null) return true;
  const wider = clearOf(square ? (of * (of - 1)) / 2 : values.length) / Z95;
  const value = values[k]!;
  return value + wider * (low[k]! - value) > 0 || value + wider * (high[k]! - value) < 0;
}

export function matrixSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = matrixOf(answer);
  if (data === null) return null;
  const known = pairs(data);
  if (known.length === 0) return t.rich("say.matrixNothing", {});
  const clear = known.filter((k) => data.values[k] !== 0 && isClear(data, k));
  if (clear.length === 0) return t.rich("say.matrixNone", {});
  const wide = data.columns.length;
  const number = data.signed ? signedFor(data.top) : plain;
  const names = clear
    .slice(0, 3)
    .map(
      (k) =>
        `${middle(data.rows[Math.floor(k / wide)]!, 28)} × ${middle(data.columns[k % wide]!, 28)} (${number(data.values[k]!)})`,
    );
  return t.rich("say.matrix", { names: bold(names, t) });
}

export function matrixTable(answer: Answer, other: Answer | null): TableData | null {
  const [data, pinned] = [matrixOf(answer), matrixOf(other)];
  if (data === null) return null;
  const number = data.signed ? signedFor(data.top) : unsignedFor(data.top);
  const columns = [
    column("row", "table.row"),
    column("column", "table.column"),
    column("value", "table.value", number),
  ];
  const { low, high, counts, which } = data;
  if (low !== null) columns.push(column("low", "table.low", number), column("high", "table.high", number));
  if (counts !== null) columns.push(column("rows", "table.rows", plain));
  if (which !== null) columns.push(column("measure", "table.measure"));
  const paired =
    pinned !== null && String([pinned.rows, pinned.columns]) === String([data.rows, data.columns]);
  if (paired) columns.push(column("pinned", "table.pinned", number));
  const wide = data.columns.length;
  const keep = data.diagonal === "" ? [] : data.rows.map((_, j) => j * wide + j);
  const rows = [...pairs(data), ...(data.square ? keep : [])].map((k) => {
    const cells = [data.rows[Math.floor(k / wide)]!, data.columns[k % wide]!, data.values[k]!];
    if (low !== null) cells.push(low[k]!, high![k]!);
    if (counts !== null) cells.push(counts[k]!);
    if (which !== null) cells.push(data.measures[which[k]!] ?? "");
    if (paired) cells.push(pinned.values[k]!);
    return cells;
  });
  return { columns, rows };
}
