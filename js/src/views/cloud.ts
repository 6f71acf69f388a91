// A swarm per column: as wide as rows are many, coloured by the column's value. Any column opens as a plane of its
// values against its attributions. Both are drawn from counts; no row of the data is here.

import { absoluteLookup, type RGB, ZERO } from "../colors.js";
import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, middle, percent, plain, signedFor } from "../format.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type CloudData, type CloudPanel, cloudOf, size } from "./cloudData.js";
import { ticks } from "./curvesData.js";
import { colourKey, key, label, plane, resizing } from "./plane.js";

const ROW = 30;
const FOOT = 22;
const NONE = 255;
const GREY: RGB = [140, 140, 140];

export function cloud({ t }: ViewHost): View {
  const picture = plane("jx-scatter");
  const { stage, readout } = picture;
  const list = h("div", { class: "jx-cloud-rows", role: "group" });
  stage.append(list);
  const back = h("button", { type: "button", class: "jx-button" }, t("cloud.back"));
  const scale = colourKey();
  const [none, own] = [key("none"), key("ring")];
  const about = h("span", {});
  const legend = h(
    "div",
    { class: "jx-legend jx-bar-legend jx-num" },
    ...[back, scale.element, none.element, own.element, about],
  );
  const element = h("div", { class: "jx-picture" }, legend, picture.figure);
  const cursor = svg("rect", { class: "jx-cell-cursor", visibility: "hidden" });
  const rove = roving(list);
  const room = resizing(stage, () => last !== null && update(last));
  let last: Scene | null = null;
  let data: CloudData | null = null;
  let opened: string | null = null;
  let at: [number, number] | null = null;
  /** Edges of the drawing, and of the numbers along both axes. */
  let box = { left: 0, right: 1, top: 0, bottom: 1 };
  let ends: [number, number][] = [];

  const toX = (v: number): number =>
    box.left + ((v - ends[0]![0]) / (ends[0]![1] - ends[0]![0])) * (box.right - box.left);
  const toY = (v: number): number =>
    box.bottom - ((v - ends[1]![0]) / (ends[1]![1] - ends[1]![0])) * (box.bottom - box.top);
  const panelOf = (): CloudPanel | undefined => data?.panels.find(({ name }) => name === opened);

  function update(scene: Scene): void {
    const next = cloudOf(scene.answer);
    if (next === null) return;
    [last, data] = [scene, next];
    const [panel, width] = [panelOf(), room()];
    for (const part of [back, list]) show(part, (part === back) === (panel !== undefined));
    setAttribute(stage, "tabindex", panel === undefined ? null : 0);
    setAttribute(stage, "role", panel === undefined ? null : "img");
    const words = t("cloud.label", { title: scene.answer.title, n: next.panels.length });
    setAttribute(stage, "aria-label", panel === undefined ? null : t("cloud.plane", { name: panel.name }));
    setAttribute(list, "aria-label", words);
    const all = next.columns > next.panels.length;
    setText(about, all ? t("cloud.some", { n: next.panels.length, total: next.columns }) : "");
    own.say(next.panels[0]!.here === null ? "" : t("curves.own"));
    if (panel === undefined) swarms(next, scene, width);
    else scatter(panel, scene, width);
    if (panel === undefined && !list.contains(document.activeElement)) setText(readout, t("cloud.hover"));
    else if (panel !== undefined) point(at);
  }

  function swarms(now: CloudData, scene: Scene, width: number): void {
    const [left, right] = [Math.max(64, Math.min(170, 0.24 * width)), width < 480 ? 68 : 112];
    const high = ROW * now.panels.length;
    box = { left, right: width - right, top: 0, bottom: high };
    const own = now.panels.flatMap(({ here }) => (here === null ? [] : [here[1]]));
    ends = [
      [Math.min(now.span[0], ...own), Math.max(now.span[1], ...own)],
      [0, 1],
    ];
    const table = absoluteLookup(scene.colormaps.get("viridis"), scene.theme);
    // Without the end that is hard to see on the page: the dark one, or the light one.
    const visible = (v: number): number => (scene.theme.dark ? 0.22 + 0.78 * v : 0.94 * v);
    const colour = (v: number): RGB =>
      [0, 1, 2].map((c) => table[(ZERO + Math.round(255 * visible(v))) * 3 + c]!) as unknown as RGB;
    const rings = now.panels.flatMap(({ here }, i) =>
      here === null ? [] : [ring(toX(here[1]), (i + 0.5) * ROW)],
    );
    picture.draw(width, high + FOOT, [...across(high), ...rings]);
    for (const [i, { counts, colour: ranks }] of now.panels.entries()) {
      const most = Math.max(...counts, 1);
      const step = (now.span[1] - now.span[0]) / counts.length;
      const middle = (i + 0.5) * ROW;
      counts.forEach((n: number, k: number) => {
        const half = Math.max(0.8, ((ROW / 2 - 2) * n) / most);
        const rank = ranks[k]!;
        const xs = [k, k + 1].map((b) => toX(now.span[0] + b * step));
        if (n > 0)
          picture.cells(xs, [middle - half, middle + half], () =>
            rank === NONE ? GREY : colour(rank / 254),
          );
      });
    }
    scale.update({ low: 0, high: 100, centre: null }, (v) => colour(v / 100), t("cloud.rank"));
    none.say(now.panels.some(({ texts }) => texts !== null) ? t("cloud.none") : "");
    buttons(now, left, right);
  }

  function buttons(now: CloudData, left: number, right: number): void {
    while (list.children.length > now.panels.length) list.lastChild!.remove();
    for (const [i, panel] of now.panels.entries()) {
      const button = (list.children[i] as HTMLElement) ?? list.appendChild(row(i));
      const [name, value] = button.children as unknown as [HTMLElement, HTMLElement];
      name.style.width = `${left - 10}px`;
      setText(name, panel.name);
      setText(value, right < 70 ? plain(panel.mean) : size(panel, t));
      setAttribute(button, "aria-label", spoken(panel, i));
      setAttribute(button, "title", panel.name);
    }
    rove();
  }

  function row(i: number): HTMLElement {
    const button = h("button", { type: "button", style: `height:${ROW}px` }, h("span"), h("span"));
    on(button, "click", () => open(data!.panels[i]!.name));
    on(button, "focus", () => setText(readout, spoken(data!.panels[i]!, i)));
    on(button, "pointermove", (event) => {
      const { panels, span } = data!;
      const { counts, colour, name } = panels[i]!;
      const v =
        ends[0]![0] +
        ((event.clientX - stage.getBoundingClientRect().left - box.left) / (box.right - box.left)) *
          (ends[0]![1] - ends[0]![0]);
      const k = Math.floor(((v - span[0]) / (span[1] - span[0])) * counts.length);
      const rank = colour[k] === NONE ? "" : t("cloud.at", { p: Math.round((100 * colour[k]!) / 254) });
      const bin = (): string => t("cloud.bin", { name, v: signed(v), n: count(counts[k]!) }) + rank;
      setText(readout, counts[k]! > 0 ? bin() : spoken(panels[i]!, i));
    });
    return button;
  }

  const signed = (v: number): string =>
    signedFor(Math.max(...ends[opened === null ? 0 : 1]!.map(Math.abs)))(v);
  const spoken = (panel: CloudPanel, i: number): string =>
    t("cloud.row", {
      name: panel.name,
      size: size(panel, t),
      share: percent(panel.positive),
      rank: i + 1,
      n: data!.columns,
    });

  function open(name: string | null): void {
    const from = opened;
    [opened, at] = [name, null];
    if (last !== null) update(last);
    const i = data?.panels.findIndex((panel) => panel.name === from) ?? 0;
    (name === null ? (list.children[Math.max(0, i)] as HTMLElement) : stage).focus();
  }

  /** Numbers under the picture with hairlines, and where zero is. */
  function across(bottom: number): SVGElement[] {
    const most = Math.max(2, Math.floor((box.right - box.left) / 80));
    return ticks(...ends[0]!, most).flatMap((v) => [
      svg("line", {
        class: v === 0 ? "jx-axis" : "jx-chart-grid",
        x1: toX(v),
        x2: toX(v),
        y1: 0,
        y2: bottom,
      }),
      label(plain(v), { x: toX(v), y: bottom + 15, "text-anchor": "middle" }),
    ]);
  }

  const ring = (cx: number, cy: number): SVGElement => svg("circle", { class: "jx-ring", r: 5, cx, cy });

  function scatter(panel: CloudPanel, scene: Scene, width: number): void {
    const { x, y, cells, here, texts } = panel;
    const high = Math.round(Math.max(220, Math.min(380, 0.6 * width)));
    box = { left: 58, right: width - 12, top: 20, bottom: high - 38 };
    const inside = here === null ? [] : [here[1]];
    ends = [
      [x[0]!, x.at(-1)!],
      [Math.min(y[0], ...inside), Math.max(y[1], ...inside)],
    ];
    const table = absoluteLookup(undefined, scene.theme);
    const most = Math.max(...cells, 1);
    const colour = (n: number): RGB => {
      const k = ZERO + Math.round(255 * (0.12 + 0.88 * Math.sqrt(n / most)));
      return [0, 1, 2].map((c) => table[k * 3 + c]!) as unknown as RGB;
    };
    const [wide, tall] = [x.length - 1, cells.length / (x.length - 1)];
    const side = Math.max(3, Math.floor((box.right - box.left) / 6.4 / wide));
    const names = (texts ?? []).map((words, k) =>
      label(middle(words, side), { x: toX(k + 0.5), y: box.bottom + 15, "text-anchor": "middle" }),
    );
    const up = ticks(...ends[1]!, 6).flatMap((v) => [
      svg("line", {
        class: v === 0 ? "jx-axis" : "jx-chart-grid",
        x1: box.left,
        x2: box.right,
        y1: toY(v),
        y2: toY(v),
      }),
      label(plain(v), { x: box.left - 6, y: toY(v) + 3.5, "text-anchor": "end" }),
    ]);
    const place = here === null || here[0] === null ? null : here[0] + (texts === null ? 0 : 0.5);
    const dot = place === null ? [] : [ring(toX(Math.max(x[0]!, Math.min(x.at(-1)!, place))), toY(here![1]))];
    picture.draw(width, high, [
      ...(texts === null ? across(box.bottom) : names),
      ...up,
      label(middle(`${panel.name} →`, width / 7), {
        x: box.right,
        y: high - 6,
        "text-anchor": "end",
        "data-name": "",
      }),
      label(`↑ ${t("table.attribution")}`, { x: 4, y: 12, "data-name": "" }),
      ...dot,
      cursor,
    ]);
    const rungs = Array.from({ length: tall + 1 }, (_, j) => toY(y[0] + (j * (y[1] - y[0])) / tall));
    picture.cells(x.map(toX), rungs, (i, j) =>
      cells[j * wide + i]! > 0 ? colour(cells[j * wide + i]!) : null,
    );
    scale.update({ low: 0, high: most, centre: null }, colour, t("table.rows"));
    none.say("");
  }

  /** Reads one square of the plane. */
  function point(to: [number, number] | null): void {
    const panel = panelOf();
    if (panel === undefined) return;
    const { x, y, cells, texts } = panel;
    const [wide, tall] = [x.length - 1, cells.length / (x.length - 1)];
    at = to && [Math.max(0, Math.min(wide - 1, to[0])), Math.max(0, Math.min(tall - 1, to[1]))];
    setAttribute(cursor, "visibility", at === null ? "hidden" : "visible");
    if (at === null) {
      setText(readout, t("surface.hover"));
      return;
    }
    const [i, j] = at;
    const rung = (k: number): number => y[0] + (k * (y[1] - y[0])) / tall;
    const place = {
      x: toX(x[i]!),
      y: toY(rung(j + 1)),
      width: toX(x[i + 1]!) - toX(x[i]!),
      height: toY(rung(j)) - toY(rung(j + 1)),
    };
    for (const [name, value] of Object.entries(place)) setAttribute(cursor, name, value);
    const value = texts?.[i] ?? t("dist.span", { low: plain(x[i]!), high: plain(x[i + 1]!) });
    const v = t("dist.span", { low: signed(rung(j)), high: signed(rung(j + 1)) });
    setText(readout, t("cloud.cell", { name: panel.name, value, v, n: count(cells[j * wide + i]!) }));
  }

  on(back, "click", () => open(null));
  on(stage, "pointermove", (event) => {
    const panel = panelOf();
    if (panel === undefined) return;
    const to = stage.getBoundingClientRect();
    const { x, y, cells } = panel;
    const tall = cells.length / (x.length - 1);
    const v = y[0] + (y[1] - y[0]);
    const i = x.findLastIndex((edge) => toX(edge) <= event.clientX - to.left);
    const j = Math.floor(((toY(y[0]) - (event.clientY - to.top)) / (toY(y[0]) - toY(v))) * tall);
    readout.removeAttribute("aria-live");
    point(i >= 0 && i < x.length - 1 && j >= 0 && j < tall ? [i, j] : null);
  });
  for (const type of ["pointerleave", "blur"] as const) on(stage, type, () => point(null));
  on(stage, "keydown", (event) => {
    const moves: Record<string, [number, number]> = {
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
    };
    const move = moves[event.key];
    if (opened === null || (move === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    if (move === undefined) open(null);
    else if (at !== null) point([at[0] + move[0], at[1] + move[1]]);
    else point([0, 0]);
  });
  return { element, curve: "aside", update };
}
