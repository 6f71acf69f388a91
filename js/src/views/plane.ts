// Coloured cells on a canvas, texts and marks above them in SVG: what surfaces and matrices have in common.

import { absoluteLookup, colourIndex, type RGB, signedLookup, ZERO } from "../colors.js";
import { h, setText, svg } from "../dom.js";
import { plain } from "../format.js";
import type { Scene } from "../view.js";

export interface Plane {
  figure: HTMLElement;
  stage: HTMLElement;
  readout: HTMLElement;
  /** Sets the size in pixels and replaces what is above the cells. */
  draw(width: number, height: number, marks: SVGElement[]): void;
  /** Colours the cells between borders given in pixels. */
  cells(xs: number[], ys: number[], colour: (i: number, j: number) => RGB | null): void;
  /** Draws anything else below the marks, in the stage's own pixels. */
  pen(): CanvasRenderingContext2D | null;
}

export function plane(name: string): Plane {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const marks = svg("svg", { class: "jx-chart", "aria-hidden": "true" });
  const stage = h(
    "div",
    { class: `jx-stage jx-curve-stage ${name}`, tabindex: 0, role: "img" },
    canvas,
    marks,
  );
  const readout = h("div", { class: "jx-readout jx-num" });
  const figure = h("figure", { class: "jx-figure" }, stage, h("figcaption", {}, readout));
  let scale = 1;
  return {
    figure,
    stage,
    readout,
    pen() {
      const context = canvas.getContext("2d");
      context?.setTransform(scale, 0, 0, scale, 0, 0);
      return context;
    },
    draw(width, height, parts) {
      scale = Math.min(3, window.devicePixelRatio || 1);
      stage.style.height = `${height}px`;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
      marks.replaceChildren(...parts);
    },
    cells(xs, ys, colour) {
      const context = canvas.getContext("2d");
      if (!context) return;
      const at = (v: number): number => Math.round(v * scale);
      for (let j = 0; j + 1 < ys.length; j++) {
        for (let i = 0; i + 1 < xs.length; i++) {
          const found = colour(i, j);
          if (found === null) continue;
          context.fillStyle = `rgb(${found.join()})`;
          const [x, y] = [Math.min(at(xs[i]!), at(xs[i + 1]!)), Math.min(at(ys[j]!), at(ys[j + 1]!))];
          context.fillRect(
            x,
            y,
            Math.abs(at(xs[i + 1]!) - at(xs[i]!)),
            Math.abs(at(ys[j + 1]!) - at(ys[j]!)),
          );
        }
      }
    },
  };
}

export type Colour = (value: number) => RGB;
export interface Ends {
  low: number;
  high: number;
  /** Where the colours diverge from, or null. */
  centre: number | null;
}

export function colours({ colormaps, theme }: Scene, { low, high, centre }: Ends): Colour {
  const table =
    centre === null
      ? absoluteLookup(colormaps.get("cividis"), theme)
      : signedLookup(colormaps.get("PuOr"), theme);
  return (value) => {
    const at =
      centre === null
        ? ZERO + Math.round((255 * (value - low)) / (high - low || 1))
        : colourIndex(value - centre, high - centre);
    return [0, 1, 2].map((c) => table[Math.max(0, Math.min(510, at)) * 3 + c]!) as unknown as RGB;
  };
}

/** The colours with their numbers, in one line. */
export function colourKey(): {
  element: HTMLElement;
  update(ends: Ends, colour: Colour, words: string): void;
} {
  const [low, high, text] = [h("span", {}), h("span", {}), h("span", {})];
  const bar = h("i", { class: "jx-ramp", "aria-hidden": "true" });
  return {
    element: h("span", { class: "jx-key" }, low, bar, high, text),
    update(ends, colour, words) {
      const stops = Array.from(
        { length: 9 },
        (_, k) => `rgb(${colour(ends.low + ((ends.high - ends.low) * k) / 8).join()})`,
      );
      bar.style.background = `linear-gradient(to right, ${stops.join()})`;
      setText(low, plain(ends.low));
      setText(high, plain(ends.high));
      setText(text, words);
    },
  };
}

export function label(words: string, place: Record<string, number | string>): SVGElement {
  const element = svg("text", { class: "jx-curve-text", ...place });
  element.textContent = words;
  return element;
}

/** What a mark means; hidden without words. */
export function key(name: string): { element: HTMLElement; say(words: string): void } {
  const text = h("span", {});
  const element = h(
    "span",
    { class: "jx-key" },
    h("i", { class: `jx-swatch jx-swatch-${name}`, "aria-hidden": "true" }),
    text,
  );
  return {
    element,
    say(words) {
      setText(text, words);
      element.hidden = words === "";
    },
  };
}

/** Draws again when its room changes; returns the width there is. */
export function resizing(element: HTMLElement, again: () => void): () => number {
  let drawn = 0;
  const changed = (): void => {
    if (element.clientWidth > 0 && Math.abs(element.clientWidth - drawn) > 1) again();
  };
  if (typeof ResizeObserver !== "undefined") new ResizeObserver(changed).observe(element);
  return () => {
    drawn = element.clientWidth || 640;
    return drawn;
  };
}
