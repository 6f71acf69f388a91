// Texts, pictures and series whose parts are kept or hidden: words marked or struck through, segments outlined and
// veiled, stretches of time shaded.

import { pictureRgba } from "../colors.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { percent } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import { isRecord, type Numbers, type Picture } from "../protocol.js";
import { roving } from "../roving.js";
import type { Scene } from "../view.js";
import { displayScale } from "./heatmap.js";
import { picking, type Say } from "./picking.js";
import { lanes, readTraces, type Traces, times } from "./spans.js";

const SIZE = 200;
const VEIL = 0.72;
const FEW = 3; // spans that are named

export interface Pieces {
  unit: "word" | "token" | "segment" | "span";
  players: string[];
  /** Tokens of a text with the white space before each; of a picture none. */
  tokens: [string, string][];
  height: number;
  width: number;
  /** Player of every token, pixel or step (a row per channel). */
  map: Numbers;
  /** Of a series what is behind the map. */
  traces: Traces | null;
}

export function readPieces(raw: unknown, arrays: Map<string, Numbers>): Pieces | null {
  const map = arrays.get("map");
  if (!isRecord(raw) || map === undefined) return null;
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const before = list(raw.before);
  const traces = readTraces(raw, arrays);
  const tokens = list(traces === null ? raw.names : []).map((name, i): [string, string] => [
    String(before[i] ?? ""),
    String(name),
  ]);
  const size = traces === null ? [raw.height, raw.width] : [raw.channels, raw.steps];
  const [height, width] = size.map((n) => Number(n) || 0) as [number, number];
  if (map.length !== (raw.kind === "text" ? tokens.length : height * width)) return null;
  return {
    unit: raw.unit as Pieces["unit"],
    players: list(raw.players).map(String),
    tokens,
    height,
    width,
    map,
    traces,
  };
}

/** A player in a sentence. */
export function called(pieces: Pieces, player: number, t: Translate): string {
  const name = pieces.players[player] ?? "";
  const time = pieces.traces === null ? null : times(pieces.traces, [player], t);
  if (pieces.unit === "span") return time?.[0] ?? t("pieces.span", { n: name.replace(/\D+/g, "") });
  // A word that occurs again has a number, which is no part of it.
  const again = / \(\d+\)$/.exec(name)?.[0] ?? "";
  const word = name.slice(0, name.length - again.length);
  if (pieces.unit !== "segment") return t("tokens.quoted", { name: word }) + again;
  return t("pieces.segment", { n: name.replace(/\D+/g, "") });
}

/** Several of them, at most `most` by name. */
export function several(pieces: Pieces, players: number[], t: Translate, most = 6): string {
  const stretches = pieces.traces === null ? null : times(pieces.traces, players, t);
  if (stretches !== null && stretches.length <= FEW) return stretches.join(t("say.comma"));
  if (isArea(pieces) && players.length > 1) return extent(pieces, new Set(players), t);
  const names = players.slice(0, most).map((player) => called(pieces, player, t));
  if (players.length > most) names.push(t("pieces.more", { n: players.length - most }));
  return names.join(t("say.comma"));
}

/** Whether parts are better told by how much they are than by their names. */
const isArea = ({ unit }: Pieces): boolean => unit === "segment" || unit === "span";

export const unitKey = (pieces: Pieces): Key => `pieces.${pieces.unit}s`;

export interface Choice {
  /** Players that are hidden, and that a rule keeps. */
  hidden: ReadonlySet<number>;
  kept: ReadonlySet<number>;
  /** Nothing is known to be hidden: what is not kept may be there or not. */
  open: boolean;
  caption: string;
}

export interface Block {
  figure: HTMLElement;
  draw(pieces: Pieces, choice: Choice, scene: Scene): void;
}

type Toggle = (player: number) => void;

/** One text, picture or series; with `toggle` its parts can be switched. */
export function block(t: Translate, toggle?: Toggle): Block {
  const [text, picture, series] = [passage(t, toggle), pair(t, toggle), lanes(t, toggle)];
  const every = [text, picture, series];
  const caption = h("div", {});
  const readout = h("div", { class: "jx-readout jx-num" });
  const figure = h(
    "figure",
    { class: "jx-figure jx-piece" },
    ...every.map((each) => each.element),
    h("figcaption", {}, caption, readout),
  );
  let pieces: Pieces | null = null;
  let choice: Choice | null = null;
  let at: number | null = null;
  const say = (player: number | null, live = false): void => {
    at = player;
    setAttribute(readout, "aria-live", live ? "polite" : null);
    const rest = toggle === undefined ? "" : t("rules.click");
    setText(readout, player === null || pieces === null ? rest : describe(pieces, choice!, player, t));
  };
  say(null);
  for (const each of every) each.listen(say);
  return {
    figure,
    draw(now, chosen, scene): void {
      [pieces, choice] = [now, chosen];
      const here = now.traces !== null ? series : now.unit === "segment" ? picture : text;
      for (const each of every) show(each.element, each === here);
      show(readout, here !== text || toggle !== undefined);
      here.draw(now, chosen, scene);
      setText(caption, chosen.caption);
      say(at);
      setAttribute(figure, "aria-label", chosen.caption);
    },
  };
}

