import type { AnyModel } from "@anywidget/types";
import { mount } from "../src/app.js";
import { type Clock, Store } from "../src/store.js";
import { CORE } from "../src/views/index.js";
import { register } from "../src/views/kinds.js";
import { MORE } from "../src/views/more.js";
import { traits } from "./data.js";
import { FakeModel } from "./fakeModel.js";

register(CORE);
register(MORE);

/** Frames run when the test says so. */
export class ManualClock implements Clock {
  time = 0;
  #queue: (() => void)[] = [];
  now = (): number => this.time;
  frame = (callback: () => void): void => {
    this.#queue.push(callback);
  };
  draw(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const callback of queue) callback();
  }
  get waiting(): number {
    return this.#queue.length;
  }
}

export interface Page {
  model: FakeModel;
  store: Store;
  clock: ManualClock;
  el: HTMLElement;
  root(): HTMLElement;
  deliver(message: { content: unknown; buffers: DataView[] }): void;
  find<T extends HTMLElement = HTMLElement>(selector: string): T;
  all(selector: string): HTMLElement[];
  labelled<T extends HTMLElement = HTMLInputElement>(label: string): T;
  button(name: string): HTMLButtonElement;
}

export function openPage(more: Record<string, unknown> = {}): Page {
  document.body.replaceChildren();
  const model = new FakeModel(traits(more));
  const clock = new ManualClock();
  const store = new Store(model as unknown as AnyModel, clock);
  const el = document.createElement("div");
  document.body.append(el);
  mount(el, store);
  clock.draw();
  const all = (selector: string): HTMLElement[] => [...el.querySelectorAll<HTMLElement>(selector)];
  const find = <T extends HTMLElement>(selector: string): T => {
    const found = el.querySelector<T>(selector);
    if (found === null) throw new Error(`no ${selector}`);
    return found;
  };
  return {
    model,
    store,
    clock,
    el,
    all,
    find,
    root: () => find(".jx-root"),
    deliver({ content, buffers }) {
      model.deliver(content, buffers);
      clock.draw();
    },
    labelled<T extends HTMLElement>(text: string): T {
      const label = all("label").find(
        (each) => each.textContent === text && each.closest("[hidden]") === null,
      );
      const target = label === undefined ? null : document.getElementById(label.getAttribute("for") ?? "");
      if (target === null) throw new Error(`no control labelled ${text}`);
      return target as T;
    },
    button(name) {
      const found = all("button").find((each) => each.textContent === name);
      if (found === undefined) throw new Error(`no button ${name}`);
      return found as HTMLButtonElement;
    },
  };
}

export function fire(element: HTMLElement, type: string): void {
  element.dispatchEvent(new Event(type, { bubbles: true }));
}
