// How many rows have which values: one small histogram per column, split by group.

import { h, on, setAttribute, setText, svg } from "../dom.js";
import { count, middle, percent, plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { type Answer, isRecord, type Numbers } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { bold } from "./dataset.js";
import { key, label, resizing } from "./plane.js";
import { column, type TableData } from "./tableData.js";

const HIGH = 124;
const BOTTOM = 18;
const GROUPS = 6;

interface Panel {
  name: string;
  texts: string[] | null;
  x: Numbers;
  /** Rows of each group in each bin, group after group. */
  counts: Numbers;
  bins: number;
  missing: number;
  here: { x: string | number; share: number } | null;
}

interface DistributionsData {
  panels: Panel[];
  groups: string[];
  sizes: number[];
}

const read = new WeakMap<Answer, DistributionsData | null>();

function distributionsOf(answer: Answer | null): DistributionsData | null {
  if (answer === null || answer.type !== "distributions" || answer.layout.kind !== "other") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode({ arrays }: Answer, raw: Record<string, unknown>): DistributionsData | null {
  const groups = Array.isArray(raw.groups) ? raw.groups.map(String) : [];
  const specs = Array.isArray(raw.panels) ? raw.panels.filter(isRecord) : [];
  if (groups.length === 0 || specs.length === 0) return null;
  const gaps = arrays.get("missing");
  const panels = specs.map((spec, i): Panel => {
    const counts = arrays.get(`counts.${i}`) ?? new Float32Array();
    const here = isRecord(spec.here) ? spec.here : null;
    return {
      name: String(spec.name ?? ""),
      texts: Array.isArray(spec.texts) ? spec.texts.map(String) : null,
      x: arrays.get(`x.${i}`) ?? new Float32Array(),
      counts,
      bins: counts.length / groups.length,
      missing: groups.reduce((sum, _, g) => sum + (gaps?.[i * groups.length + g] ?? 0), 0),
      here: here === null ? null : { x: here.x as string | number, share: Number(here.share) },
    };
  });
  return { panels, groups, sizes: Array.isArray(raw.sizes) ? raw.sizes.map(Number) : [] };
}

/** `20 to 30`, or the category. */
function bin({ texts, x }: Panel, k: number, t: Translate): string {
  return texts?.[k] ?? t("dist.span", { low: plain(x[k]!), high: plain(x[k + 1]!) });
}

const groupClass = (g: number, many: number): string => (many === 1 ? "jx-gone" : `jx-g${g % GROUPS}`);

export function distributions({ t }: ViewHost): View {
  const legend = h("div", { class: "jx-legend jx-bar-legend jx-num" });
  const grid = h("div", { class: "jx-curves jx-num", role: "group", "aria-label": t("dist.group") });
  const element = h("div", { class: "jx-picture" }, legend, grid);
  const room = resizing(grid, () => last !== null && update(last));
  let views: ((panel: Panel, data: DistributionsData, width: number) => void)[] = [];
  let last: Scene | null = null;

  function update(scene: Scene): void {
    const data = distributionsOf(scene.answer);
    if (data === null) return;
    last = scene;
    const drawn = room();
    const across = Math.max(1, Math.min(data.panels.length, Math.floor((drawn + 14) / 214), 4));
    grid.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    if (views.length !== data.panels.length) {
      const made = data.panels.map(() => histogram(t));
      views = made.map((each) => each.update);
      grid.replaceChildren(...made.map((each) => each.element));
    }
    const width = (drawn - 14 * (across - 1)) / across;
    for (const [i, panel] of data.panels.entries()) views[i]!(panel, data, width);
    const names = data.groups.map((name, g) => {
      const made = key(`box ${groupClass(g, data.groups.length)}`);
      made.say(
        data.groups.length === 1
          ? t("dist.rows", { n: count(data.sizes[g]!) })
          : t("dist.size", { name, n: count(data.sizes[g]!) }),
      );
      return made.element;
    });
    const own = key("zero");
    own.say(data.panels.some((panel) => panel.here !== null) ? t("curves.own") : "");
    legend.replaceChildren(...names, own.element);
  }
  return { element, curve: "aside", update };
}

function histogram(t: Translate): {
  element: HTMLElement;
  update(panel: Panel, data: DistributionsData, width: number): void;
} {
  const name = h("div", { class: "jx-panel-name" });
  const chart = svg("svg", { class: "jx-chart", "aria-hidden": "true" });
  const stage = h("div", { class: "jx-stage jx-curve-stage jx-dist", tabindex: 0, role: "img" }, chart);
  const readout = h("div", { class: "jx-readout" });
  const element = h("figure", { class: "jx-figure jx-panel" }, name, stage, h("figcaption", {}, readout));
  let shown: { panel: Panel; data: DistributionsData; place: (v: number) => number } | null = null;
  let at: number | null = null;

  function update(panel: Panel, data: DistributionsData, width: number): void {
    const total = data.sizes.reduce((a, b) => a + b, 0);
    const gaps =
      panel.missing > 0 ? ` · ${t("dist.missing", { share: percent(panel.missing / total) })}` : "";
    setText(name, middle(panel.name, Math.max(10, Math.floor(width / 7) - gaps.length)) + gaps);
    setAttribute(name, "title", panel.name);
    stage.style.height = `${HIGH}px`;
    setAttribute(chart, "viewBox", `0 0 ${width} ${HIGH}`);
    const x = panel.texts === null ? panel.x : Float32Array.from({ length: panel.bins + 1 }, (_, k) => k);
    const place = (v: number): number => 4 + ((v - x[0]!) / (x.at(-1)! - x[0]!)) * (width - 8);
    shown = { panel, data, place };
    chart.replaceChildren(
      ...bars(panel, data, x, place),
      ...texts(panel, width, place),
      ...own(panel, place),
    );
    setAttribute(stage, "aria-label", t("dist.label", { name: panel.name, n: panel.bins }));
    point(at);
  }

  function bars(
    panel: Panel,
    data: DistributionsData,
    x: Numbers,
    place: (v: number) => number,
  ): SVGElement[] {
    const many = data.groups.length;
    const dense = (k: number, g: number): number => panel.counts[g * panel.bins + k]! / (x[k + 1]! - x[k]!);
    const sums = Array.from({ length: panel.bins }, (_, k) =>
      data.groups.reduce((sum, _g, g) => sum + dense(k, g), 0),
    );
    const most = Math.max(...sums, 1e-300);
    const gap = panel.texts === null ? 0 : 0.1;
    return sums.flatMap((_, k) => {
      let y = HIGH - BOTTOM;
      return data.groups.map((_g, g) => {
        const height = (dense(k, g) / most) * (HIGH - BOTTOM - 6);
        y -= height;
        const left = place(x[k]! + gap);
        return svg("rect", {
          class: groupClass(g, many),
          x: left,
          y,
          width: Math.max(1, place(x[k + 1]! - gap) - left),
          height,
        });
      });
    });
  }

  function texts(panel: Panel, width: number, place: (v: number) => number): SVGElement[] {
    const y = HIGH - 5;
    if (panel.texts === null) {
      const ends: [number, string][] = [
        [0, "start"],
        [panel.x.length - 1, "end"],
      ];
      return ends.map(([k, anchor]) =>
        label(plain(panel.x[k] ?? Number.NaN), { x: k === 0 ? 4 : width - 4, y, "text-anchor": anchor }),
      );
    }
    const letters = Math.floor(width / panel.bins / 6.4);
    if (letters < 3) return [];
    return panel.texts.map((words, k) =>
      label(middle(words, letters), { x: place(k + 0.5), y, "text-anchor": "middle" }),
    );
  }

  function own({ here, texts: words }: Panel, place: (v: number) => number): SVGElement[] {
    const v = here === null ? -1 : words === null ? Number(here.x) : words.indexOf(String(here.x)) + 0.5;
    if (here === null || (words !== null && v < 0.5)) return [];
    return [svg("line", { x1: place(v), x2: place(v), y1: 0, y2: HIGH - BOTTOM })];
  }

  function point(to: number | null): void {
    at = to === null || shown === null ? null : Math.max(0, Math.min(shown.panel.bins - 1, to));
    if (shown === null) return;
    const { panel, data } = shown;
    for (const [i, rect] of [...chart.querySelectorAll("rect")].entries())
      setAttribute(rect, "opacity", at === null || Math.floor(i / data.groups.length) === at ? null : 0.45);
    if (at === null) {
      const { here } = panel;
      const params =
        here === null
          ? {}
          : { x: typeof here.x === "number" ? plain(here.x) : here.x, p: Math.round(100 * here.share) };
      const words = typeof here?.x === "number" ? "dist.here" : "dist.same";
      setText(readout, here === null ? "" : t(words, params));
      return;
    }
    const each = data.groups.map((group, g) => ({ group, n: panel.counts[g * panel.bins + at!]! }));
    const n = count(each.reduce((sum, one) => sum + one.n, 0));
    const words = t("dist.bin", { x: bin(panel, at, t), n });
    setText(
      readout,
      each.length === 1
        ? words
        : `${words} (${each.map((one) => `${one.group}: ${count(one.n)}`).join(", ")})`,
    );
  }

  on(stage, "pointermove", (event) => {
    if (shown === null) return;
    const v = event.clientX - stage.getBoundingClientRect().left;
    const x =
      shown.panel.texts === null
        ? shown.panel.x
        : Float32Array.from({ length: shown.panel.bins + 1 }, (_, k) => k);
    readout.removeAttribute("aria-live");
    point(Array.from(x).findLastIndex((edge) => shown!.place(edge) <= v));
  });
  for (const type of ["pointerleave", "blur"] as const) on(stage, type, () => point(null));
  on(stage, "keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e6, End: 1e6 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    point(at === null ? (step > 0 ? 0 : 1e6) : at + step);
  });
  return { element, update };
}

export function distributionsSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const data = distributionsOf(answer);
  if (data === null || data.panels.every((panel) => panel.here === null)) return null;
  const odd = data.panels.filter(({ here, texts }) => {
    if (here === null || (texts !== null && !texts.includes(String(here.x)))) return false;
    return here.share < 0.05 || (texts === null && here.share > 0.95);
  });
  if (odd.length === 0) return t.rich("say.distUsual", {});
  const names = odd
    .slice(0, 3)
    .map(
      ({ name, here }) => `${middle(name, 28)} = ${typeof here!.x === "number" ? plain(here!.x) : here!.x}`,
    );
  return t.rich("say.distUnusual", { names: bold(names, t) });
}

export function distributionsTable(answer: Answer, _: Answer | null, t: Translate): TableData | null {
  const data = distributionsOf(answer);
  if (data === null) return null;
  const columns = [
    column("feature", "table.feature"),
    column("x", "table.value"),
    ...data.groups.map((group, g) => ({ ...column(`g${g}`, "table.rows", plain), text: group })),
  ];
  const rows = data.panels.flatMap((panel) =>
    Array.from({ length: panel.bins }, (_each, k) => [
      panel.name,
      bin(panel, k, t),
      ...data.groups.map((_g, g) => panel.counts[g * panel.bins + k]!),
    ]),
  );
  return { columns, rows };
}
