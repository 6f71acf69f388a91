// If-then rules as sentences, with bars for precision and coverage; the conditions of an anchor can be switched.

import { h, on, setAttribute, setText, show } from "../dom.js";
import { count, middle, percent, plain } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { type Answer, isRecord } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { BarRow } from "./barRow.js";
import type { BarScale } from "./barScale.js";
import { block, type Choice, extent, type Pieces, readPieces, several } from "./pieces.js";
import type { TableData } from "./tableData.js";

const SHARES: BarScale = { low: 0, high: 1 };
const LONGEST = 60;
const NUMBERS = [
  "value",
  "low",
  "high",
  "coverage",
  "coverage_low",
  "coverage_high",
  "support",
  "otherwise",
] as const;

interface Rule extends Record<(typeof NUMBERS)[number], number> {
  /** Conditions, each with the row's own value. */
  terms: [string, string][];
  outcome: string;
  /** Whether the conditions are Python's words for parts of the input. */
  spoken: boolean;
}
interface Rules {
  raw: Record<string, unknown>;
  rules: Rule[];
  toggles: [string, boolean][];
  /** Of texts, images and series: players, and those that the rule keeps. */
  pieces: Pieces | null;
  kept: Set<number>;
  /** Counterexamples: hidden players, or changes as (column, own value, value there). */
  others: unknown[][];
}

const read = new WeakMap<Answer, Rules | null>();

export function rulesOf(answer: Answer | null): Rules | null {
  if (answer?.type !== "rules" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer)!;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): Rules | null {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const rules = list(raw.rules).map((each, i) => {
    const rule = isRecord(each) ? each : {};
    const numbers = NUMBERS.map((name) => [name, arrays.get(name)?.[i] ?? Number.NaN]);
    const terms = list(rule.terms).map((term) => [0, 1].map((k) => String(list(term)[k] ?? "")));
    const said = { outcome: String(rule.outcome), spoken: isRecord(raw.pieces) };
    return { ...Object.fromEntries(numbers), terms, ...said } as Rule;
  });
  const toggles = list(raw.toggles).map((each) => [String(list(each)[0]), list(each)[1] === true]);
  const about = {
    toggles: toggles as [string, boolean][],
    pieces: readPieces(raw.pieces, arrays),
    kept: new Set(list(raw.kept).map(Number)),
    others: list(raw.others).map(list),
  };
  return rules.length > 0 ? { raw, rules, ...about } : null;
}

/** Words and texts in turn: IF, a condition, AND, …, THEN, the outcome; conditions with the row's own value. */
function parts({ terms, outcome, spoken }: Rule, place: number, t: Translate): [string, string, string][] {
  const words: Key[] = [place > 0 ? "rules.elseIf" : "rules.if", "rules.and"];
  const last: Key = terms.length > 0 ? "rules.then" : place > 0 ? "rules.else" : "rules.always";
  return [
    ...terms.map(([text, own], i): [string, string, string] => [
      t(words[Math.min(i, 1)]!),
      spoken ? t.say(text) : text,
      own,
    ]),
    [t(last), outcome, ""],
  ];
}

const text = (rule: Rule, place: number, t: Translate): string =>
  parts(rule, place, t)
    .map(([word, said]) => `${word} ${said}`)
    .join(" ");

const ends = (low: number, high: number, show: (value: number) => string): string =>
  Number.isFinite(low + high) && low !== high ? ` ${show(low)} – ${show(high)}` : "";

export function rulesSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = rulesOf(answer);
  if (data === null) return null;
  const number = (name: string): string => plain(data.raw[name] as number);
  const [n, value] = [data.rules.length - 1, h("b", {}, number("fidelity"))];
  if (data.raw.list)
    return t.rich(data.raw.numbers ? "say.listNumbers" : "say.list", {
      n: String(n),
      value,
      error: number("stderr"),
      plain: number("plain"),
    });
  const rule = data.rules[0]!;
  const said = t.rich(data.pieces === null ? "say.anchor" : "say.anchorHidden", {
    value: h("b", {}, plain(rule.value)),
    what: h("b", {}, rule.outcome),
    names: data.pieces === null ? "" : several(data.pieces, [...data.kept], t) || t("pieces.none"),
  });
  if (!data.raw.reached) said.append(" ", t("say.anchorNot", { wanted: number("wanted") }));
  return said;
}

