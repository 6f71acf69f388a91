// Counterfactuals: the row beside what it would have to be; changed values are coloured, bold and marked.

import { h, setText, show } from "../dom.js";
import { middle, plain } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { type Answer, isRecord } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { bold } from "./dataset.js";
import { type Block, block, called, extent, type Pieces, readPieces, several, unitKey } from "./pieces.js";
import type { Column, TableData } from "./tableData.js";

const LONGEST = 40;
const NAMED = 3;

interface Examples {
  names: string[];
  original: string[];
  rows: string[][];
  decision: string;
  decisions: string[];
  goal: string;
  scale: string;
  same: number;
  tried: number;
  own: number;
  /** Whose output the numbers are, where the decisions do not name it. */
  whose: string;
  moved(example: number, column: number): number;
  distances: ArrayLike<number>;
  outputs: ArrayLike<number>;
  /** Of texts, images and series: players, and those that each example hides. */
  pieces: Pieces | null;
  hidden: Set<number>[];
  exact: boolean;
  least: number;
  blocked: string[];
}

const read = new WeakMap<Answer, Examples | null>();

export function examplesOf(answer: Answer | null): Examples | null {
  if (answer?.type !== "examples" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer)!;
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function decode({ arrays }: Answer, raw: Record<string, unknown>): Examples | null {
  if (!isRecord(raw)) return null;
  const names = texts(raw.names);
  const moved = arrays.get("moved") ?? [];
  return {
    names,
    original: texts(raw.original),
    rows: Array.isArray(raw.rows) ? raw.rows.map(texts) : [],
    decision: String(raw.decision),
    decisions: texts(raw.decisions),
    goal: String(raw.goal),
    scale: String(raw.scale),
    same: Number(raw.same),
    tried: Number(raw.tried),
    own: Number(raw.own),
    whose: String(raw.whose ?? ""),
    moved: (example, column) => moved[example * names.length + column] ?? 0,
    distances: arrays.get("distances") ?? [],
    outputs: arrays.get("outputs") ?? [],
    pieces: readPieces(raw.pieces, arrays),
    hidden: (Array.isArray(raw.hidden) ? raw.hidden : []).map((each) => new Set(texts(each).map(Number))),
    exact: raw.exact === true,
    least: Number(raw.least),
    blocked: texts(raw.blocked),
  };
}

/** "Would be benign instead of malignant with worst area = 806 (now 2019)." */
export function examplesSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = examplesOf(answer);
  if (data === null) return null;
  if (data.decisions.length === 0) return none(data, t);
  if (data.pieces !== null) {
    const say = t.rich("examples.sayHidden", {
      decision: h("b", {}, data.decisions[0]!),
      own: data.decision,
      names: h("b", {}, several(data.pieces, [...data.hidden[0]!], t)),
    });
    say.append(" ", minimal(data, t));
    return say;
  }
  const first = data.rows[0]!;
  const changed = data.names.map((_, i) => i).filter((i) => data.moved(0, i) !== 0);
  const words = changed.slice(0, NAMED).map((i) =>
    t("examples.change", {
      name: middle(data.names[i]!, LONGEST),
      value: first[i]!,
      own: data.original[i]!,
    }),
  );
  if (changed.length > NAMED) words.push(t("examples.more", { n: changed.length - NAMED }));
  return t.rich("examples.say", {
    decision: h("b", {}, data.decisions[0]!),
    own: data.decision,
    changes: bold(words, t),
  });
}

function none(data: Examples, t: Translate): DocumentFragment {
  const say = t.rich("examples.none", { goal: data.goal, n: plain(data.tried) });
  if (data.blocked.length > 0) say.append(" ", t("examples.blocked", { names: data.blocked.join(" / ") }));
  if (data.pieces !== null && data.exact) say.append(" ", t("examples.never"));
  return say;
}

/** How sure it is that nothing smaller would do. */
function minimal({ pieces, exact, least }: Examples, t: Translate): string {
  return t(exact ? "examples.exact" : "examples.minimal", { unit: t(unitKey(pieces!)), least });
}

/** One row per column that changes, or per part that is hidden; the same values as the picture, with A's beside them. */
export function examplesTable(answer: Answer, other: Answer | null, t: Translate): TableData | null {
  const [data, before] = [examplesOf(answer), examplesOf(other)];
  if (data === null) return null;
  const column = (id: string, title: Key, text?: string): Column => ({
    id,
    title,
    text,
    numeric: false,
    format: String,
  });
  const both = before !== null && same(before, data) ? [data, before] : [data];
  const nth = both.flatMap(({ decisions }, a) =>
    decisions.map((decision, k) =>
      column(`${"eA"[a]}${k}`, "examples.nth", `${a > 0 ? "A " : ""}${k + 1}: ${decision}`),
    ),
  );
  if (data.pieces !== null) {
    const hidden = both.flatMap((each) => each.hidden);
    const named = (name: string, i: number): string =>
      data.pieces!.traces === null ? name : called(data.pieces!, i, t);
    const rows = data.pieces.players.map((name, i) => [
      named(name, i),
      ...hidden.map((e) => (e.has(i) ? "–" : "")),
    ]);
    return { columns: [column("player", unitKey(data.pieces)), ...nth], rows };
  }
  const examples = both.flatMap((each) => each.rows);
  const rows = data.names.map((name, i) => [name, data.original[i]!, ...examples.map((row) => row[i]!)]);
  return { columns: [column("feature", "table.feature"), column("own", "examples.row"), ...nth], rows };
}

