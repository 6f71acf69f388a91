// The page's own colours, read from what is really on screen: canvas does not restyle by itself.

import type { RGB } from "./colors.js";

export interface Theme {
  dark: boolean;
  neutral: RGB;
  still: boolean;
}

export function readTheme(root: HTMLElement): Theme {
  markFallback(root);
  const neutral = parseColour(getComputedStyle(root).backgroundColor) ?? [255, 255, 255];
  const dark = luminance(neutral) < 0.4;
  root.dataset.theme = dark ? "dark" : "light";
  return { dark, neutral, still: prefersStill() };
}

export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributeFilter = [
    "data-jp-theme-light",
    "data-jp-theme-name",
    "class",
    "data-theme",
    "theme",
    "style",
  ];
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributes: true, attributeFilter });
  }
  const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((q) =>
    window.matchMedia?.(q),
  );
  for (const query of media) query?.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    for (const query of media) query?.removeEventListener("change", changed);
  };
}

export function prefersStill(): boolean {
  return window.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
}

/** Hosts without Jupyter's variables (VS Code, Colab, marimo): light text around us means a dark page. */
function markFallback(root: HTMLElement): void {
  const themed = getComputedStyle(root).getPropertyValue("--jp-layout-color0").trim() !== "";
  const parent = root.parentElement;
  const around = !themed && parent !== null ? parseColour(getComputedStyle(parent).color) : null;
  root.dataset.fallback = around !== null && luminance(around) > 0.6 ? "dark" : "light";
}

export function parseColour(text: string): RGB | null {
  const numbers = text.match(/[\d.]+/g)?.map(Number);
  if (!text.startsWith("rgb") || numbers === undefined || numbers.length < 3) return null;
  if (numbers.length > 3 && numbers[3] === 0) return null;
  return [numbers[0]!, numbers[1]!, numbers[2]!];
}

function luminance([r, g, b]: RGB): number {
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
