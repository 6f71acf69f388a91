// One column of a cloud: its values against its attributions, tinted by how many rows there are or by another column.

import { absoluteLookup, type RGB, ZERO } from "../colors.js";
import { setOptions } from "../controls/field.js";
import { h, on, show, svg } from "../dom.js";
import { middle, plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { Scene } from "../view.js";
import type { CloudPanel } from "./cloudData.js";
import { ticks } from "./curvesData.js";
import { colourKey, label, type Plane } from "./plane.js";

const UNKNOWN = 255;
const GREY: RGB = [140, 140, 140];
/** Told apart by people with any colour vision (Okabe and Ito 2008). */
const CLASSES: RGB[] = [
  [0, 114, 178],
  [230, 159, 0],
  [86, 180, 233],
  [204, 121, 167],
  [0, 158, 115],
  [213, 94, 0],
];
const CLEAR = 0.1; // of the spread: a companion that explains this much is shown at first
const SMALLEST = 0.4;
const [FOOT, SLANT] = [38, 52]; // room below for texts, and more of it where they have to slant
const NARROW = 14; // characters

export type Companion = CloudPanel["by"][number];

/** The choice of what the squares are coloured by, and the key to it. */
export function tinting(t: Translate, uid: string, changed: () => void) {
  const select = h("select", { id: `${uid}-tint` });
  const tool = h("span", { class: "jx-tool" }, h("label", { for: select.id }, t("cloud.colour")), select);
  const scale = colourKey();
  const classes = h("span", { class: "jx-cloud-classes" });
  let chosen: string | null = null;
  on(select, "change", () => {
    chosen = select.value;
    changed();
  });
  return {
    parts: [tool, scale.element, classes],
    scale,
    forget: (): void => {
      chosen = null;
    },
    hide(): void {
      for (const part of [tool, classes]) show(part, false);
      show(scale.element, true);
    },
    /** What the squares of this column are coloured by: a companion, or null for the number of rows. */
    update(
      panel: CloudPanel,
      most: number,
      rows: (n: number) => RGB,
      rank: (share: number) => RGB,
    ): Companion | null {
      const strong = panel.by.find(({ share }) => share >= CLEAR);
      const found = panel.by.find(({ name }) => name === (chosen ?? strong?.name)) ?? null;
      setOptions(select, [
        ...panel.by.map(({ name }) => ({ value: name, label: middle(name, 24) })),
        { value: "", label: t("cloud.rows") },
      ]);
      select.value = found?.name ?? "";
      show(tool, panel.by.length > 0);
      show(scale.element, found === null || found.texts === null);
      show(classes, found?.texts != null);
      if (found === null) scale.update({ low: 0, high: most, centre: null }, rows, t("table.rows"));
      else if (found.texts === null)
        scale.update(
          { low: 0, high: 100, centre: null },
          (v) => rank(v / 100),
          t("cloud.rankOf", { name: middle(found.name, 24) }),
        );
      else
        classes.replaceChildren(
          ...found.texts.map((words, k) => {
            const swatch = h("i", { class: "jx-swatch", "aria-hidden": "true" });
            swatch.style.background = `rgb(${classColour(k, found.texts!).join()})`;
            return h("span", { class: "jx-key" }, swatch, middle(words, 16));
          }),
        );
      return found;
    },
  };
}

function classColour(k: number, texts: string[]): RGB {
  return texts[k] === "…" ? GREY : (CLASSES[k] ?? GREY);
}

/** What a square says about the other column: `, mostly around percentile 30 of age`. */
export function tintWords({ name, texts, tints }: Companion, square: number, t: Translate): string {
  const tint = tints[square] ?? UNKNOWN;
  if (tint === UNKNOWN) return "";
  return texts === null
    ? t("cloud.tint", { name, p: Math.round((100 * tint) / 254) })
    : t("cloud.mostly", { name, value: texts[tint] ?? "…" });
}

export interface Frame {
  box: { left: number; right: number; top: number; bottom: number };
  ends: [[number, number], [number, number]];
  toX(v: number): number;
  toY(v: number): number;
}

/** Characters that fit below one category. */
function room({ x }: CloudPanel, { left, right }: Frame["box"]): number {
  return Math.max(3, Math.floor((right - left) / 6.4 / (x.length - 1)));
}

function slanted(panel: CloudPanel, box: Frame["box"]): boolean {
  const side = room(panel, box);
  return side < NARROW && panel.texts?.some((words) => words.length > side) === true;
}

export function frameOf(panel: CloudPanel, width: number): Frame {
  const { x, y, here } = panel;
  const high = Math.round(Math.max(220, Math.min(380, 0.6 * width)));
  const box = { left: 58, right: width - 12, top: 20, bottom: high - FOOT };
  const inside = here === null ? [] : [here[1]];
  const ends: Frame["ends"] = [
    [x[0]!, x.at(-1)!],
    [Math.min(y[0], ...inside), Math.max(y[1], ...inside)],
  ];
  const along = ([low, high]: [number, number], v: number): number => (v - low) / (high - low);
  return {
    box,
    ends,
    toX: (v) => box.left + along(ends[0], v) * (box.right - box.left),
    toY: (v) => box.bottom - along(ends[1], v) * (box.bottom - box.top),
  };
}

export function drawPlane(
  picture: Plane,
  panel: CloudPanel,
  { box, ends, toX, toY }: Frame,
  scene: Scene,
  t: Translate,
  tint: ReturnType<typeof tinting>,
  rank: (share: number) => RGB,
  marks: SVGElement[],
): Companion | null {
  const { x, y, cells, texts } = panel;
  const table = absoluteLookup(undefined, scene.theme);
  const most = Math.max(...cells, 1);
  const rows = (n: number): RGB => {
    const k = ZERO + Math.round(255 * (0.12 + 0.88 * Math.sqrt(n / most)));
    return [0, 1, 2].map((c) => table[k * 3 + c]!) as unknown as RGB;
  };
  const [wide, tall] = [x.length - 1, cells.length / (x.length - 1)];
  const width = box.right + 12;
  const [side, slant] = [room(panel, box), slanted(panel, box)];
  const foot = FOOT + (slant ? SLANT : 0);
  const below = (words: string, v: number): SVGElement =>
    label(words, { x: toX(v), y: box.bottom + 15, "text-anchor": "middle" });
  const category = (words: string, k: number): SVGElement => {
    if (!slant) return below(middle(words, side), k + 0.5);
    const [tx, ty] = [toX(k + 0.5) + 3, box.bottom + 13];
    const turned = { x: tx, y: ty, "text-anchor": "end", transform: `rotate(-38 ${tx} ${ty})` };
    return label(middle(words, Math.min(16, 8 + 2 * k)), turned);
  };
  const line = (v: number, x1: number, x2: number, y1: number, y2: number): SVGElement =>
    svg("line", { class: v === 0 ? "jx-axis" : "jx-chart-grid", x1, x2, y1, y2 });
  const across = ticks(...ends[0], Math.max(2, Math.floor((box.right - box.left) / 80)));
  const names = { "data-name": "" };
  picture.draw(width, box.bottom + foot, [
    ...(texts === null
      ? across.flatMap((v) => [line(v, toX(v), toX(v), 0, box.bottom), below(plain(v), v)])
      : texts.map(category)),
    ...ticks(...ends[1], 6).flatMap((v) => [
      line(v, box.left, box.right, toY(v), toY(v)),
      label(plain(v), { x: box.left - 6, y: toY(v) + 3.5, "text-anchor": "end" }),
    ]),
    label(middle(`${panel.name} →`, width / 7), {
      x: box.right,
      y: box.bottom + foot - 6,
      "text-anchor": "end",
      ...names,
    }),
    label(`↑ ${t("table.attribution")}`, { x: 4, y: 12, ...names }),
    ...marks,
  ]);
  const by = tint.update(panel, most, rows, rank);
  const pen = picture.pen();
  if (pen === null) return by;
  for (let j = 0; j < tall; j++) {
    for (let i = 0; i < wide; i++) {
      const n = cells[j * wide + i]!;
      if (n === 0) continue;
      const [left, right] = [toX(x[i]!), toX(x[i + 1]!)];
      const [low, high] = [j, j + 1].map((k) => toY(y[0] + (k * (y[1] - y[0])) / tall)) as [number, number];
      // Coloured by another column, a square's size says how many rows it holds.
      const part = by === null ? 1 : SMALLEST + (1 - SMALLEST) * Math.sqrt(n / most);
      const d = Math.max(2, (low - high) * part);
      const w = by === null ? right - left : Math.max(2, Math.min((right - left) * part, 1.5 * d));
      pen.fillStyle = `rgb(${(by === null ? rows(n) : companionColour(by, j * wide + i, rank)).join()})`;
      pen.fillRect((left + right - w) / 2, (low + high - d) / 2, w, d);
    }
  }
  return by;
}

function companionColour({ texts, tints }: Companion, square: number, rank: (share: number) => RGB): RGB {
  const tint = tints[square] ?? UNKNOWN;
  if (tint === UNKNOWN) return GREY;
  return texts === null ? rank(tint / 254) : classColour(tint, texts);
}
