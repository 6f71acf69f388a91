import { h, on } from "../dom.js";

/** Maps slider positions 0 … steps to numbers and back. */
export interface Scale {
  steps: number;
  at(position: number): number;
  position(value: number): number;
}

export function linearScale(low: number, high: number, whole: boolean): Scale {
  const steps = whole ? Math.min(100_000, high - low) : 200;
  const at = (p: number): number => {
    const value = low + ((high - low) * p) / steps;
    return whole ? Math.round(value) : Number(value.toPrecision(6));
  };
  return { steps, at, position: (value) => Math.round(((value - low) / (high - low)) * steps) };
}

/** Eight steps per doubling, so powers of two are hit exactly when `low` is one; whole numbers stay distinct. */
export function logScale(low: number, high: number, whole: boolean): Scale {
  const octaves = Math.log2(high / low);
  const steps = Math.max(1, Math.round(octaves * 8));
  const raw = (p: number): number => low * 2 ** ((octaves * p) / steps);
  if (!whole) {
    const at = (p: number): number => (p >= steps ? high : Number(raw(p).toPrecision(3)));
    return { steps, at, position: (value) => Math.round((Math.log2(value / low) / octaves) * steps) };
  }
  const values: number[] = [];
  for (let p = 0; p <= steps; p++) {
    const value = p === steps ? high : round(raw(p));
    if (value > (values.at(-1) ?? 0)) values.push(value);
  }
  return {
    steps: values.length - 1,
    at: (p) => values[p] ?? high,
    position: (value) => nearest(values, value),
  };
}

function round(value: number): number {
  const power = 2 ** Math.round(Math.log2(value));
  if (Math.abs(value / power - 1) < 1e-6) return power;
  return value < 1000 ? Math.round(value) : Number(value.toPrecision(3));
}

function nearest(values: readonly number[], value: number): number {
  let best = 0;
  for (const [i, candidate] of values.entries()) {
    if (Math.abs(candidate - value) < Math.abs(values[best]! - value)) best = i;
  }
  return best;
}

export interface Slider {
  input: HTMLInputElement;
  dragging(): boolean;
  setScale(scale: Scale): void;
  setValue(value: number): void;
}

/** `moved(value, coarse)`: coarse while dragging, fine on release. */
export function slider(
  moved: (value: number, coarse: boolean) => void,
  show: (value: number) => string,
): Slider {
  const input = h("input", { type: "range", min: 0, step: 1 });
  let scale = linearScale(0, 1, true);
  let dragging = false;
  const speak = (value: number): void => input.setAttribute("aria-valuetext", show(value));
  const value = (): number => scale.at(Number(input.value));
  on(input, "input", () => {
    dragging = true;
    speak(value());
    moved(value(), true);
  });
  on(input, "change", () => {
    dragging = false;
    moved(value(), false);
  });
  // A drag that ends where it began fires no change event.
  for (const type of ["pointerup", "pointercancel", "blur", "keyup"] as const) {
    on(input, type, () => {
      dragging = false;
    });
  }
  return {
    input,
    dragging: () => dragging,
    setScale(next) {
      scale = next;
      input.max = String(next.steps);
    },
    setValue(next) {
      input.value = String(Math.max(0, Math.min(scale.steps, scale.position(next))));
      speak(next);
    },
  };
}