export function rulesTable(answer: Answer, other: Answer | null, t: Translate): TableData | null {
  if (rulesOf(answer) === null) return null;
  const names: Key[] = [
    "rules.label",
    estimate(rulesOf(answer)!),
    "rules.low",
    "table.high",
    "rules.coverage",
  ];
  const columns = names.map((title, i) => ({
    id: title,
    title,
    numeric: i > 0,
    format: (cell: string | number) => (typeof cell === "number" ? plain(cell) : cell),
  }));
  const rows = [rulesOf(answer), rulesOf(other)].flatMap((data, a) =>
    (data?.rules ?? []).map((rule, i) => {
      const name = (a > 0 ? "A " : "") + text(rule, i, t);
      return [name, rule.value, rule.low, rule.high, rule.coverage];
    }),
  );
  return { columns, rows };
}

const estimate = ({ raw }: Rules): Key => (raw.numbers ? "table.curve" : "rules.precision");

export function rules(host: ViewHost): View {
  const { t } = host;
  const [live, pinned] = [list(t), list(t)];
  const about = h("p", { class: "jx-soft" });
  const otherwise = h("p", { class: "jx-soft jx-num" });
  const switches = toggles(host);
  const shown = block(t, (player) => switches.flip(player));
  const before = block(t);
  const counter = counterexamples(t);
  const pictures = [shown.figure, live.element, otherwise, counter.element];
  const element = h(
    "div",
    { class: "jx-picture" },
    ...pictures,
    about,
    before.figure,
    pinned.element,
    switches.element,
  );

  function update(scene: Scene): void {
    const [data, other] = [rulesOf(scene.answer), rulesOf(scene.pinned)];
    if (data === null) return;
    const all = [...data.rules, ...(other?.rules ?? [])];
    const ends = [0, ...all.flatMap(({ low, high, value }) => [low, high, value])].filter(Number.isFinite);
    const scale = data.raw.numbers ? { low: Math.min(...ends), high: Math.max(...ends) } : SHARES;
    live.update(data, scale);
    if (other !== null) pinned.update(other, scale);
    for (const each of [pinned.element, about]) show(each, other !== null);
    show(before.figure, other !== null && other.pieces !== null);
    if (other !== null && other.pieces !== null)
      before.draw(other.pieces, keeps(other.pieces, other.kept, t), { ...scene, ...scene.behind });
    if (other !== null)
      setText(about, t("heat.pinned", { what: `${scene.pinned!.title}, ${scene.pinned!.target}` }));
    const { otherwise: n, support } = data.rules[0]!;
    const whisker = t("rules.whisker", { share: percent(Number(data.raw.sure)) });
    const counts = { n: count(n), total: count(support) };
    const cases: Key = data.pieces === null ? "rules.otherwise" : "rules.otherwiseHidden";
    setText(otherwise, (data.raw.list ? "" : t(cases, counts)) + whisker);
    switches.update(data, scene.running);
    show(shown.figure, data.pieces !== null);
    if (data.pieces !== null) shown.draw(data.pieces, keeps(data.pieces, switches.kept(), t), scene);
    counter.update(data, scene);
  }
  return { element, curve: "aside", update };
}

function keeps(pieces: Pieces, kept: Set<number>, t: Translate): Choice {
  const caption = t("rules.keeps", { extent: extent(pieces, kept, t) });
  return { hidden: new Set(), kept, open: true, caption };
}