function describe(pieces: Pieces, { hidden, kept }: Choice, player: number, t: Translate): string {
  const state: Key = hidden.has(player) ? "pieces.hidden" : kept.has(player) ? "pieces.kept" : "pieces.free";
  return t("pieces.read", { name: called(pieces, player, t), state: t(state) });
}

function passage(t: Translate, toggle?: Toggle) {
  const role = toggle === undefined ? "list" : "group";
  const element = h("div", { class: "jx-tokens", role, "aria-label": t("pieces.text") });
  const rove = roving(element);
  let spans: HTMLElement[] = [];
  let key = "";
  let pieces: Pieces | null = null;
  let say: Say = () => {};
  const playerOf = (target: EventTarget | null): number | null => {
    const at = spans.indexOf(target as HTMLElement);
    const player = pieces?.map[at] ?? -1;
    return at >= 0 && player < (pieces?.players.length ?? 0) ? player : null;
  };

  function draw(now: Pieces, { hidden, kept, open }: Choice): void {
    pieces = now;
    const text = JSON.stringify(now.tokens);
    if (text !== key) {
      key = text;
      spans = now.tokens.map(([, name]) =>
        toggle === undefined
          ? h("span", { role: "listitem" }, name)
          : h("button", { type: "button", class: "jx-word" }, name),
      );
      // White space is a margin: arrow keys move over the words alone.
      element.replaceChildren(...spans);
      rove();
      for (const [i, span] of spans.entries()) {
        const [before] = now.tokens[i]!;
        span.classList.toggle("jx-spaced", (now.tokens[i + 1]?.[0] ?? "") !== "");
        span.classList.toggle("jx-break", before.includes("\n"));
      }
    }
    for (const [i, span] of spans.entries()) {
      const player = now.map[i]!;
      const gone = hidden.has(player);
      span.classList.toggle("jx-out", gone);
      span.classList.toggle("jx-kept", kept.has(player));
      span.classList.toggle("jx-free", open && !kept.has(player));
      if (toggle !== undefined) {
        setAttribute(span, "aria-pressed", kept.has(player) ? "true" : "false");
        (span as HTMLButtonElement).disabled = player >= now.players.length;
      } else {
        setAttribute(span, "aria-label", gone ? t("pieces.gone", { name: now.tokens[i]![1] }) : null);
      }
    }
  }
  on(element, "click", ({ target }) => {
    const player = playerOf(target);
    if (player !== null) toggle?.(player);
  });
  on(element, "pointerover", ({ target }) => say(playerOf(target)));
  on(element, "pointerleave", () => say(null));
  on(element, "focusin", ({ target }) => say(playerOf(target), true));
  const listen = (to: Say): void => {
    say = to;
  };
  return { element, draw, listen };
}

