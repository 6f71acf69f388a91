// Drag to move, buttons and Ctrl/⌘ + wheel to zoom, keys + − 0 and arrows while the picture has the focus.

import { h, on, setAttribute } from "./dom.js";
import type { Translate } from "./i18n/index.js";

export interface PanZoom {
  /** Buttons, to put beside the picture. */
  tools: HTMLElement;
  /** Shows all of a drawing of this size, and never larger than drawn. */
  fit(width: number, height: number): void;
  dispose(): void;
}

const STEP = 1.25;
const MOST = 8;

export function panZoom(picture: SVGSVGElement, content: SVGGElement, t: Translate): PanZoom {
  let size = { width: 1, height: 1 };
  let [scale, x, y] = [1, 0, 0];
  let held: { id: number; x: number; y: number; moved: boolean } | null = null;
  const box = () => {
    const { width, height } = picture.getBoundingClientRect();
    return { width: width || 600, height: height || 400 };
  };
  const least = (): number => {
    const { width, height } = box();
    return Math.min(1, width / size.width, height / size.height);
  };
  const draw = (): void => setAttribute(content, "transform", `translate(${x} ${y}) scale(${scale})`);

  /** The point (px, py) of the picture stays where it is. */
  function zoom(by: number, px = box().width / 2, py = box().height / 2): void {
    const next = Math.max(least() / 2, Math.min(MOST, scale * by));
    x = px - ((px - x) * next) / scale;
    y = py - ((py - y) * next) / scale;
    scale = next;
    draw();
  }
  function move(dx: number, dy: number): void {
    x += dx;
    y += dy;
    draw();
  }
  function all(): void {
    scale = least();
    x = (box().width - size.width * scale) / 2;
    y = Math.max(0, (box().height - size.height * scale) / 2);
    draw();
  }

  const keys: Record<string, () => void> = {
    "+": () => zoom(STEP),
    "=": () => zoom(STEP),
    "-": () => zoom(1 / STEP),
    "0": all,
    ArrowLeft: () => move(40, 0),
    ArrowRight: () => move(-40, 0),
    ArrowUp: () => move(0, 40),
    ArrowDown: () => move(0, -40),
  };
  function key(event: KeyboardEvent): void {
    const arrow = event.key.startsWith("Arrow");
    // Inside the picture arrows belong to whatever has the focus there.
    if (event.ctrlKey || event.metaKey || event.altKey || (arrow && event.target !== picture)) return;
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
  /** A plain wheel scrolls the page: a picture must not be a trap. */
  function wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = picture.getBoundingClientRect();
    zoom(STEP ** (-event.deltaY / 100), event.clientX - left, event.clientY - top);
  }
  function down(event: PointerEvent): void {
    if (event.button === 0) held = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
  }
  function drag(event: PointerEvent): void {
    if (held?.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(dx, dy) < 4) return; // a click
    if (!held.moved) picture.setPointerCapture?.(event.pointerId);
    held = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: true };
    move(dx, dy);
  }
  const up = (): void => {
    held = null;
  };
  const listeners: [string, (event: never) => void][] = [
    ["keydown", key],
    ["wheel", wheel],
    ["pointerdown", down],
    ["pointermove", drag],
    ["pointerup", up],
    ["pointercancel", up],
  ];
  for (const [type, listener] of listeners)
    picture.addEventListener(type, listener as EventListener, { passive: false });

  const button = (
    label: string,
    words: "zoom.in" | "zoom.out" | "zoom.fit",
    act: () => void,
  ): HTMLElement => {
    const made = h(
      "button",
      { type: "button", class: "jx-button", title: t(words), "aria-label": t(words) },
      label,
    );
    on(made, "click", act);
    return made;
  };
  const tools = h(
    "span",
    { class: "jx-zoom" },
    button("−", "zoom.out", () => zoom(1 / STEP)),
    button("+", "zoom.in", () => zoom(STEP)),
    button("⤢", "zoom.fit", all),
  );
  return {
    tools,
    fit(width, height) {
      size = { width: Math.max(1, width), height: Math.max(1, height) };
      all();
    },
    dispose() {
      for (const [type, listener] of listeners) picture.removeEventListener(type, listener as EventListener);
    },
  };
}
