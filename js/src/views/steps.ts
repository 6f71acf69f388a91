// Step by step: how an algorithm builds its answer. Everything is here already; no question goes to the kernel.

import { h, on, setAttribute, setText, show } from "../dom.js";
import { count, plain, signedFor } from "../format.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type PathChart, pathChart } from "./pathChart.js";
import { barFrames, type Frames, mapFrames, tokenFrames } from "./pathFrames.js";
import { scrubber } from "./scrubber.js";
import { along, type PathSteps, pathOf } from "./stepsData.js";

const FRAMES = { image: mapFrames, table: barFrames, text: tokenFrames };

export function steps(host: ViewHost): View {
  const { t, preferences, uid, redraw } = host;
  const said = h("p", { class: "jx-step-say jx-num" });
  const chart: PathChart = pathChart(t, (place) => choose(place));
  const scrub = scrubber(t, uid, (at, aloud) => {
    setAttribute(said, "aria-live", aloud ? "polite" : null);
    draw(at);
  });
  const place = h("div", { class: "jx-step-frames" });
  const table = stepTable();
  const inside = h(
    "div",
    {},
    chart.legend,
    chart.stage,
    scrub.slider,
    scrub.buttons,
    said,
    place,
    table.element,
  );
  const summary = h("summary", {}, t("steps.title"));
  const element = h("details", { class: "jx-notes jx-steps", open: true }, summary, inside);
  let scene: Scene | null = null;
  let frames: { draw: string; view: Frames } | null = null;

  function update(given: Scene): void {
    scene = given;
    const path = element.open ? pathOf(given.answer) : null;
    if (path === null) return;
    scrub.count(path.count);
    draw(scrub.at());
  }

  function draw(at: number): void {
    const path = scene === null || !element.open ? null : pathOf(scene.answer);
    if (scene === null || path === null || at > path.count) return;
    if (frames?.draw !== path.draw) {
      frames = { draw: path.draw, view: FRAMES[path.draw](host) };
      place.replaceChildren(frames.view.element);
    }
    chart.update(path, at);
    frames.view.update(scene, path, at);
    const words = caption(path, at);
    setText(said, words);
    scrub.say(words);
    show(table.element, preferences.table);
    if (preferences.table) table.update(path, at);
  }

  /** What this step does, in words with numbers. */
  function caption(path: PathSteps, at: number): string {
    const { base, change, f, sum } = curves(path);
    const signed = signedFor(Math.max(Math.abs(change), Math.abs(sum(1))));
    if (at === 0) return t("steps.first", { output: plain(base) });
    const [from, to] = [path.ends[at - 1]!, path.ends[at]!];
    const share = sum(to) - sum(from);
    const fine = signedFor(largestStep(path));
    const params = {
      at,
      from: plain(from),
      to: plain(to),
      moved: fine(f(to) - f(from)),
      output: plain(f(to)),
      share: fine(share),
      sum: signed(sum(to)),
    };
    const last = at === path.count;
    const whole = change === 0 ? "" : t("steps.part", { part: part(sum(to) / change) });
    const end = { change: signed(change), gap: fine(change - sum(1)) };
    return t("steps.caption", params) + (last ? t("steps.end", end) : whole);
  }

  /** A table of all steps, while tables are shown. */
  function stepTable(): { element: HTMLElement; update(path: PathSteps, at: number): void } {
    const titles = ["steps.headStep", "steps.headT", "steps.headOutput", "steps.headShare", "steps.headSum"];
    const head = titles.map((title) =>
      h("th", { scope: "col", class: "jx-right" }, t(title as "steps.headT")),
    );
    const body = h("tbody", {});
    const grid = h("table", { class: "jx-table jx-num" }, h("thead", {}, h("tr", {}, ...head)), body);
    const scroll = h("div", { class: "jx-table-scroll", tabindex: 0, role: "region" }, grid);
    setAttribute(scroll, "aria-label", t("steps.title"));
    let of: PathSteps | null = null;
    return {
      element: scroll,
      update(path, at) {
        if (path !== of) body.replaceChildren(...rowsOf(path));
        of = path;
        for (const [k, row] of [...body.children].entries()) {
          setAttribute(row, "aria-current", k === at ? "step" : null);
        }
      },
    };
  }

  function rowsOf(path: PathSteps): HTMLElement[] {
    const { f, sum, change } = curves(path);
    const signed = signedFor(Math.max(Math.abs(change), Math.abs(sum(1))));
    const fine = signedFor(largestStep(path));
    return Array.from(path.ends, (to, k) => {
      const share = k === 0 ? 0 : sum(to) - sum(path.ends[k - 1]!);
      const cells = [String(k), plain(to), plain(f(to)), fine(share), signed(sum(to))];
      return h("tr", {}, ...cells.map((text) => h("td", { class: "jx-right" }, text)));
    });
  }

  function choose(where: number): void {
    const path = pathOf(scene?.answer ?? null);
    if (path !== null) scrub.go(Math.round(Math.max(0, Math.min(1, where)) * path.count));
  }

  on(element, "toggle", () => redraw());
  return { element, curve: "aside", update };
}

/** The largest sum that a step collects: decides the decimals of single steps. */
function largestStep({ t, sum, ends }: PathSteps): number {
  const sums = Array.from(ends, (place) => along(t, sum, place));
  return Math.max(...sums.slice(1).map((v, k) => Math.abs(v - sums[k]!)));
}

/** Whole percents, which may be negative or more than a hundred. */
const part = (share: number): string => `${count(100 * share)}\u202f%`;

function curves({ t, f, sum }: PathSteps): {
  base: number;
  change: number;
  f(place: number): number;
  sum(place: number): number;
} {
  const base = f[0]!;
  const at = { f: (place: number) => along(t, f, place), sum: (place: number) => along(t, sum, place) };
  return { base, change: f.at(-1)! - base, ...at };
}
