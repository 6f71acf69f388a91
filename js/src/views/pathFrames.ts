// One step of the way as a picture: maps of an image, bars of a table, tokens of a text.

import { colourIndex, type Lookup, paint } from "../colors.js";
import { h, setText, show } from "../dom.js";
import { middle, plain, signedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";
import { drawPicture } from "../picture.js";
import type { Scene, ViewHost } from "../view.js";
import { BarRow } from "./barRow.js";
import { type BarScale, barScale, span } from "./barScale.js";
import { displayScale, lookupFor } from "./heatmap.js";
import { colourBar } from "./legend.js";
import { key } from "./plane.js";
import { spanSaid } from "./spans.js";
import { alike, blended, type PathSteps, type Scales, scalesOf } from "./stepsData.js";
import { largest } from "./tableData.js";
import { textOf } from "./tokens.js";

const SIZE = 172;

export interface Frames {
  element: HTMLElement;
  update(scene: Scene, steps: PathSteps, at: number): void;
}

/** Scales are found once for an answer. */
function remembered(preferences: ViewHost["preferences"]): (steps: PathSteps) => Scales {
  let known: [PathSteps, number, Scales] | null = null;
  return (steps) => {
    const { percentile } = preferences;
    if (known?.[0] !== steps || known[1] !== percentile) {
      known = [steps, percentile, scalesOf(steps, percentile)];
    }
    return known[2];
  };
}

const stronger = (t: Translate, { gain }: Scales): string =>
  gain > 1 ? t("steps.stepGain", { gain: plain(gain) }) : t("steps.step");

export function mapFrames({ t, preferences }: ViewHost): Frames {
  const figure = (name: string) => {
    const canvas = h("canvas", { class: name, "aria-hidden": "true" });
    const caption = h("figcaption", {});
    return { canvas, caption, element: h("figure", { class: "jx-figure" }, canvas, caption) };
  };
  const [input, step, sum] = [figure("jx-input"), figure("jx-step-map"), figure("jx-step-map")];
  const legend = colourBar(t);
  const last = h("div", { class: "jx-maps-row" }, sum.element, legend.element);
  const element = h("div", { class: "jx-step-maps" }, input.element, step.element, last);
  const scales = remembered(preferences);

  function update(scene: Scene, steps: PathSteps, at: number): void {
    const { limit, gain } = scales(steps);
    const lookup = lookupFor(scene, preferences);
    const from = scene.reference.picture;
    const blends = alike(from, scene.input);
    show(input.element, blends);
    const size = zoomOf(steps) * Math.max(steps.height, steps.width);
    if (blends) drawPicture(input.canvas, blended(from!, scene.input!, steps.ends[at]!), size);
    setText(input.caption, t("steps.input", { t: plain(steps.ends[at]!) }));
    const none = steps.collected[0]!;
    drawMap(step.canvas, steps, at === 0 ? none : steps.shares[at - 1]!.map((v) => v * gain), limit, lookup);
    drawMap(sum.canvas, steps, steps.collected[at]!, limit, lookup);
    for (const { canvas, caption } of [input, step, sum]) caption.style.maxWidth = canvas.style.width;
    setText(step.caption, stronger(t, { limit, gain }));
    setText(sum.caption, t("steps.collected"));
    legend.update(limit, lookup, preferences.mode);
    legend.element.style.height = sum.canvas.style.height;
  }

  function drawMap(
    canvas: HTMLCanvasElement,
    { height, width }: PathSteps,
    values: Float64Array,
    limit: number,
    lookup: Lookup,
  ): void {
    const fit = zoomOf({ height, width });
    canvas.style.width = `${width * fit}px`;
    canvas.style.height = `${height * fit}px`;
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pixels = paint(values, { limit, lookup, base: null, opacity: 1, bad: [128, 128, 128] });
    canvas.getContext("2d")?.putImageData(new ImageData(pixels, width, height), 0, 0);
  }
  return { element, update };
}

/** Whole screen pixels per cell. */
const zoomOf = ({ height, width }: Pick<PathSteps, "height" | "width">): number =>
  displayScale(Math.max(height, width), SIZE);

export function barFrames({ t }: ViewHost): Frames {
  const words = ["steps.collected", "steps.step", "steps.final"] as const;
  const keys = ["sum-bar", "step-bar", "outline"].map((name, i) => {
    const each = key(name);
    each.say(t(words[i]!));
    return each.element;
  });
  const grid = h("div", { class: "jx-step-bars jx-num" });
  const element = h("div", {}, h("div", { class: "jx-step-legend" }, ...keys), grid);
  const heads = ["", t("steps.headValue"), "", t("steps.headSum"), t("steps.headShare")];
  const titles = h("div", { class: "jx-row jx-soft" }, ...heads.map((words) => h("span", {}, words)));
  let rows: { row: BarRow; part: HTMLElement }[] = [];
  let of: PathSteps | null = null;
  let scale: BarScale = { low: -1, high: 1 };

  function arrange(steps: PathSteps): void {
    const count = steps.shares[0]!.length;
    while (rows.length < count) rows.push(made());
    rows = rows.slice(0, count);
    grid.replaceChildren(titles, ...rows.map(({ row }) => row.element));
    scale = barScale(steps.collected.flatMap((each) => Array.from(each, (v) => [v, v] as const)));
    of = steps;
  }

  function made(): { row: BarRow; part: HTMLElement } {
    const row = new BarRow("jx-row", null);
    const part = h("i", { class: "jx-step-part" });
    row.element.querySelector(".jx-track")!.append(part);
    return { row, part };
  }

  function update(_: Scene, steps: PathSteps, at: number): void {
    if (steps !== of) arrange(steps);
    const [now, final] = [steps.collected[at]!, steps.collected.at(-1)!];
    const format = signedFor(largest(final));
    for (const [i, { row, part }] of rows.entries()) {
      const name = called(steps, i, t);
      const share = at === 0 ? 0 : steps.shares[at - 1]![i]!;
      row.element.classList.toggle("jx-soft", i >= steps.names.length);
      row.texts({
        name: middle(name, 30),
        fullName: name,
        shown: i < steps.names.length ? way(steps, i, steps.ends[at]!) : "",
        value: format(now[i]!),
        pm: format(share),
        label: null,
      });
      row.bar({ value: now[i]!, stderr: null, pinned: final[i]! }, scale);
      const { left, width } = span(scale, now[i]! - share, now[i]!);
      part.style.left = `${left.toFixed(3)}%`;
      part.style.width = `${width.toFixed(3)}%`;
    }
  }
  return { element, update };
}

/** A feature, a stretch of time, or all that are left. */
function called({ spans, channels, names, others }: PathSteps, i: number, t: Translate): string {
  const span = spans?.[i];
  if (span !== undefined) return spanSaid({ names: channels }, span, t);
  return names[i] ?? t(others === 1 ? "bars.rest.one" : "bars.rest.many", { n: others });
}

/** The feature's own number at a place of the way. */
function way({ start, end }: PathSteps, i: number, place: number): string {
  if (start === null || end === null) return "";
  return plain(start[i]! + place * (end[i]! - start[i]!));
}

export function tokenFrames({ t, preferences }: ViewHost): Frames {
  const made = () => {
    const text = h("div", { class: "jx-tokens jx-step-tokens", "aria-hidden": "true" });
    const caption = h("figcaption", {});
    return { text, caption, element: h("figure", { class: "jx-figure" }, text, caption) };
  };
  const [step, sum] = [made(), made()];
  const legend = colourBar(t);
  const both = h("div", { class: "jx-passages" }, step.element, sum.element);
  const element = h("div", { class: "jx-pics jx-text-pics" }, both, legend.element);
  const scales = remembered(preferences);
  let of: PathSteps | null = null;

  function update(scene: Scene, steps: PathSteps, at: number): void {
    const text = textOf(scene.answer);
    if (text === null) return;
    if (steps !== of) {
      for (const each of [step, sum]) {
        const spans = text.layout.names.flatMap((name, i) => [
          i === 0 ? "" : String(text.before[i] ?? ""),
          h("span", {}, name),
        ]);
        each.text.replaceChildren(...spans);
      }
    }
    of = steps;
    const { limit, gain } = scales(steps);
    const lookup = lookupFor(scene, preferences);
    colour(step.text, at === 0 ? steps.collected[0]! : steps.shares[at - 1]!.map((v) => v * gain), lookup);
    colour(sum.text, steps.collected[at]!, lookup);
    setText(step.caption, stronger(t, { limit, gain }));
    setText(sum.caption, t("steps.collected"));
    legend.update(limit, lookup, preferences.mode);

    function colour(place: HTMLElement, values: Float64Array, table: Lookup): void {
      for (const [i, token] of place.querySelectorAll<HTMLElement>("span").entries()) {
        const index = colourIndex(values[i] ?? 0, limit);
        const [r = 0, g = 0, b = 0] = table.subarray(index * 3, index * 3 + 3);
        const none = index === colourIndex(0, limit);
        token.style.background = none ? "" : `rgb(${r},${g},${b})`;
        token.style.color = none ? "" : 3 * r + 6 * g + b > 1250 ? "#111" : "#fff";
      }
    }
  }
  return { element, update };
}