const same = (a: Examples, b: Examples): boolean =>
  JSON.stringify([a.names, a.original, a.pieces?.players]) ===
  JSON.stringify([b.names, b.original, b.pieces?.players]);

/** One text or picture for each example, with what is hidden in it. */
function gallery(t: Translate) {
  const element = h("div", { class: "jx-examples-hidden" });
  let blocks: Block[] = [];
  return {
    element,
    update(data: Examples, scene: Scene): void {
      const { pieces, hidden } = data;
      if (pieces === null) return;
      if (blocks.length !== hidden.length) {
        blocks = hidden.map((_, k) => blocks[k] ?? block(t));
        element.replaceChildren(...blocks.map((each) => each.figure));
      }
      for (const [k, each] of blocks.entries()) {
        const output = `${data.whose} ${plain(data.own)} → ${plain(data.outputs[k]!)}`.trim();
        const said = {
          n: k + 1,
          decision: data.decisions[k]!,
          output,
          extent: extent(pieces, hidden[k]!, t),
        };
        const caption = t("examples.one", said);
        each.draw(pieces, { hidden: hidden[k]!, kept: new Set(), open: false, caption }, scene);
      }
    },
  };
}

export function examples({ t }: ViewHost): View {
  const [live, pinned] = [shelf(t), shelf(t)];
  const about = h("p", { class: "jx-soft" });
  const element = h("div", { class: "jx-picture" }, live.element, about, pinned.element);

  function update(scene: Scene): void {
    live.update(scene.answer, scene);
    const other = examplesOf(scene.pinned);
    for (const each of [about, pinned.element]) show(each, other !== null);
    if (other === null) return;
    setText(about, t("heat.pinned", { what: `${scene.pinned!.title}, ${scene.pinned!.target}` }));
    pinned.update(scene.pinned!, { ...scene, ...scene.behind });
  }
  return { element, curve: "aside", update };
}

/** The examples of one answer: texts or pictures, or a table beside the row. */
function shelf(t: Translate) {
  const head = h("thead", {});
  const body = h("tbody", {});
  const caption = h("caption", { class: "jx-sr" }, t("examples.label"));
  const grid = h("table", { class: "jx-examples jx-num" }, caption, head, body);
  const about = { class: "jx-table-scroll", tabindex: 0, role: "region", "aria-label": t("examples.label") };
  const scroller = h("div", about, grid);
  const foot = h("p", { class: "jx-soft jx-examples-foot" });
  const pictures = gallery(t);
  let last: Answer | null = null;

  function update(answer: Answer, scene: Scene): void {
    const data = examplesOf(answer);
    if (data === null) return;
    show(pictures.element, data.pieces !== null);
    pictures.update(data, scene);
    show(scroller, data.pieces === null);
    if (answer === last) return;
    last = answer;
    head.replaceChildren(...heads(data, t));
    body.replaceChildren(...data.names.map((name, i) => line(data, name, i, t)));
    setText(foot, footText(data, t));
  }
  return { element: h("div", {}, pictures.element, scroller, foot), update };
}

function heads(data: Examples, t: Translate): HTMLElement[] {
  const lines: [string, (k: number) => string, string][] = [
    ["", (k) => t("examples.nth", { n: k + 1 }), t("examples.row")],
    [t("examples.decision"), (k) => data.decisions[k]!, data.decision],
    [
      data.whose === "" ? t("examples.output") : t("examples.outputOf", { whose: data.whose }),
      (k) => plain(data.outputs[k]!),
      plain(data.own),
    ],
    [t("examples.distance"), (k) => plain(data.distances[k]!), ""],
  ];
  return lines.map(([name, each, own]) => {
    const texts = [own, ...data.rows.map((_, k) => each(k))];
    const cells = texts.map((text) => heading("col", middle(text, LONGEST)));
    return h("tr", {}, heading("row", name), ...cells);
  });
}

/** An empty corner heads nothing. */
function heading(scope: string, text: string): HTMLElement {
  return text === "" ? h("td", {}) : h("th", { scope }, text);
}

function line(data: Examples, name: string, i: number, t: Translate): HTMLElement {
  const cells = data.rows.map((_, k) => changedCell(data, k, i, t));
  const title = h("th", { scope: "row", title: name }, middle(name, LONGEST));
  return h("tr", {}, title, h("td", {}, data.original[i]!), ...cells);
}

function changedCell(data: Examples, k: number, i: number, t: Translate): HTMLElement {
  const moved = data.moved(k, i);
  if (moved === 0) return h("td", { class: "jx-soft" }, t("examples.same"));
  const [own, there] = [data.original[i]!, data.rows[k]![i]!].map((v) => Number(v.replace("−", "-")));
  const sign = Number.isNaN(own! - there!) ? "≠" : moved > 0 ? "▲" : "▼";
  const title = t("examples.moved", { size: plain(Math.abs(moved)), scale: data.scale });
  const mark = h("span", { "aria-hidden": "true" }, `${sign} `);
  return h("td", { class: moved > 0 ? "jx-up" : "jx-down", title }, mark, h("b", {}, data.rows[k]![i]!));
}

function footText(data: Examples, t: Translate): string {
  if (data.decisions.length === 0 || data.pieces !== null) return "";
  return t("examples.foot", { n: data.same, scale: data.scale });
}
