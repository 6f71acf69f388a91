// One of the players on a grid, chosen by pointer or arrow keys; Enter or a click switches it.

import { on } from "../dom.js";
import type { Pieces } from "./pieces.js";

/** Tells who is pointed at: a player or nobody, and whether by key. */
export type Say = (player: number | null, live?: boolean) => void;

/** Follows the pointer and the keys over an element that shows a map of players from edge to edge. */
export function picking(
  element: HTMLElement,
  shown: () => Pieces | null,
  say: Say,
  toggle?: (player: number) => void,
): void {
  let at: number | null = null;
  const point = (player: number | null, live = false): void => {
    if (player === at) return;
    at = player;
    say(at, live);
  };
  on(element, "pointermove", (event) => {
    const pieces = shown();
    const box = element.getBoundingClientRect();
    if (pieces === null || box.width === 0) return;
    const row = Math.floor(((event.clientY - box.top) / box.height) * pieces.height);
    const column = Math.floor(((event.clientX - box.left) / box.width) * pieces.width);
    const player = pieces.map[row * pieces.width + column] ?? -1;
    point(player >= 0 && player < pieces.players.length ? player : null);
  });
  on(element, "pointerleave", () => point(null));
  on(element, "blur", () => point(null));
  on(element, "click", () => {
    if (at !== null) toggle?.(at);
  });
  on(element, "keydown", (event) => {
    const n = shown()?.players.length ?? 0;
    const step = { Down: 1, Right: 1, Up: n - 1, Left: n - 1 }[event.key.replace("Arrow", "")];
    const act = event.key === "Enter" || event.key === " ";
    if (n === 0 || (step === undefined && !act)) return;
    event.preventDefault();
    if (act && at !== null) toggle?.(at);
    else point(at === null ? 0 : (at + (step ?? 0)) % n, true);
  });
}
