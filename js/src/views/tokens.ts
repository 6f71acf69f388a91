// Attribution of a text: the text itself, each token on the colour of what it adds.

import { colourIndex, type Lookup, limitOf, steady } from "../colors.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { plain, signedFor, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Answer, TableAttribution } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { lookupFor } from "./heatmap.js";
import { heatmapTools } from "./heatmapTools.js";
import { colourBar } from "./legend.js";
import { mapCaption } from "./mapCaption.js";
import { sentence } from "./say.js";
import { featureTable, type TableData } from "./tableData.js";

/** Tokens look like the features of a table to the code that writes sentences and tables. */
interface Text extends TableAttribution {
  /** White space before each token. */
  before: unknown[];
}

const read = new WeakMap<Answer, Text | null>();

export function textOf(answer: Answer | null): Text | null {
  if (answer === null || answer.layout.kind !== "other" || answer.layout.raw.kind !== "text") return null;
  if (!read.has(answer)) read.set(answer, decode(answer, answer.layout.raw));
  return read.get(answer) ?? null;
}

function decode(answer: Answer, raw: Record<string, unknown>): Text | null {
  const values = answer.arrays.get("values");
  if (!values?.length || !Array.isArray(raw.names) || !Array.isArray(raw.before)) return null;
  const names = raw.names.slice(0, values.length).map(String);
  const errors = answer.arrays.get("stderr");
  const stderr = errors?.length === values.length ? errors : null;
  return { ...answer, layout: { kind: "table", names, shown: [] }, values, stderr, before: raw.before };
}

function renamed(text: Text | null, name: (name: string, i: number, all: string[]) => string): Text | null {
  const { layout } = text ?? {};
  return text && { ...text, layout: { ...layout!, names: layout!.names.map(name) } };
}

export function tokensSentence(answer: Answer, t: Translate): DocumentFragment | null {
  const text = renamed(textOf(answer), (name) => t("tokens.quoted", { name }));
  return text && sentence(text, t);
}

/** A token that stands in the text again has a number, so that every row has a name of its own. */
export function tokensTable(answer: Answer, pinned: Answer | null, t: Translate): TableData | null {
  const seen = (each: Answer | null): Text | null => {
    const count = new Map<string, number>();
    return renamed(textOf(each), (name) => {
      const n = (count.get(name) ?? 0) + 1;
      count.set(name, n);
      return n > 1 ? t("tokens.again", { name, n }) : name;
    });
  };
  const text = seen(answer);
  return text && featureTable(text, seen(pinned));
}

interface Passage {
  figure: HTMLElement;
  draw(text: Text, limit: number, lookup: Lookup, caption: string): void;
}

export function tokens(host: ViewHost): View {
  const { t, preferences } = host;
  const live = passage(t);
  const pinned = passage(t);
  const legend = colourBar(t);
  const tools = heatmapTools(host);
  const both = h("div", { class: "jx-passages" }, pinned.figure, live.figure);
  const pics = h("div", { class: "jx-pics jx-text-pics" }, both, legend.element);
  const element = h("div", { class: "jx-picture" }, pics, tools.element);
  let limit: number | null = null;

  function update(scene: Scene): void {
    const text = textOf(scene.answer);
    if (text === null) return;
    const other = textOf(scene.pinned);
    const found = [text, other ?? text].map(({ values }) => limitOf(values, preferences.percentile));
    limit = preferences.kept ?? steady(limit, Math.max(...found.map((each) => each.limit)), !scene.running);
    const lookup = lookupFor(scene, preferences);
    const how = mapCaption(host, { ...found[0]!, clipped: found.some((each) => each.clipped) }, text.values);
    const shared = (): string => t("heat.live", { what: t("heat.caption.shared", { caption: how }) });
    live.draw(text, limit, lookup, other === null ? how : shared());
    show(pinned.figure, other !== null);
    if (other !== null) {
      const what = `${other.title}, ${other.baseline || other.target}`;
      pinned.draw(other, limit, lookup, t("heat.pinned", { what }));
    }
    legend.update(limit, lookup, preferences.mode, text.unit);
    tools.update(scene.colormaps, false, limit);
  }
  return { element, curve: "aside", update };
}

/** One coloured text with its caption and read-out. */
function passage(t: Translate): Passage {
  const list = h("div", { class: "jx-tokens", role: "list", "aria-label": t("tokens.label") });
  const caption = h("div", {});
  const problem = h("div", { class: "jx-problem" });
  const readout = h("div", { class: "jx-readout jx-num" }, t("tokens.hover"));
  const figure = h("figure", { class: "jx-figure" }, list, h("figcaption", {}, caption, problem, readout));
  let spans: HTMLElement[] = [];
  let key = "";
  let focused = 0;

  function draw(text: Text, limit: number, lookup: Lookup, words: string): void {
    arrange(text);
    const [signed, size] = [signedFor(limit || 1), unsignedFor(limit || 1)];
    const { values, stderr, base, output, layout } = text;
    for (const [i, span] of spans.entries()) {
      const at = colourIndex(values[i]!, limit) * 3;
      const [r = 0, g = 0, b = 0] = lookup.subarray(at, at + 3);
      const none = colourIndex(values[i]!, limit) === colourIndex(0, limit);
      span.style.background = none ? "" : `rgb(${r},${g},${b})`;
      // Black or white, whichever has the better contrast on the colour.
      span.style.color = none ? "" : 3 * r + 6 * g + b > 1250 ? "#111" : "#fff";
      span.dataset.value = String(values[i]);
      const value = signed(values[i]!) + (stderr === null ? "" : ` ± ${size(stderr[i]!)}`);
      const name = t("tokens.quoted", { name: layout.names[i]! });
      const said = t("tokens.read", { name, value, i: i + 1, n: spans.length });
      setAttribute(span, "title", said);
      setAttribute(span, "aria-label", said);
    }
    const ends = base !== null && output !== null && { base: plain(base), output: plain(output) };
    setText(caption, ends ? `${words} · ${t("legend.base", ends)}` : words);
    setText(problem, limit === 0 ? t("heat.zero") : "");
    setAttribute(figure, "aria-label", t("tokens.figure", text as never));
  }

  /** Tokens are made anew only for another text, so that focus and selection stay. */
  function arrange({ layout, before }: Text): void {
    const now = JSON.stringify([layout.names, before]);
    if (now === key) return;
    key = now;
    spans = layout.names.map((name) => h("span", { role: "listitem", tabindex: -1 }, name));
    list.replaceChildren(...spans.flatMap((span, i) => [i === 0 ? "" : String(before[i] ?? ""), span]));
    rove(0);
  }

  /** One tab stop for the whole text; arrows move inside it. */
  function rove(to: number): void {
    spans[focused]?.setAttribute("tabindex", "-1");
    focused = Math.max(0, Math.min(spans.length - 1, to));
    spans[focused]?.setAttribute("tabindex", "0");
  }
  const point = (event: Event): void => {
    const i = event.type === "focusout" ? -1 : spans.indexOf(event.target as HTMLElement);
    const focus = event.type === "focusin";
    if (focus && i >= 0) rove(i);
    setAttribute(readout, "aria-live", focus ? "polite" : null);
    setText(readout, spans[i]?.title ?? t("tokens.hover"));
  };
  for (const type of ["pointerover", "focusin", "pointerleave", "focusout"] as const) on(list, type, point);
  on(list, "keydown", (event) => {
    const far = spans.length;
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, Home: -far, End: far };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    rove(focused + step);
    spans[focused]?.focus();
  });
  return { figure, draw };
}
