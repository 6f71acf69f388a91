// What a layer puts out: a mosaic of its channels on one scale, and one of them enlarged.

import { absoluteLookup, type Lookup, limitOf, paint, signedLookup } from "../colors.js";
import { setOptions } from "../controls/field.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { signedFor, unsignedFor } from "../format.js";
import { drawPicture } from "../picture.js";
import type { Numbers } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type MapFigure, mapFigure, widen } from "./heatmap.js";
import { colourBar } from "./legend.js";
import { type MapsData, mapsOf } from "./mapsData.js";

const PAGE = 64;
const SIZE = 232;
const KEPT = 99.5;

export function maps(host: ViewHost): View {
  const { t, uid } = host;
  let data: MapsData;
  let other: MapsData | null = null;
  let scene: Scene;
  let [own, over, byNumber, page, channel] = [false, false, false, 0, -1];
  let [shown, tiles]: [number[], HTMLButtonElement[]] = [[], []];
  let [scale, signed, lookup]: [number, boolean, Lookup | null] = [1, false, null];
  const grid = h("div", { class: "jx-maps jx-num", role: "group" });
  const live = mapFigure(host, "jx-map-large", (row, column) => say(live, row, column));
  const pinned = mapFigure(host, "jx-map-large", (row, column) => say(pinned, row, column));
  const under = h("canvas", { class: "jx-under", "aria-hidden": "true" });
  live.stage.prepend(under);
  const legend = colourBar(t, true);
  const pair = h("div", { class: "jx-maps-row" }, pinned.figure, live.figure, legend.element);
  const sort = h("select", { id: `${uid}-map-sort` });
  const offered = (["strength", "number"] as const).map((value) => ({ value, label: t(`maps.${value}`) }));
  setOptions(sort, offered);
  on(sort, "change", () => {
    [byNumber, page] = [sort.value === "number", 0];
    host.redraw();
  });
  const sorting = h("div", { class: "jx-tool" }, h("label", { for: sort.id }, t("bars.sort")), sort);
  const owning = button("maps.own", () => (own = !own));
  const laying = button("maps.over", () => (over = !over));
  const back = button("maps.back", () => page--);
  const next = button("maps.next", () => page++);
  const where = h("span", { class: "jx-soft jx-num" });
  const tools = h("div", { class: "jx-tools" }, sorting, owning, laying, back, where, next);
  const element = h("div", { class: "jx-picture" }, h("div", { class: "jx-pics" }, pair, grid), tools);
  const resized = (): void => {
    legend.element.style.height = `${Math.max(72, live.stage.offsetHeight)}px`;
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(resized).observe(live.stage);

  function button(key: `maps.${"own" | "over" | "back" | "next"}`, act: () => void): HTMLButtonElement {
    const made = h("button", { type: "button", class: "jx-button" }, t(key));
    on(made, "click", () => {
      act();
      host.redraw();
    });
    return made;
  }

  function update(now: Scene): void {
    const found = mapsOf(now.answer);
    if (found === null) return;
    [data, scene, other] = [found, now, mapsOf(now.pinned)];
    if (other?.height !== data.height || other.width !== data.width || other.channels !== data.channels) {
      other = null;
    }
    const both = other === null ? [data] : [data, other];
    signed = both.some((each) => each.min.some((v) => v < 0));
    const { colormaps, theme } = scene;
    const { signedMap, absoluteMap } = host.preferences;
    lookup = signed
      ? signedLookup(colormaps.get(signedMap), theme)
      : absoluteLookup(colormaps.get(absoluteMap), theme);
    scale = limitOf(joined(both.flatMap((each) => each.maps)), KEPT).limit;
    const pages = data.over === "unit" ? 1 : Math.ceil(data.sent / PAGE);
    page = Math.max(0, Math.min(pages - 1, page));
    const order = Array.from({ length: data.sent }, (_, i) => i);
    if (byNumber || data.over === "unit") order.sort((a, b) => data.which[a]! - data.which[b]!);
    shown = pages === 1 ? order : order.slice(page * PAGE, (page + 1) * PAGE);
    const flat = data.over !== "image";
    for (const each of [back, where, next])
      show(each, pages > 1 || (each === where && data.sent < data.channels));
    [back.disabled, next.disabled] = [page === 0, page === pages - 1];
    show(sorting, data.over !== "unit");
    for (const each of [grid, owning, laying]) show(each, !flat && (each !== laying || scene.input !== null));
    setAttribute(owning, "aria-pressed", String(own));
    setAttribute(laying, "aria-pressed", String(over));
    const first = page * PAGE + 1;
    const last = first + shown.length - 1;
    setText(where, t("maps.page", { first, last, sent: data.sent, n: data.channels }));
    if (flat)
      large(
        (from) => matrix(from),
        () => t(data.over === "unit" ? "maps.units" : "maps.rows"),
        null,
      );
    else mosaic();
    legend.update(scale, lookup, signed ? "signed" : "absolute");
  }

  /** The picture beside the mosaic, or all there is; A beside B. */
  function large(
    of: (from: MapsData) => { values: Numbers; width: number } | null,
    what: (from: MapsData) => string,
    dead: string | null,
  ): void {
    const lay = over && dead !== null && scene.input !== null;
    show(under, lay);
    live.stage.classList.toggle("jx-laid", lay);
    if (lay) drawPicture(under, scene.input!, SIZE);
    for (const [figure, from, key] of [
      [live, data, "heat.live"],
      [pinned, other, "heat.pinned"],
    ] as const) {
      const map = from === null ? null : of(from);
      show(figure.figure, map !== null);
      if (map === null) continue;
      const { values, width } = map;
      const grid = { values, layout: { kind: "image", height: values.length / width, width } } as const;
      const size = dead === null ? 1.4 * SIZE : other === null ? SIZE : 0.8 * SIZE;
      if (dead === null && data.over !== "unit") widen(figure, values.length / width, 14);
      figure.draw(grid, { ...scene, input: null }, { limit: scale, lookup: lookup!, size, opacity: 1 });
      const said = what(from!);
      figure.caption(other === null ? said : t(key, { what: said }), dead ?? "");
      setAttribute(figure.figure, "aria-label", said);
    }
  }

  /** Units like lines of text; steps and tokens across, channels down. */
  function matrix(from: MapsData): { values: Numbers; width: number } {
    const unit = from.over === "unit";
    const width = unit ? Math.min(from.channels, from.channels > 64 ? 32 : 16) : from.width;
    const rows = unit ? Math.ceil(from.channels / width) : shown.length;
    const values = new Float32Array(width * rows).fill(Number.NaN);
    for (const [at, i] of shown.entries()) {
      const map = from.maps[from.which.indexOf(data.which[i]! as never)];
      if (map !== undefined) values.set(map, unit ? data.which[i]! : at * width);
    }
    return { values, width };
  }

  function mosaic(): void {
    if (tiles.length !== shown.length) {
      tiles = shown.map((_, at) => {
        const made = h("button", { type: "button", class: "jx-map" }, h("canvas", {}), h("span", {}));
        on(made, "click", () => choose(at));
        return made;
      });
      grid.replaceChildren(...tiles);
    }
    if (!shown.some((i) => data.which[i] === channel)) channel = data.which[shown[0]!]!;
    setAttribute(grid, "aria-label", t("maps.label", { layer: data.layer }));
    for (const [at, i] of shown.entries()) drawTile(tiles[at]!, i);
    const i = data.which.indexOf(channel as never);
    if (own) scale = limitOf(data.maps[i]!, 100).limit;
    large(
      (from) => {
        const values = from.maps[from.which.indexOf(channel as never)];
        return values === undefined ? null : { values, width: from.width };
      },
      words,
      data.dead[i] === 0 ? "" : t("maps.deadLong"),
    );
  }

  function words(from: MapsData, which = channel): string {
    const i = from.which.indexOf(which as never);
    const number = unsignedFor(Math.max(Math.abs(from.max[i]!), Math.abs(from.min[i]!)));
    const [low, mean, high] = [from.min[i]!, from.mean[i]!, from.max[i]!].map(number);
    return t("maps.one", { channel: which, low: low!, mean: mean!, high: high! });
  }

  function drawTile(tile: HTMLButtonElement, i: number): void {
    const { width, height } = data;
    const values = data.maps[i]!;
    const limit = own ? limitOf(values, 100).limit : scale;
    const canvas = tile.firstElementChild as HTMLCanvasElement;
    const [dead, chosen] = [data.dead[i] !== 0, data.which[i] === channel];
    [canvas.width, canvas.height] = [width, height];
    const pixels = paint(values, {
      limit,
      lookup: lookup!,
      base: null,
      opacity: 1,
      bad: scene.theme.neutral,
    });
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
    setText(tile.lastElementChild!, dead ? t("maps.dead", { channel: data.which[i]! }) : `${data.which[i]}`);
    tile.classList.toggle("jx-dead", dead);
    const said = words(data, data.which[i]!);
    setAttribute(tile, "aria-label", dead ? `${tile.textContent}, ${said}, ${t("maps.deadLong")}` : said);
    setAttribute(tile, "aria-pressed", String(chosen));
    tile.tabIndex = chosen ? 0 : -1;
  }

  function choose(at: number): void {
    const to = Math.max(0, Math.min(shown.length - 1, at));
    channel = data.which[shown[to]!]!;
    host.redraw();
    tiles[to]!.focus();
  }

  on(grid, "keydown", (event) => {
    const at = tiles.indexOf(document.activeElement as HTMLButtonElement);
    const across = tiles.filter((tile) => tile.offsetTop === tiles[0]!.offsetTop).length;
    const [right, down, far] = [1, across, tiles.length];
    const moves: Record<string, number> = { ArrowRight: right, ArrowLeft: -right, Home: -far, End: far };
    const move = { ...moves, ArrowDown: down, ArrowUp: -down }[event.key];
    if (move === undefined || at < 0) return;
    event.preventDefault();
    choose(at + move);
  });

  function say({ answer }: MapFigure, row: number, column: number): string {
    if (answer === null) return "";
    const at = row * answer.layout.width + column;
    const value = (signed ? signedFor : unsignedFor)(scale)(answer.values[at]!);
    if (data.over === "image") return t("heat.cell", { row, column, value });
    if (data.over === "unit") return t("maps.unit", { n: at, value });
    return t("maps.step", { channel: data.which[shown[row]!]!, column, value });
  }

  return { element, curve: "aside", update };
}

function joined(parts: readonly Numbers[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
