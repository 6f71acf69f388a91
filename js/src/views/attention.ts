// What attends to what: one matrix, or arcs from one token; layers and heads are scrubbed without asking the kernel.

import { absoluteLookup } from "../colors.js";
import { setOptions } from "../controls/field.js";
import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { middle, plain } from "../format.js";
import type { Answer, Numbers } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type AttentionData, attentionOf, choiceOf, chosen, largestAt, matrix } from "./attentionData.js";
import { type Grid, type MapFigure, mapFigure } from "./heatmap.js";
import { colourBar } from "./legend.js";

const SIZE = 320;
const PINNED_SIZE = 240;
const LABEL = 12; // pixels that a name needs
const MARGIN = 88; // pixels left of the matrix, for names

interface Shown {
  data: AttentionData;
  values: Numbers;
}

export function attention(host: ViewHost): View {
  const { t, uid } = host;
  const words = { hover: t("att.hover"), keys: t("att.keys") };
  const live = mapFigure(host, "jx-attention-map", (row, column) => look(row, column), words);
  const pinned = mapFigure(host, "jx-attention-pinned", (row, column) => pair(other, row, column), words);
  const patches = mapFigure(host, "jx-attention-grid", (row, column) => patch(row, column), {
    ...words,
    hover: "",
  });
  const names = [labels(live, "jx-att-left"), labels(live, "jx-att-top")];
  const legend = colourBar(t);
  const arcs = svg("svg", { class: "jx-att-arcs", tabindex: 0, role: "img" });
  const readout = h("figcaption", { class: "jx-num", "aria-live": "polite" });
  const arcFigure = h("figure", { class: "jx-figure" }, h("div", { class: "jx-att-box" }, arcs), readout);
  const side = h("div", { class: "jx-side" }, patches.figure);
  const rows = h("div", { class: "jx-maps-row" }, pinned.figure, live.figure, arcFigure, legend.element);

  const layer = h("input", { id: `${uid}-layer`, type: "range", min: 0 });
  const layerName = h("output", { class: "jx-value", for: layer.id, "aria-live": "off" });
  const head = h("select", { id: `${uid}-head` });
  const tool = (label: string, control: HTMLElement, more?: HTMLElement): HTMLElement =>
    h("div", { class: "jx-tool" }, h("label", { for: control.id }, label), control, more);
  const tools = [tool(t("att.layer"), layer, layerName), tool(t("att.head"), head)] as const;
  const buttons = (["att.matrix", "att.arcs", "att.shared"] as const).map((key, i) => {
    const made = h("button", { type: "button", class: "jx-button" }, t(key));
    on(made, "click", () => {
      if (i === 2) oneScale = !oneScale;
      else asArcs = i === 1;
      host.redraw();
    });
    return made;
  });
  const element = h(
    "div",
    { class: "jx-picture jx-maps jx-attention" },
    h("div", { class: "jx-tools" }, buttons[0], buttons[1], ...tools, buttons[2]),
    h("div", { class: "jx-pics" }, rows, side),
  );

  let asArcs = false;
  let oneScale = true;
  let choice = { layer: 0, head: -1 };
  let query = -1;
  let scene: Scene | null = null;
  let now: Shown | null = null;
  let other: Shown | null = null;
  let limit = 1;

  /** The legend is as tall as the matrix is on screen; a narrow page shrinks both. */
  const resize = (): void => {
    legend.element.style.height = `${asArcs ? 132 : live.stage.offsetHeight || SIZE}px`;
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resize).observe(live.stage);
  const choose = (): void => {
    if (scene !== null) chosen.set(scene.answer, { layer: Number(layer.value), head: Number(head.value) });
    host.redraw();
  };
  on(layer, "input", choose);
  on(head, "change", choose);

  function update(next: Scene): void {
    const data = attentionOf(next.answer);
    if (data === null) return;
    const last = data.layers.length - 1;
    if (now !== null && next.answer !== scene?.answer && now.data.layers.length === last + 1) {
      chosen.set(next.answer, choice);
    }
    scene = next;
    choice = choiceOf(next.answer, data);
    const values = matrix(data, choice);
    now = { data, values };
    other = shownOf(next.pinned);
    if (query < 0 || query >= data.tokens.length) query = data.causal ? data.tokens.length - 1 : 0;
    const both = [...values, ...(other?.values ?? [])];
    limit = oneScale ? Math.max(data.top, other?.data.top ?? 0) : both.reduce((a, b) => Math.max(a, b), 0);

    layer.max = String(last);
    layer.value = String(choice.layer);
    const name = data.layers[choice.layer]!;
    setText(layerName, name);
    setAttribute(layer, "aria-valuetext", name);
    const sent = choice.layer > last - data.full ? data.heads : 0;
    setOptions(head, [
      { value: "-1", label: t("att.mean") },
      ...Array.from({ length: sent }, (_, i) => ({ value: String(i), label: String(i) })),
    ]);
    head.value = String(choice.head);
    show(tools[0], last > 0);
    show(tools[1], data.heads > 1);
    for (const [i, on] of [!asArcs, asArcs, oneScale].entries())
      setAttribute(buttons[i]!, "aria-pressed", `${on}`);

    const two = other !== null && !asArcs;
    const size = two ? PINNED_SIZE : SIZE;
    show(live.figure, !asArcs);
    show(pinned.figure, two);
    show(arcFigure, asArcs);
    paint(live, values, data.tokens.length, data.tokens.length, size);
    const where = `${name}, ${choice.head < 0 ? t("att.mean") : `${t("att.head")} ${choice.head}`}`;
    const cut = data.step > 1 ? t("att.step", data as never) : "";
    live.caption(where, `${cut} ${sent || data.heads < 2 ? "" : t("att.notSent")}`.trim());
    setAttribute(live.figure, "aria-label", where);
    const pixels = Number.parseFloat(live.stage.style.width);
    const named = !two && !asArcs;
    if (named) live.figure.style.flexBasis = `${pixels + MARGIN}px`;
    rows.classList.toggle("jx-att-named", named);
    for (const place of names) place(named ? data.tokens : [], pixels);
    if (other !== null) {
      paint(pinned, other.values, other.data.tokens.length, other.data.tokens.length, size);
      pinned.caption(t("heat.pinned", { what: next.pinned?.title ?? "" }), "");
    }
    legend.update(limit, lookup(), "absolute");
    resize();
    drawQuery();
  }

  function shownOf(answer: Answer | null): Shown | null {
    const data = attentionOf(answer);
    return data === null ? null : { data, values: matrix(data, choice) };
  }

  const lookup = () => absoluteLookup(scene!.colormaps.get("cividis"), scene!.theme);

  function paint(map: MapFigure, values: Numbers, height: number, width: number, size: number): void {
    const grid: Grid = { values, layout: { kind: "image", height, width } };
    map.draw(grid, { ...scene!, input: null }, { limit, lookup: lookup(), size, opacity: 1 });
  }

  function pair(of: Shown | null, row: number, column: number): string {
    if (of === null) return "";
    const { tokens } = of.data;
    const value = short(of.values[row * tokens.length + column]!);
    return t("att.pair", { from: tokens[row]!, to: `${tokens[column]}: ${value}` });
  }

  function look(row: number, column: number): string {
    query = row;
    drawQuery();
    return pair(now, row, column);
  }

  function patch(row: number, column: number): string {
    const { grid, prefix } = now!.data;
    return pair(now, query, prefix + row * grid![1] + column);
  }

  /** What the chosen token takes: from the patches, where they are on the picture, and as arcs. */
  function drawQuery(): void {
    const { data, values } = now!;
    const n = data.tokens.length;
    const own = values.subarray(query * n, (query + 1) * n);
    show(side, data.grid !== null);
    if (data.grid !== null) {
      paint(patches, own.subarray(data.prefix), ...data.grid, 132);
      patches.caption(t("att.patches", { from: data.tokens[query]! }), "");
    }
    if (!asArcs) return;
    const step = Math.max(LABEL, Math.min(22, 300 / n));
    const y = (i: number): number => (i + 0.5) * step;
    setAttribute(arcs, "viewBox", `0 0 340 ${n * step}`);
    const parts = data.tokens.flatMap((token, i) => {
      const share = limit > 0 ? Math.min(1, own[i]! / limit) : 0;
      const d = `M116 ${y(query)}C170 ${y(query)} 170 ${y(i)} 224 ${y(i)}`;
      const name = (x: number, strong: boolean, anchor: string | null): Node => {
        const look = { x, y: y(i), "text-anchor": anchor, class: strong ? "jx-att-strong" : null };
        return svg("text", look, middle(token, 17));
      };
      const arc = svg("path", { d, "stroke-width": 6 * share, opacity: 0.2 + 0.8 * share });
      return [arc, name(110, i === query, "end"), name(230, share > 0.25, null)];
    });
    arcs.replaceChildren(...parts);
    const best = largestAt(own, 3).map((i) => `${data.tokens[i]} ${short(own[i]!)}`);
    const told = t("att.pair", { from: data.tokens[query]!, to: best.join(t("say.comma")) });
    setText(readout, told);
    setAttribute(arcs, "aria-label", `${told}. ${t("att.arcKeys")}`);
  }

  const ask = (token: number): void => {
    query = Math.max(0, Math.min(now!.data.tokens.length - 1, token));
    drawQuery();
  };
  arcs.addEventListener("pointermove", (event) => {
    const box = arcs.getBoundingClientRect();
    const inNames = event.clientX < box.left + box.width / 2;
    if (inNames) ask(Math.floor(((event.clientY - box.top) / box.height) * now!.data.tokens.length));
  });
  arcs.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    ask(query + move);
  });
  return { element, side, curve: "beside", update };
}

function short(weight: number): string {
  return plain(Number(weight.toPrecision(2)));
}

/** Names along one side of a matrix: all of them, or as many as have room. */
function labels(map: MapFigure, name: string): (tokens: readonly string[], pixels: number) => void {
  const list = h("div", { class: `jx-att-labels ${name}`, "aria-hidden": "true" });
  map.stage.append(list);
  return (tokens, pixels) => {
    const every = Math.ceil((LABEL * tokens.length) / pixels);
    const spans = tokens.map((token, i) => {
      const brief = token.replace(/^(patch|position|steps?|token) (?=\d)/, "");
      const label = h("span", { hidden: i % every > 0 }, middle(brief, 14));
      label.style.setProperty("--at", `${(100 * (i + 0.5)) / tokens.length}%`);
      return label;
    });
    list.replaceChildren(...spans);
  };
}
