// If-then rules as sentences, with bars for precision and coverage; the conditions of an anchor can be switched.

import { h, on, setAttribute, setText, show } from "../dom.js";
import { count, middle, percent, plain } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { type Answer, isRecord } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { BarRow } from "./barRow.js";
import type { BarScale } from "./barScale.js";
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
}
interface Rules {
  raw: Record<string, unknown>;
  rules: Rule[];
  toggles: [string, boolean][];
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
    return { ...Object.fromEntries(numbers), terms, outcome: String(rule.outcome) } as Rule;
  });
  const toggles = list(raw.toggles).map((each) => [String(list(each)[0]), list(each)[1] === true]);
  return rules.length > 0 ? { raw, rules, toggles: toggles as [string, boolean][] } : null;
}

/** Words and texts in turn: IF, a condition, AND, …, THEN, the outcome; conditions with the row's own value. */
function parts({ terms, outcome }: Rule, place: number, t: Translate): [string, string, string][] {
  const words: Key[] = [place > 0 ? "rules.elseIf" : "rules.if", "rules.and"];
  const last: Key = terms.length > 0 ? "rules.then" : place > 0 ? "rules.else" : "rules.always";
  return [
    ...terms.map(([text, own], i): [string, string, string] => [t(words[Math.min(i, 1)]!), text, own]),
    [t(last), outcome, ""],
  ];
}

const text = (rule: Rule, place: number, t: Translate): string =>
  parts(rule, place, t)
    .map(([word, said]) => `${word} ${said}`)
    .join(" ");

const ends = (low: number, high: number, show: (value: number) => string): string =>
  Number.isFinite(low + high) ? ` ${show(low)} – ${show(high)}` : "";

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
  const said = t.rich("say.anchor", {
    value: h("b", {}, plain(rule.value)),
    what: h("b", {}, rule.outcome),
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
  const element = h("div", {}, live.element, otherwise, about, pinned.element, switches.element);

  function update(scene: Scene): void {
    const [data, other] = [rulesOf(scene.answer), rulesOf(scene.pinned)];
    if (data === null) return;
    const all = [...data.rules, ...(other?.rules ?? [])];
    const ends = [0, ...all.flatMap(({ low, high, value }) => [low, high, value])].filter(Number.isFinite);
    const scale = data.raw.numbers ? { low: Math.min(...ends), high: Math.max(...ends) } : SHARES;
    live.update(data, scale);
    if (other !== null) pinned.update(other, scale);
    show(pinned.element, other !== null);
    show(about, other !== null);
    if (other !== null)
      setText(about, t("heat.pinned", { what: `${scene.pinned!.title}, ${scene.pinned!.target}` }));
    const { otherwise: n, support } = data.rules[0]!;
    const whisker = t("rules.whisker", { share: percent(Number(data.raw.sure)) });
    const counts = { n: count(n), total: count(support) };
    setText(otherwise, (data.raw.list ? "" : t("rules.otherwise", counts)) + whisker);
    switches.update(data, scene.running);
  }
  return { element, curve: "aside", update };
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
function toggles({ t, ask }: ViewHost) {
  const group = h("div", { class: "jx-segments", role: "group", "aria-label": t("rules.toggles") });
  const search = h("button", { type: "button", class: "jx-button" }, t("rules.search"));
  const element = h(
    "fieldset",
    { class: "jx-toggles" },
    h("p", { class: "jx-soft" }, t("rules.toggles")),
    group,
    search,
  );
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
    if (at < 0) return;
    const [name] = data!.toggles[at]!;
    wish = new Set(chosen());
    if (!wish.delete(name)) wish.add(name);
    asked([...wish]);
  });
  function draw(): void {
    const pressed = chosen();
    for (const [i, [name]] of data!.toggles.entries()) {
      setText(buttons[i]!, middle(name, LONGEST));
      setAttribute(buttons[i]!, "aria-pressed", pressed.has(name) ? "true" : "false");
    }
  }
  return {
    element,
    update(next: Rules, running: boolean): void {
      show(element, next.toggles.length > 0);
      const same = next.toggles.every(([name, pressed]) => pressed === wish?.has(name));
      if (next !== data && (same || !running)) wish = null;
      data = next;
      element.disabled = element.closest(".jx-root")?.getAttribute("data-link") !== "ok";
      search.disabled = next.raw.given !== true;
      if (buttons.length !== next.toggles.length) {
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