/** Cases that meet the rule and are decided otherwise, with what is different in them. */
function counterexamples(t: Translate) {
  const element = h("div", { class: "jx-otherwise" });
  const blocks = [0, 1].map(() => block(t));
  let shown = "";
  function update({ pieces, kept, others }: Rules, scene: Scene): void {
    show(element, others.length > 0);
    const heads = others.map((_, i) => t("rules.counter", { n: i + 1 }));
    if (pieces !== null) {
      const some = others.slice(0, blocks.length);
      element.replaceChildren(...some.map((_, i) => blocks[i]!.figure));
      for (const [i, other] of some.entries()) {
        const choice = { hidden: new Set(other.map(Number)), kept, open: false, caption: heads[i]! };
        blocks[i]!.draw(pieces, choice, scene);
      }
    } else if (JSON.stringify(others) !== shown) {
      element.replaceChildren(h("p", { class: "jx-soft" }, t("rules.counters")), changes(others, t));
    }
    shown = JSON.stringify(others);
  }
  return { element, update };
}

/** One line per column that some counterexample changes; what it changes is bold, with an arrow where it is a number. */
function changes(others: unknown[][], t: Translate): HTMLElement {
  const own = new Map<string, string>();
  const there = others.map((other) => {
    const cells = other.map((change) => (Array.isArray(change) ? change.map(String) : []));
    for (const [name = "", value = ""] of cells) own.set(name, value);
    return new Map(cells.map(([name = "", , value = ""]) => [name, value]));
  });
  const heads = [t("table.feature"), t("examples.row"), ...others.map((_, i) => String(i + 1))];
  const lines = [...own].map(([name, value]) => {
    const cells = there.map((each) => {
      const now = each.get(name);
      if (now === undefined) return h("td", { class: "jx-soft" }, t("examples.same"));
      const sign = Number(now) > Number(value) ? "▲ " : Number(now) < Number(value) ? "▼ " : "";
      return h("td", { class: sign === "▼ " ? "jx-down" : "jx-up" }, sign, h("b", {}, middle(now, LONGEST)));
    });
    const title = h("th", { scope: "row", title: name }, middle(name, LONGEST));
    return h("tr", {}, title, h("td", {}, middle(value, LONGEST)), ...cells);
  });
  const head = h("tr", {}, ...heads.map((each) => h("th", { scope: "col" }, each)));
  const table = h("table", { class: "jx-examples jx-num" }, h("thead", {}, head), h("tbody", {}, ...lines));
  const about = { class: "jx-table-scroll", tabindex: 0, role: "region", "aria-label": t("rules.counters") };
  return h("div", about, table);
}

function list(t: Translate) {
  const element = h("div", { class: "jx-rules jx-num", role: "list", "aria-label": t("rules.label") });
  const rove = roving(element);
  let rows: ReturnType<typeof ruleRow>[] = [];
  return {
    element,
    update(data: Rules, scale: BarScale): void {
      if (rows.length !== data.rules.length) {
        rows = data.rules.map((_, i) => rows[i] ?? ruleRow(t));
        element.replaceChildren(...rows.map((row) => row.element));
        rove();
      }
      for (const [i, row] of rows.entries()) row.update(data, i, scale);
    },
  };
}

function ruleRow(t: Translate) {
  const words = h("p", {});
  const bars = [new BarRow("jx-row", null), new BarRow("jx-row jx-rest", null)];
  const element = h(
    "div",
    { class: "jx-bars jx-rule", role: "listitem" },
    words,
    ...bars.map((bar) => bar.element),
  );
  let shown = "";
  return {
    element,
    update(data: Rules, place: number, scale: BarScale): void {
      const rule = data.rules[place]!;
      const label = text(rule, place, t);
      if (label !== shown) words.replaceChildren(...parts(rule, place, t).flatMap(spelled));
      shown = label;
      const said = [
        [t(estimate(data)), plain(rule.value), ends(rule.low, rule.high, plain)],
        [t("rules.coverage"), percent(rule.coverage), ends(rule.coverage_low, rule.coverage_high, percent)],
      ];
      for (const [i, [name, value, pm]] of said.entries())
        bars[i]!.texts({ name: name!, fullName: name!, shown: "", value: value!, pm: pm!, label: "" });
      bars[0]!.bar({ value: rule.value, stderr: null, ends: [rule.low, rule.high], pinned: null }, scale);
      bars[1]!.bar(
        { value: rule.coverage, stderr: null, ends: [rule.coverage_low, rule.coverage_high], pinned: null },
        SHARES,
      );
      setAttribute(element, "aria-current", data.raw.here === place);
      setAttribute(element, "aria-label", `${label}: ${said.map((each) => each.join(" ")).join(", ")}`);
    },
  };
}

