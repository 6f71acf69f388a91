import { type Lookup, type Mode, ZERO } from "../colors.js";
import { h, setAttribute, setText } from "../dom.js";
import { signedFor, unsignedFor } from "../format.js";
import type { Translate } from "../i18n/index.js";

export interface ColourBar {
  element: HTMLElement;
  /** Shares (of attention, say) speak neither for nor against anything. */
  update(limit: number, lookup: Lookup, mode: Mode, unit?: string): void;
}

/** Colour bar with numbers and words; never optional. Without words for numbers that speak for nothing (`bare`). */
export function colourBar(t: Translate, bare = false): ColourBar {
  const canvas = h("canvas", { class: "jx-bar-canvas", width: 1, height: 256, "aria-hidden": "true" });
  const top = h("span", {});
  const middle = h("span", {});
  const bottom = h("span", {});
  const numbers = h("div", { class: "jx-legend-numbers" }, top, middle, bottom);
  const element = h("div", { class: "jx-legend", role: "group" }, canvas, numbers);
  return {
    element,
    update(limit, lookup, mode, unit = "output") {
      const ends = modeEnds(mode);
      const texts = endTexts(t, limit, mode, bare || unit === "share");
      setText(top, texts.top);
      setText(middle, texts.middle);
      setText(bottom, texts.bottom);
      setAttribute(element, "aria-label", t("legend.label", { low: texts.bottom, high: texts.top }));
      drawBar(canvas, lookup, ends);
    },
  };
}

function modeEnds(mode: Mode): { high: number; low: number } {
  if (mode === "signed") return { high: 1, low: -1 };
  return mode === "negative" ? { high: 0, low: -1 } : { high: 1, low: 0 };
}

function endTexts(
  t: Translate,
  limit: number,
  mode: Mode,
  bare: boolean,
): { top: string; middle: string; bottom: string } {
  const signed = signedFor(limit);
  const plus = bare ? signed(limit) : t("legend.for", { value: signed(limit) });
  const minus = bare ? signed(-limit) : t("legend.against", { value: signed(-limit) });
  if (limit === 0) return { top: "", middle: "0", bottom: "" };
  switch (mode) {
    case "signed":
      return { top: plus, middle: "0", bottom: minus };
    case "positive":
      return { top: plus, middle: "", bottom: "0" };
    case "negative":
      return { top: "0", middle: "", bottom: minus };
    case "absolute": {
      const value = unsignedFor(limit)(limit);
      return { top: bare ? value : t("legend.strong", { value }), middle: "", bottom: "0" };
    }
  }
}

function drawBar(
  canvas: HTMLCanvasElement,
  lookup: Lookup,
  { high, low }: { high: number; low: number },
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const pixels = new Uint8ClampedArray(256 * 4);
  for (let y = 0; y < 256; y++) {
    const at = ZERO + Math.round((high + ((low - high) * y) / 255) * 255);
    pixels.set([lookup[at * 3]!, lookup[at * 3 + 1]!, lookup[at * 3 + 2]!, 255], y * 4);
  }
  context.putImageData(new ImageData(pixels, 1, 256), 0, 0);
}
