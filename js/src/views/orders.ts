// Walk by walk: features enter in a random order, each gain drops as a dot into the feature's strip.

import { h, on, setAttribute, setText, show } from "../dom.js";
import { middle, plain, signedFor, unsignedFor } from "../format.js";
import { type Answer, asAttribution } from "../protocol.js";
import type { Scene, View, ViewHost } from "../view.js";
import { type BarScale, barScale, share, span, Z95 } from "./barScale.js";
import { entering, type Orders, ordersOf, type Running, running } from "./ordersData.js";
import { key } from "./plane.js";
import { scrubber } from "./scrubber.js";
import { largest } from "./tableData.js";

interface Strip {
  element: HTMLElement;
  zero: HTMLElement;
  dots: HTMLElement[];
  mean: HTMLElement;
  whisker: HTMLElement;
  final: HTMLElement;
  number: HTMLElement;
  error: HTMLElement;
}

export function orders(host: ViewHost): View {
  const { t, uid, preferences, redraw } = host;
  const said = h("p", { class: "jx-step-say jx-num" });
  const scrub = scrubber(t, uid, (at, aloud) => {
    setAttribute(said, "aria-live", aloud ? "polite" : null);
    draw(at);
  });
  const boxes = h("ol", { class: "jx-order-boxes jx-num", "aria-label": t("orders.boxes") });
  const keys = (["dot", "mean", "final"] as const).map((name) => {
    const each = key(`order-${name}`);
    each.say(t(`orders.${name}`));
    return each.element;
  });
  const heads = ["", "", t("orders.headMean"), "±"];
  const titles = h("div", { class: "jx-row jx-soft" }, ...heads.map((words) => h("span", {}, words)));
  const grid = h("div", { class: "jx-order-strips jx-num" });
  const columns = ["feature", "place", "gain", "headMean", "error"] as const;
  const body = h("tbody", {});
  const head = columns.map((name, i) =>
    h("th", { scope: "col", class: i > 0 && "jx-right" }, t(`orders.${name}`)),
  );
  const table = h("table", { class: "jx-table jx-num" }, h("thead", {}, h("tr", {}, ...head)), body);
  const scroll = h("div", { class: "jx-table-scroll", tabindex: 0, role: "region" }, table);
  setAttribute(scroll, "aria-label", t("orders.title"));
  const inside = h(
    "div",
    {},
    scrub.slider,
    scrub.buttons,
    said,
    boxes,
    h("div", { class: "jx-step-legend" }, ...keys),
    grid,
    scroll,
  );
  const summary = h("summary", {}, t("orders.title"));
  const element = h("details", { class: "jx-notes jx-steps", open: true }, summary, inside);
  let answer: Answer | null = null;
  let strips: Strip[] = [];
  let of: Orders | null = null;
  let scale: BarScale = { low: -1, high: 1 };
  /** The largest mean of all walks: decides the decimals of means. */
  let size = 1;

  function update(scene: Scene): void {
    answer = scene.answer;
    const found = element.open ? ordersOf(answer) : null;
    if (found === null) return;
    scrub.count(found.walks);
    draw(scrub.at());
  }

  function draw(at: number): void {
    const found = element.open ? ordersOf(answer) : null;
    if (found === null || at > found.walks) return;
    if (of !== found) arrange(found);
    of = found;
    const means = strips.map((_, i) => running(found, i, at));
    drawBoxes(found, at);
    for (const [i, strip] of strips.entries()) drawStrip(strip, at, means[i]!);
    show(scroll, preferences.table);
    if (preferences.table) body.replaceChildren(...rowsOf(found, at, means));
    const words = caption(found, at);
    setText(said, words);
    scrub.say(words);
  }

  function arrange(found: Orders): void {
    const { gains, columns, walks } = found;
    // Some air, so that no dot is cut.
    scale = barScale(Array.from(gains, (v) => [1.04 * v, 1.04 * v] as const));
    size = largest(Array.from({ length: columns }, (_, i) => running(found, i, walks).mean));
    const finals = finalOf(answer);
    strips = Array.from({ length: columns }, (_, i) => {
      const name = nameOf(found, i);
      const strip = newStrip(middle(name, 30), walks);
      strip.zero.style.left = `${share(scale, 0).toFixed(2)}%`;
      setAttribute(strip.element.firstElementChild!, "title", name);
      strip.element.classList.toggle("jx-soft", i >= found.names.length);
      for (const [walk, dot] of strip.dots.entries()) {
        const gain = gains[walk * columns + i]!;
        dot.style.left = `${share(scale, gain).toFixed(2)}%`;
        dot.style.top = `${(50 + 52 * (((walk * 0.618034) % 1) - 0.5)).toFixed(1)}%`;
        dot.classList.toggle("jx-neg", gain < 0);
        dot.classList.toggle("jx-none", gain === 0);
      }
      const final = i < found.names.length ? finals.get(name) : undefined;
      strip.final.hidden = final === undefined;
      if (final !== undefined) strip.final.style.left = `${share(scale, final).toFixed(2)}%`;
      return strip;
    });
    grid.replaceChildren(titles, ...strips.map((strip) => strip.element));
  }

  function drawBoxes(found: Orders, at: number): void {
    const order = at === 0 ? found.names.map((_, i) => i) : entering(found, at - 1);
    const most = largest(found.gains);
    const signed = signedFor(most);
    while (boxes.children.length < order.length) {
      boxes.append(h("li", {}, h("span", {}), h("span", { class: "jx-soft" })));
    }
    while (boxes.children.length > order.length) boxes.lastElementChild!.remove();
    for (const [place, i] of order.entries()) {
      const box = boxes.children[place] as HTMLElement;
      const gain = at === 0 ? 0 : found.gains[(at - 1) * found.columns + i]!;
      const [name, number] = [...box.children] as [HTMLElement, HTMLElement];
      setText(name, at === 0 ? "" : middle(found.names[i]!, 12));
      setAttribute(box, "data-place", at === 0 ? place + 1 : placeOf(found, i, at));
      setAttribute(box, "title", at === 0 ? null : found.names[i]!);
      setText(number, at === 0 ? "" : signed(gain));
      // No stronger: the words stand on it, in a dark page too.
      const tint = Math.round(52 * Math.sqrt(Math.abs(gain) / (most || 1)));
      const colour = gain < 0 ? "var(--jx-neg)" : "var(--jx-pos)";
      box.style.background = tint === 0 ? "" : `color-mix(in srgb, ${colour} ${tint}%, var(--jx-bg))`;
    }
  }

  function drawStrip(strip: Strip, at: number, { mean, stderr }: Running): void {
    for (const [walk, dot] of strip.dots.entries()) {
      dot.hidden = walk >= at;
      dot.classList.toggle("jx-now", walk === at - 1);
    }
    strip.mean.hidden = at === 0;
    strip.whisker.hidden = stderr === null || stderr === 0;
    if (at > 0) strip.mean.style.left = `${share(scale, mean).toFixed(2)}%`;
    if (stderr !== null) {
      const { left, width } = span(scale, mean - Z95 * stderr, mean + Z95 * stderr);
      strip.whisker.style.left = `${left.toFixed(2)}%`;
      strip.whisker.style.width = `${width.toFixed(2)}%`;
    }
    setText(strip.number, at === 0 ? "" : signedFor(size)(mean));
    setText(strip.error, stderr === null ? "" : unsignedFor(size)(stderr));
  }

  /** What this walk gave each feature, and the means so far. */
  function rowsOf(found: Orders, at: number, means: Running[]): HTMLElement[] {
    const gain = signedFor(largest(found.gains));
    return means.map(({ mean, stderr }, i) => {
      const walked = at > 0;
      const cells = [
        nameOf(found, i),
        walked && i < found.names.length ? String(placeOf(found, i, at)) : "",
        walked ? gain(found.gains[(at - 1) * found.columns + i]!) : "",
        walked ? signedFor(size)(mean) : "",
        stderr === null ? "" : unsignedFor(size)(stderr),
      ];
      return h("tr", {}, ...cells.map((text, k) => h("td", { class: k > 0 && "jx-right" }, text)));
    });
  }

  /** Who gained most in this walk, and what that makes of its mean. */
  function caption(found: Orders, at: number): string {
    if (at === 0) return t("orders.first", { n: found.walks });
    const gain = (i: number): number => found.gains[(at - 1) * found.columns + i]!;
    const best = found.names.reduce((most, _, i) => (Math.abs(gain(i)) > Math.abs(gain(most)) ? i : most), 0);
    const { mean, stderr } = running(found, best, at);
    const signed = signedFor(largest(found.gains));
    const params = {
      at,
      start: plain(found.starts[at - 1]!),
      output: plain(found.output),
      name: middle(found.names[best]!, 30),
      gain: signed(gain(best)),
      place: placeOf(found, best, at),
      mean: signedFor(size)(mean) + (stderr === null ? "" : ` ± ${unsignedFor(size)(stderr)}`),
    };
    const way = t(at % 2 === 1 ? "orders.there" : "orders.back", params);
    return way + t("orders.caption", params);
  }

  const nameOf = ({ names, others }: Orders, i: number): string =>
    names[i] ?? t(others === 1 ? "bars.rest.one" : "bars.rest.many", { n: others });

  on(element, "toggle", () => redraw());
  return { element, curve: "aside", update };
}

function newStrip(name: string, walks: number): Strip {
  const dots = Array.from({ length: walks }, () => h("i", { class: "jx-order-dot", hidden: true }));
  const [mean, whisker] = [h("i", { class: "jx-order-mean" }), h("u", { class: "jx-whisker" })];
  const final = h("i", { class: "jx-order-final" });
  const zero = h("i", { class: "jx-zero" });
  const track = h("span", { class: "jx-track" }, zero, ...dots, whisker, mean, final);
  const [number, error] = [h("span", { class: "jx-number" }), h("span", { class: "jx-pm" })];
  const element = h("div", { class: "jx-row" }, h("span", { class: "jx-name" }, name), track, number, error);
  return { element, zero, dots, mean, whisker, final, number, error };
}

/** The place at which a feature enters, from 1. */
const placeOf = ({ names, ranks }: Orders, i: number, at: number): number =>
  ranks[(at - 1) * names.length + i]! + 1;

/** The answer's own values by name, where players are columns. */
function finalOf(answer: Answer | null): Map<string, number> {
  const found = asAttribution(answer);
  if (found === null || found.layout.kind !== "table") return new Map();
  return new Map(found.layout.names.map((name, i) => [name, found.values[i]!]));
}
