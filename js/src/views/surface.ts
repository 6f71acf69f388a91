// A number over two columns: colours, rows, the line of the decision, and the row itself, which can be dragged.

import { h, on, setAttribute, setAttributes, setText, svg } from "../dom.js";
import { count, LETTER, middle, names, plain, unsignedFor } from "../format.js";
import type { Scene, View, ViewHost } from "../view.js";
import { hatchPattern } from "./curvePanel.js";
import { ticks } from "./curvesData.js";
import { colourKey, colours, type Ends, key, label, plane, resizing } from "./plane.js";
import { type Axis, type SurfaceData, spot, surfaceOf, valueAt } from "./surfaceData.js";
import { largest } from "./tableData.js";

const PAD = { left: 58, right: 12, top: 20, bottom: 38 };
const LINE = 13;
type Place = [number, number];

export function surface({ t, uid, edit }: ViewHost): View {
  const picture = plane("jx-surface");
  const { stage, readout } = picture;
  const scale = colourKey();
  const keys = ["neg", "pos", "dot", "edge", "hatch", "ring"].map(key);
  const legend = h(
    "div",
    { class: "jx-legend jx-bar-legend jx-num" },
    scale.element,
    ...keys.map((k) => k.element),
  );
  const element = h("div", { class: "jx-picture" }, legend, picture.figure);
  const ring = svg("circle", { class: "jx-ring", r: 7 });
  const room = resizing(stage, () => last !== null && update(last));
  let last: Scene | null = null;
  let data: SurfaceData | null = null;
  let other: SurfaceData | null = null;
  let size: Place = [0, 0];
  let spans: [Place, Place] = [
    [0, 1],
    [0, 1],
  ];
  /** Where the row was dragged to; null: where it is. */
  let moved: Place | null = null;
  let dragging = false;
  let left = PAD.left;
  /** Where the row was when it was asked to go to the ring; null: the ring only reads. */
  let asked: string | null = null;

  const home = (): Place | null => (data?.here ? [data.here[0], data.here[1]] : null);
  const toX = (v: number): number =>
    left + ((v - spans[0][0]) / (spans[0][1] - spans[0][0])) * (size[0] - left - PAD.right);
  const toY = (v: number): number =>
    size[1] -
    PAD.bottom -
    ((v - spans[1][0]) / (spans[1][1] - spans[1][0])) * (size[1] - PAD.top - PAD.bottom);

  function update(scene: Scene): void {
    const next = surfaceOf(scene.answer);
    if (next === null) return;
    const same =
      data !== null &&
      String(next.axes.map((a) => a.name)) === String(data.axes.map((a) => a.name)) &&
      String(next.here) === String(data.here);
    if (arrived(next, scene.running) || (!same && asked === null && !dragging)) [moved, asked] = [null, null];
    [last, data, other] = [scene, next, surfaceOf(scene.pinned)];
    const width = room();
    size = [width, Math.round(Math.max(220, Math.min(420, 0.72 * width)))];
    left = margin(next.axes[1], width);
    spans = next.axes.map((axis, k) => reach(axis, next.here?.[k] ?? null)) as [Place, Place];
    const ends = endsOf(other === null ? [next] : [next, other]);
    const colour = colours(scene, ends);
    picture.draw(...size, marks(next));
    picture.cells(next.axes[0].ends.map(toX), next.axes[1].ends.map(toY), (i, j) =>
      colour(next.z[j * next.axes[0].at.length + i]!),
    );
    scale.update(ends, colour, next.axis);
    const two = next.classes.length === 2;
    const words = [
      two ? t("surface.class", { name: next.classes[0]! }) : "",
      two ? t("surface.class", { name: next.classes[1]! }) : "",
      two || next.dots.length === 0 ? "" : t("surface.rows"),
      next.border?.length ? t("surface.edge") : "",
      next.counts.some((n: number) => n === 0) ? t("curves.extrapolating") : "",
      next.here === null ? "" : t("surface.ring"),
    ];
    for (const [k, each] of keys.entries()) each.say(words[k]!);
    const sizes = { low: plain(ends.low), high: plain(ends.high), axis: next.axis };
    setAttribute(
      stage,
      "aria-label",
      t("surface.label", { ...sizes, x: next.axes[0].name, y: next.axes[1].name }),
    );
    put();
  }

  function marks(now: SurfaceData): SVGElement[] {
    const [x, y] = now.axes;
    const wide = x.at.length;
    const cell = (i: number): string => {
      const [a, b] = [i % wide, Math.floor(i / wide)];
      return `M${toX(x.ends[a]!).toFixed(1)} ${toY(y.ends[b]!).toFixed(1)}H${toX(x.ends[a + 1]!).toFixed(1)}V${toY(y.ends[b + 1]!).toFixed(1)}H${toX(x.ends[a]!).toFixed(1)}Z`;
    };
    const empty = Array.from(now.counts.keys())
      .filter((i) => now.counts[i] === 0)
      .map(cell)
      .join("");
    const parts: SVGElement[] = [hatchPattern(`${uid}-none`)];
    parts.push(
      svg("path", { class: "jx-veil", d: empty }),
      svg("path", { d: empty, fill: `url(#${uid}-none)` }),
    );
    const most = Math.sqrt(
      Math.max(1, ...Array.from({ length: now.dots.length / 4 }, (_, k) => now.dots[4 * k + 2]!)),
    );
    for (let k = 0; k < now.dots.length; k += 4) {
      const [a, b, n, kind] = now.dots.slice(k, k + 4) as unknown as [number, number, number, number];
      const name = kind < 0 ? "jx-dot" : kind > 0 ? "jx-dot jx-dot-pos" : "jx-dot jx-dot-neg";
      parts.push(
        svg("circle", { class: name, cx: toX(a), cy: toY(b), r: 1.2 + (3.8 * Math.sqrt(n)) / most }),
      );
    }
    parts.push(...edge(now, "jx-edge-under"), ...edge(now, "jx-edge"));
    if (other !== null) parts.push(...edge(other, "jx-edge jx-edge-pinned"));
    return [...parts, ...axisTexts(now), ring];
  }

  function edge({ border }: SurfaceData, name: string): SVGElement[] {
    if (!border?.length) return [];
    let d = "";
    for (let k = 0; k < border.length; k += 4)
      d += `M${toX(border[k]!).toFixed(1)} ${toY(border[k + 1]!).toFixed(1)}L${toX(border[k + 2]!).toFixed(1)} ${toY(border[k + 3]!).toFixed(1)}`;
    return [svg("path", { class: name, d })];
  }

  function axisTexts(now: SurfaceData): SVGElement[] {
    const [x, y] = now.axes;
    const bottom = size[1] - PAD.bottom;
    const wide = (size[0] - left - PAD.right) / x.at.length;
    const across = x.texts ? names(x.texts, wide) : places(spans[0], Math.max(2, Math.floor(size[0] / 90)));
    const tall = (size[1] - PAD.top - PAD.bottom) / y.at.length;
    const up = y.texts ? levels(y.texts, tall, left / LETTER - 1) : places(spans[1], 6);
    const room = Math.floor((size[0] - 20) / 6.4);
    return [
      ...across.map(([v, words]) => label(words, { x: toX(v), y: bottom + 14, "text-anchor": "middle" })),
      ...up.map(([v, words]) => label(words, { x: left - 6, y: toY(v) + 3.5, "text-anchor": "end" })),
      label(middle(`${x.name} →`, room), {
        x: size[0] - PAD.right,
        y: size[1] - 6,
        "text-anchor": "end",
        "data-name": "",
      }),
      label(middle(`↑ ${y.name}`, room), { x: 4, y: 12, "data-name": "" }),
    ];
  }

  /** The ring where the row is or was dragged to, and what stands below. */
  function put(pointed: Place | null = null): void {
    const at = moved ?? home();
    setAttribute(ring, "visibility", at === null ? "hidden" : "visible");
    if (at !== null) setAttributes(ring, { cx: toX(at[0]), cy: toY(at[1]) });
    ring.classList.toggle("jx-moved", moved !== null);
    const place = dragging ? at : (pointed ?? at);
    setText(readout, place === null ? t("surface.hover") : words(place, place === at && pointed === null));
  }

  function words(place: Place, own: boolean): string {
    if (data === null) return "";
    const { z, cell } = valueAt(data, ...place);
    const number = unsignedFor(largest(data.z));
    const exact = own && moved === null && data.here !== null;
    const n = data.counts[cell]!;
    const params = {
      x: spot(data.axes[0], place[0]),
      y: spot(data.axes[1], place[1]),
      z: number(exact ? data.here![2] : z),
      n: n === 0 ? t("surface.none") : t(n === 1 ? "surface.near.one" : "surface.near.many", { n: count(n) }),
    };
    const was =
      own && moved !== null && data.here !== null ? t("surface.was", { z: number(data.here[2]) }) : "";
    const same =
      other !== null && String(other.axes.map((a) => a.name)) === String(data.axes.map((a) => a.name));
    const a = same ? t("surface.a", { z: number(valueAt(other!, ...place).z) }) : "";
    return t(exact ? "surface.own" : "surface.point", params) + was + a;
  }

  function placeOf(event: PointerEvent): Place {
    const box = stage.getBoundingClientRect();
    const share = (v: number, low: number, high: number): number =>
      Math.max(0, Math.min(1, (v - low) / (high - low)));
    const x = share(event.clientX - box.left, left, size[0] - PAD.right);
    const y = share(size[1] - (event.clientY - box.top), PAD.bottom, size[1] - PAD.top);
    return [x, y].map((s, k) => {
      const v = spans[k]![0] + s * (spans[k]![1] - spans[k]![0]);
      return data?.axes[k]?.texts ? Math.round(v) : v;
    }) as Place;
  }

  /** The row goes where the ring is, where its columns can be edited; else the ring only reads. */
  function follow(coarse: boolean): void {
    if (data === null || home() === null) return;
    const put = data.axes.map(({ texts }, k) => {
      const v = moved?.[k] ?? null;
      return v === null || texts === null ? v : texts[Math.round(v)]!;
    });
    const edits = edit?.(Object.fromEntries(data.axes.map(({ name }, k) => [name, put[k]!])), coarse) ?? null;
    asked = edits === null ? null : String(data.here);
    // A column of whole numbers takes whole numbers.
    if (edits !== null && moved !== null)
      moved = data.axes.map(({ name, texts }, k) =>
        texts === null ? Number(edits[name]) : moved![k]!,
      ) as Place;
  }

  /** Whether the row has got to where the ring was put, or elsewhere in the end. */
  function arrived(now: SurfaceData, running: boolean): boolean {
    if (asked === null || moved === null || dragging) return false;
    const there = moved.every(
      (v, k) => Math.abs((now.here?.[k] ?? 0) - v) < 1e-6 * Math.abs(spans[k]![1] - spans[k]![0]),
    );
    return there || (!running && String(now.here) !== asked);
  }

  on(stage, "pointerdown", (event) => {
    if (home() === null) return;
    dragging = true;
    stage.setPointerCapture?.(event.pointerId);
    moved = placeOf(event);
    put();
    follow(true);
  });
  on(stage, "pointermove", (event) => {
    readout.removeAttribute("aria-live");
    if (dragging) moved = placeOf(event);
    put(dragging ? null : placeOf(event));
    if (dragging) follow(true);
  });
  for (const type of ["pointerup", "pointercancel"] as const)
    on(stage, type, () => {
      if (dragging) follow(false);
      dragging = false;
    });
  on(stage, "pointerleave", () => put());
  on(stage, "keydown", (event) => {
    const steps: Record<string, Place> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowDown: [0, -1],
      ArrowUp: [0, 1],
    };
    const step = steps[event.key];
    if (data === null || (step === undefined && event.key !== "Home" && event.key !== "Escape")) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    const from = moved ?? home() ?? (data.axes.map((a) => a.at[Math.floor(a.at.length / 2)]!) as Place);
    moved = step === undefined ? null : (from.map((v, k) => stepped(data!.axes[k]!, v, step[k]!)) as Place);
    put();
    follow(false);
  });
  return { element, curve: "aside", update };
}