/** The picture with its outline, and what the model was shown instead. */
function pair(t: Translate, toggle?: Toggle) {
  const role = toggle === undefined ? "img" : "application";
  const canvas = h("canvas", { class: "jx-pieces", tabindex: 0, role, "aria-label": t("pieces.keys") });
  const changed = h("canvas", { class: "jx-pieces", role: "img", "aria-label": t("pieces.changed") });
  const stages = [canvas, changed].map((each) => h("div", { class: "jx-stage" }, each));
  const element = h("div", { class: "jx-pair" }, ...stages);
  let pieces: Pieces | null = null;
  let again: (() => void) | null = null;
  let at: number | null = null;
  let say: Say = () => {};

  function draw(now: Pieces, choice: Choice, scene: Scene): void {
    pieces = now;
    again = () => draw(now, choice, scene);
    const { input, reference, theme } = scene;
    const fits = (picture: Picture | null): Picture | null =>
      picture?.height === now.height && picture.width === now.width ? picture : null;
    const [given, absent] = [fits(input), fits(reference.picture)];
    const away = (player: number): boolean =>
      choice.open ? !choice.kept.has(player) : choice.hidden.has(player);
    const veil = choice.open || absent === null;
    const style = getComputedStyle(canvas);
    const [kept, hidden] = ["--jx-pos", "--jx-neg"].map((name) => style.getPropertyValue(name) || "#d9730d");
    const scale = paint(
      canvas,
      now,
      (i, rgba, base) => {
        if (given !== null) rgba.set(base!.subarray(i * 4, i * 4 + 3), i * 4);
        else rgba.set([127, 127, 127], i * 4);
        if (veil && away(now.map[i]!))
          for (let c = 0; c < 3; c++)
            rgba[i * 4 + c] = (1 - VEIL) * rgba[i * 4 + c]! + VEIL * theme.neutral[c]!;
      },
      given,
    );
    outline(canvas, now, (player) => choice.kept.has(player), kept!, scale);
    if (!choice.open) outline(canvas, now, (player) => choice.hidden.has(player), hidden!, scale);
    if (at !== null)
      outline(canvas, now, (player) => player === at, theme.dark ? "#fff" : "#000", scale, true);
    show(stages[1]!, absent !== null && given !== null);
    if (absent === null || given === null) return;
    const behind = pictureRgba(absent);
    paint(
      changed,
      now,
      (i, rgba, base) => {
        rgba.set((away(now.map[i]!) ? behind : base!).subarray(i * 4, i * 4 + 3), i * 4);
      },
      given,
    );
  }
  const point: Say = (player, live) => {
    at = player;
    again?.();
    say(at, live);
  };
  picking(canvas, () => pieces, point, toggle);
  const listen = (to: Say): void => {
    say = to;
  };
  return { element, draw, listen };
}

type Colour = (i: number, rgba: Uint8ClampedArray, base: Uint8ClampedArray | null) => void;

/** Pixels as they are, each drawn as a square; returns how large. */
function paint(
  canvas: HTMLCanvasElement,
  { height, width }: Pieces,
  colour: Colour,
  picture: Picture | null,
) {
  const scale = displayScale(Math.max(height, width), SIZE);
  const cell = Math.max(1, Math.round(scale * Math.min(2, window.devicePixelRatio || 1)));
  const stage = canvas.parentElement!;
  stage.style.width = `${width * scale}px`;
  stage.style.aspectRatio = `${width} / ${height}`;
  [canvas.width, canvas.height] = [width * cell, height * cell];
  const context = canvas.getContext("2d");
  const rgba = new Uint8ClampedArray(height * width * 4).fill(255);
  const base = picture === null ? null : pictureRgba(picture);
  for (let i = 0; i < height * width; i++) colour(i, rgba, base);
  const small = document.createElement("canvas");
  [small.width, small.height] = [width, height];
  small.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
  if (context) {
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, width * cell, height * cell);
  }
  return cell;
}

/** Lines between pixels of some players and all others; light beside dark, so that they show on every picture. */
function outline(
  canvas: HTMLCanvasElement,
  { map, height, width }: Pieces,
  inside: (player: number) => boolean,
  colour: string,
  cell: number,
  dashed = false,
): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const is = (y: number, x: number): boolean =>
    y >= 0 && x >= 0 && y < height && x < width && inside(map[y * width + x]!);
  context.beginPath();
  for (let y = 0; y <= height; y++)
    for (let x = 0; x <= width; x++) {
      if (is(y, x) !== is(y, x - 1)) {
        context.moveTo(x * cell, y * cell);
        context.lineTo(x * cell, (y + 1) * cell);
      }
      if (is(y, x) !== is(y - 1, x)) {
        context.moveTo(x * cell, y * cell);
        context.lineTo((x + 1) * cell, y * cell);
      }
    }
  context.lineCap = "square";
  context.setLineDash(dashed ? [4, 4] : []);
  const thick = Math.max(2, canvas.width / 110);
  const strokes: [string, number][] = dashed
    ? [[colour, thick / 2]]
    : [
        ["#fff", 1.9 * thick],
        [colour, thick],
      ];
  for (const [style, size] of strokes) {
    context.strokeStyle = style;
    context.lineWidth = size;
    context.stroke();
  }
}

/** "3 of 64 segments, 5 % of the picture" (or spans, of the series). */
export function extent(pieces: Pieces, players: ReadonlySet<number>, t: Translate): string {
  let inside = 0;
  for (const player of pieces.map) if (players.has(player)) inside++;
  const counts = { n: players.size, total: pieces.players.length, unit: t(unitKey(pieces)) };
  if (!isArea(pieces)) return t("pieces.count", counts);
  return t(pieces.traces === null ? "pieces.countShare" : "pieces.countTime", {
    ...counts,
    share: percent(inside / pieces.map.length),
  });
}
