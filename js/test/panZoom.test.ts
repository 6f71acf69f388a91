import { beforeEach, describe, expect, it } from "vitest";
import { svg } from "../src/dom.js";
import { translator } from "../src/i18n/index.js";
import { type PanZoom, panZoom } from "../src/panZoom.js";

let picture: SVGSVGElement;
let content: SVGGElement;
let zoom: PanZoom;

beforeEach(() => {
  content = svg("g");
  picture = svg("svg", { tabindex: 0 }, content);
  picture.getBoundingClientRect = () => ({ width: 400, height: 200, left: 0, top: 0 }) as DOMRect;
  document.body.replaceChildren(picture);
  zoom = panZoom(picture, content, translator("en"));
  zoom.fit(800, 400);
});

const transform = (): number[] => (content.getAttribute("transform")?.match(/-?[\d.]+/g) ?? []).map(Number);
const press = (key: string): void => {
  picture.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
};
const pointer = (type: string, clientX: number, clientY: number): void => {
  picture.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerId: 1, button: 0 }));
};

describe("panZoom", () => {
  it("fits a large drawing and leaves a small one as large as it is, in the middle", () => {
    expect(transform()).toEqual([0, 0, 0.5]);
    zoom.fit(100, 100);
    expect(transform()).toEqual([150, 50, 1]);
  });

  it("zooms about the middle, by keys and by buttons, and back", () => {
    press("+");
    expect(transform()).toEqual([-50, -25, 0.625]);
    zoom.tools.querySelector<HTMLElement>('[aria-label="Show all"]')!.click();
    expect(transform()).toEqual([0, 0, 0.5]);
  });

  it("scrolls the page with a plain wheel and zooms at the pointer with Ctrl", () => {
    const wheel = (ctrlKey: boolean): boolean => {
      const event = new Event("wheel", { cancelable: true });
      return picture.dispatchEvent(Object.assign(event, { deltaY: -100, ctrlKey, clientX: 0, clientY: 0 }));
    };
    expect(wheel(false)).toBe(true);
    expect(transform()).toEqual([0, 0, 0.5]);
    expect(wheel(true)).toBe(false);
    expect(transform()).toEqual([0, 0, 0.625]);
  });

  it("moves while dragged, but not on a click", () => {
    pointer("pointerdown", 10, 10);
    pointer("pointermove", 12, 11);
    expect(transform()).toEqual([0, 0, 0.5]);
    pointer("pointermove", 40, 30);
    pointer("pointerup", 40, 30);
    pointer("pointermove", 90, 90);
    expect(transform()).toEqual([30, 20, 0.5]);
  });

  it("leaves arrows to what has the focus inside", () => {
    const inside = svg("g", { tabindex: -1 });
    content.append(inside);
    inside.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
    expect(transform()).toEqual([0, 0, 0.5]);
    press("ArrowLeft");
    expect(transform()).toEqual([40, 0, 0.5]);
  });

  it("stops listening", () => {
    zoom.dispose();
    press("+");
    expect(transform()).toEqual([0, 0, 0.5]);
  });
});