/** The next grid point on one side. */
function stepped({ at }: Axis, v: number, step: number): number {
  if (step === 0) return v;
  const beyond = Array.from(at).filter((a) => (a - v) * step > 1e-9 * Math.abs(at.at(-1)! - at[0]!));
  return beyond.length === 0 ? v : step > 0 ? beyond[0]! : beyond.at(-1)!;
}

/** Both ends of an axis, with room for the row. */
function reach({ ends }: Axis, own: number | null): Place {
  const [low, high] = [ends[0]!, ends.at(-1)!];
  const air = 0.03 * (high - low);
  return own === null ? [low, high] : [Math.min(low, own - air), Math.max(high, own + air)];
}

function endsOf(datas: SurfaceData[]): Ends {
  const centre = datas[0]!.centre;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { z } of datas) for (const v of z) [low, high] = [Math.min(low, v), Math.max(high, v)];
  if (centre === null)
    return high > low ? { low, high, centre } : { low: low - 0.5, high: high + 0.5, centre };
  const far = Math.max(high - centre, centre - low) || 0.5;
  return { low: centre - far, high: centre + far, centre };
}

/** Room for the names of categories, but no more than a quarter of the width. */
function margin({ texts }: Axis, width: number): number {
  const longest = Math.max(0, ...(texts ?? []).map((words) => words.length));
  return Math.max(PAD.left, Math.min(width / 4, (longest + 1) * LETTER + 6));
}

const places = ([low, high]: Place, most: number): [number, string][] =>
  ticks(low, high, most).map((v) => [v, plain(v)]);

/** Names of categories beside an axis that goes up, where lines of text do not meet. */
function levels(texts: readonly string[], pixels: number, letters: number): [number, string][] {
  const step = Math.max(1, Math.ceil(LINE / pixels));
  return texts.flatMap((text, k): [number, string][] => (k % step === 0 ? [[k, middle(text, letters)]] : []));
}
