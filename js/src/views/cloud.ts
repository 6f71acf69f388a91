// A swarm per column: as wide as rows are many, coloured by the column's value. Any column opens as a plane of its
// values against its attributions. Both are drawn from counts; no row of the data is here.

import { absoluteLookup, type RGB, ZERO } from "../colors.js";
import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { count, percent, plain, signedFor } from "../format.js";
import { roving } from "../roving.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type CloudData, type CloudPanel, cloudOf, size } from "./cloudData.js";
import { type Companion, drawPlane, type Frame, frameOf, tinting, tintWords } from "./cloudPlane.js";
import { ticks } from "./curvesData.js";
import { key, label, plane, resizing } from "./plane.js";
import { swarm } from "./swarm.js";

const ROW = 30;
const HEAD = 18;
const FOOT = 36;
const NONE = 255;

export function cloud({ t, uid }: ViewHost): View {
  const picture = plane("jx-scatter");
  const { stage, readout } = picture;
  const list = h("div", { class: "jx-cloud-rows", role: "group" });
  stage.append(list);
  const back = h("button", { type: "button", class: "jx-button" }, t("cloud.back"));
  const tint = tinting(t, uid, () => last !== null && update(last));
  const [none, own] = [key("none"), key("ring")];
  const about = h("span", {});
  const legend = h(
    "div",
    { class: "jx-legend jx-bar-legend jx-num" },
    ...[back, ...tint.parts, none.element, own.element, about],
  );
  const element = h("div", { class: "jx-picture" }, legend, picture.figure);
  const cursor = svg("rect", { class: "jx-cell-cursor", visibility: "hidden" });
  const rove = roving(list);
  const room = resizing(stage, () => last !== null && update(last));
  let last: Scene | null = null;
  let data: CloudData | null = null;
  let opened: string | null = null;
  let at: [number, number] | null = null;
  let by: Companion | null = null;
  /** Where the swarms are, and the numbers along them. */
  let [left, right] = [0, 1];
  let ends: [number, number] = [0, 1];
  let frame: Frame | null = null;

  const toX = (v: number): number => left + ((v - ends[0]) / (ends[1] - ends[0])) * (right - left);
  const panelOf = (): CloudPanel | undefined => data?.panels.find(({ name }) => name === opened);
  const ring = (cx: number, cy: number, r = 5): SVGElement => svg("circle", { class: "jx-ring", r, cx, cy });

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

  /** Without the end that is hard to see on the page: the dark one, or the light one. */
  function rankColour(scene: Scene): (share: number) => RGB {
    const table = absoluteLookup(scene.colormaps.get("viridis"), scene.theme);
    return (share) => {
      const visible = scene.theme.dark ? 0.22 + 0.78 * share : 0.94 * share;
      return [0, 1, 2].map((c) => table[(ZERO + Math.round(255 * visible)) * 3 + c]!) as unknown as RGB;
    };
  }

  function swarms(now: CloudData, scene: Scene, width: number): void {
    left = Math.max(64, Math.min(170, 0.24 * width));
    const narrow = width < 480;
    right = width - (narrow ? 68 : 112);
    const bottom = HEAD + ROW * now.panels.length;
    const own = now.panels.flatMap(({ here }) => (here === null ? [] : [here[1]]));
    ends = [Math.min(now.span[0], ...own), Math.max(now.span[1], ...own)];
    const middle = (i: number): number => HEAD + (i + 0.5) * ROW;
    const rings = now.panels.flatMap(({ here }, i) =>
      here === null ? [] : [ring(toX(here[1]), middle(i), 4)],
    );
    const head = { y: 11, "data-name": "" };
    picture.draw(width, bottom + FOOT, [
      ...across(bottom),
      label(t("cloud.size"), { ...head, x: width - 2, "text-anchor": "end" }),
      label(`${t("table.attribution")} →`, {
        x: right,
        y: bottom + 30,
        "text-anchor": "end",
        "data-name": "",
      }),
      ...rings,
    ]);
    const colour = rankColour(scene);
    const pen = picture.pen();
    const step = (now.span[1] - now.span[0]) / now.panels[0]!.counts.length;
    const x = (bin: number): number => toX(now.span[0] + bin * step);
    if (pen !== null)
      for (const [i, panel] of now.panels.entries())
        swarm(pen, panel, { middle: middle(i), half: ROW / 2 - 1.5, x }, colour, now.rows);
    tint.hide();
    tint.scale.update({ low: 0, high: 100, centre: null }, (v) => colour(v / 100), t("cloud.rank"));
    none.say(now.panels.some(({ texts }) => texts !== null) ? t("cloud.none") : "");
    buttons(now, narrow);
  }

  function buttons(now: CloudData, narrow: boolean): void {
    list.style.top = `${HEAD}px`;
    while (list.children.length > now.panels.length) list.lastChild!.remove();
    for (const [i, panel] of now.panels.entries()) {
      const button = (list.children[i] as HTMLElement) ?? list.appendChild(row(i));
      const [name, value] = button.children as unknown as [HTMLElement, HTMLElement];
      name.style.width = `${left - 10}px`;
      setText(name, panel.name);
      setText(value, size(narrow ? { ...panel, stderr: 0 } : panel, now, t));
      setAttribute(button, "aria-label", spoken(panel, i));
      setAttribute(button, "title", panel.name);
    }
    rove();
  }

  function row(i: number): HTMLElement {
    const button = h("button", { type: "button", style: `height:${ROW}px` }, h("span"), " ", h("span"));
    on(button, "click", () => open(data!.panels[i]!.name));
    on(button, "focus", () => setText(readout, spoken(data!.panels[i]!, i)));
    on(button, "pointermove", (event) => {
      const { panels, span } = data!;
      const { counts, colour, name } = panels[i]!;
      const from = event.clientX - stage.getBoundingClientRect().left - left;
      const v = ends[0] + (from / (right - left)) * (ends[1] - ends[0]);
      const k = Math.floor(((v - span[0]) / (span[1] - span[0])) * counts.length);
      const rank = colour[k] === NONE ? "" : t("cloud.at", { p: Math.round((100 * colour[k]!) / 254) });
      const bin = (): string => t("cloud.bin", { name, v: signed(v, ends), n: count(counts[k]!) }) + rank;
      setText(readout, counts[k]! > 0 ? bin() : spoken(panels[i]!, i));
    });
    return button;
  }

  const signed = (v: number, within: [number, number]): string =>
    signedFor(Math.max(...within.map(Math.abs)))(v);
  const spoken = (panel: CloudPanel, i: number): string =>
    t("cloud.row", {
      name: panel.name,
      size: size(panel, data!, t),
      share: percent(panel.positive),
      rank: i + 1,
      n: data!.columns,
    });

  function open(name: string | null): void {
    const from = opened;
    [opened, at] = [name, null];
    tint.forget();
    if (last !== null) update(last);
    const i = data?.panels.findIndex((panel) => panel.name === from) ?? 0;
    (name === null ? (list.children[Math.max(0, i)] as HTMLElement) : stage).focus();
  }

  /** Numbers under the picture with hairlines, and where zero is. */
  function across(bottom: number): SVGElement[] {
    const most = Math.max(2, Math.floor((right - left) / 80));
    return ticks(...ends, most).flatMap((v) => [
      svg("line", {
        class: v === 0 ? "jx-axis" : "jx-chart-grid",
        x1: toX(v),
        x2: toX(v),
        y1: HEAD,
        y2: bottom,
      }),
      label(plain(v), { x: toX(v), y: bottom + 15, "text-anchor": "middle" }),
    ]);
  }

  function scatter(panel: CloudPanel, scene: Scene, width: number): void {
    const { x, here, texts } = panel;
    frame = frameOf(panel, width);
    const place = here === null || here[0] === null ? null : here[0] + (texts === null ? 0 : 0.5);
    const inside = place === null ? 0 : Math.max(x[0]!, Math.min(x.at(-1)!, place));
    const dot = place === null ? [] : [ring(frame.toX(inside), frame.toY(here![1]))];
    by = drawPlane(picture, panel, frame, scene, t, tint, rankColour(scene), [...dot, cursor]);
    none.say("");
  }

  /** Reads one square of the plane. */
  function point(to: [number, number] | null): void {
    const panel = panelOf();
    if (panel === undefined || frame === null) return;
    const { x, y, cells, texts } = panel;
    const { toX, toY, ends } = frame;
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
    const v = t("dist.span", { low: signed(rung(j), ends[1]), high: signed(rung(j + 1), ends[1]) });
    const n = cells[j * wide + i]!;
    const other = by === null || n === 0 ? "" : tintWords(by, j * wide + i, t);
    setText(readout, t("cloud.cell", { name: panel.name, value, v, n: count(n) }) + other);
  }

  /** Where the keyboard begins to read: at the fullest square. */
  function fullest({ x, cells }: CloudPanel): [number, number] {
    const k = cells.indexOf(Math.max(...cells));
    return [k % (x.length - 1), Math.floor(k / (x.length - 1))];
  }

  on(back, "click", () => open(null));
  on(stage, "pointermove", (event) => {
    const panel = panelOf();
    if (panel === undefined || frame === null) return;
    const to = stage.getBoundingClientRect();
    const { toX, toY } = frame;
    const { x, y, cells } = panel;
    const tall = cells.length / (x.length - 1);
    const i = x.findLastIndex((edge) => toX(edge) <= event.clientX - to.left);
    const j = Math.floor(((toY(y[0]) - (event.clientY - to.top)) / (toY(y[0]) - toY(y[1]))) * tall);
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
    const [move, panel] = [moves[event.key], panelOf()];
    if (panel === undefined || (move === undefined && event.key !== "Escape")) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    if (move === undefined) open(null);
    else if (at !== null) point([at[0] + move[0], at[1] + move[1]]);
    else point(fullest(panel));
  });
  return { element, curve: "aside", update };
}