function spelled([word, said, own]: [string, string, string]): (Node | string)[] {
  const soft = (what: string): Node => h("span", { class: "jx-soft" }, what);
  return [
    soft(word),
    " ",
    h("b", { title: said }, middle(said, LONGEST)),
    soft(own === "" ? " " : ` (${middle(own, 24)}) `),
  ];
}

/** A button for each condition of the row; what is pressed is the rule that is estimated. */
function toggles({ t, ask, redraw }: ViewHost) {
  const group = h("div", { class: "jx-segments", role: "group", "aria-label": t("rules.toggles") });
  const title = h("p", { class: "jx-soft" }, t("rules.toggles"));
  const search = h("button", { type: "button", class: "jx-button" }, t("rules.search"));
  const element = h("fieldset", { class: "jx-toggles" }, title, group, search);
  const rove = roving(group);
  let buttons: HTMLButtonElement[] = [];
  let data: Rules | null = null;
  // What was clicked since the last answer: two quick clicks are one rule.
  let wish: Set<string> | null = null;
  const chosen = (): Set<string> =>
    wish ?? new Set(data?.toggles.filter(([, pressed]) => pressed).map(([name]) => name));
  const asked = (rule: string[] | null): void => {
    ask?.({ settings: { rule } });
    draw();
  };
  on(search, "click", () => {
    wish = null;
    asked(null);
  });
  on(group, "click", ({ target }) => {
    const at = buttons.indexOf(target as HTMLButtonElement);
    if (at >= 0) press(data!.toggles[at]![0]);
  });
  function press(name: string): void {
    wish = new Set(chosen());
    if (!wish.delete(name)) wish.add(name);
    asked([...wish]);
  }
  function draw(): void {
    const pressed = chosen();
    for (const [i, [name]] of data!.toggles.entries()) {
      if (buttons[i] === undefined) return;
      setText(buttons[i]!, middle(name, LONGEST));
      setAttribute(buttons[i]!, "aria-pressed", pressed.has(name) ? "true" : "false");
    }
  }
  return {
    element,
    /** Puts a player into the rule, or takes it out. */
    flip(player: number): void {
      const name = data?.pieces?.players[player] ?? "";
      if (!element.disabled && data?.toggles.some((toggle) => toggle[0] === name)) press(name);
      redraw();
    },
    kept(): Set<number> {
      const names = chosen();
      return new Set(
        [...(data?.pieces?.players.keys() ?? [])].filter((i) => names.has(data!.pieces!.players[i]!)),
      );
    },
    update(next: Rules, running: boolean): void {
      show(element, next.toggles.length > 0);
      for (const each of [title, group]) show(each, next.pieces === null);
      const same = next.toggles.every(([name, pressed]) => pressed === wish?.has(name));
      if (next !== data && (same || !running)) wish = null;
      data = next;
      element.disabled = element.closest(".jx-root")?.getAttribute("data-link") !== "ok";
      search.disabled = next.raw.given !== true;
      if (next.pieces === null && buttons.length !== next.toggles.length) {
        buttons = next.toggles.map(
          (_, i) => buttons[i] ?? h("button", { type: "button", class: "jx-button" }),
        );
        group.replaceChildren(...buttons);
        rove();
      }
      draw();
    },
  };
}
