// A page with the widget on a fake kernel, to look at: test/demo/shoot.py opens it. Scenes by ?scene=….

import widget from "../../src/widget.js";
import { imageMessage, panel, tableMessage, traits } from "../data.js";
import { FakeModel } from "../fakeModel.js";

interface Globals {
  JX_MAPS: Record<string, string>;
}

const query = new URLSearchParams(location.search);
const scene = query.get("scene") ?? "image";
const lang = query.get("lang") ?? "en";

function bytes(base64: string): DataView {
  return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
}
const maps = (window as unknown as Globals).JX_MAPS;
const colormaps = Object.fromEntries(Object.entries(maps).map(([name, text]) => [name, bytes(text)]));

function mulberry(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const arc = (x: number, y: number, cx: number, cy: number, r: number): number =>
  Math.exp(-((Math.hypot(x - cx, y - cy) - r) ** 2) / 3) * (x > cx - 3 ? 1 : 0.1);

function digit(size: number): { map: Float32Array; pixels: Uint8Array } {
  const map = new Float32Array(size * size);
  const pixels = new Uint8Array(size * size);
  const k = 28 / size;
  for (let i = 0; i < map.length; i++) {
    const x = (i % size) * k;
    const y = Math.floor(i / size) * k;
    const ink = Math.max(arc(x, y, 13, 9, 5), arc(x, y, 13, 18, 5));
    const hole = Math.exp(-((x - 7) ** 2 + (y - 14) ** 2) / 9);
    map[i] = 0.4 * ink * (0.5 + 0.5 * Math.cos(x / 3)) - 0.22 * hole + 0.02 * Math.sin(x * 7 + y * 13) * ink;
    pixels[i] = Math.min(255, ink * 255);
  }
  return { map, pixels };
}

function noisy(values: Float32Array, scale: number, seed: number): Float32Array {
  const random = mulberry(seed);
  return values.map((v) => v + scale * (random() + random() - 1));
}

const size = Number(query.get("size") ?? 28);
const { map, pixels } = digit(size);
const image = { kind: "image", height: size, width: size, channels: 1, pixels: new DataView(pixels.buffer) };
const grey = pixels.map((_, i) => {
  const x = ((i % size) * 28) / size;
  const y = (Math.floor(i / size) * 28) / size;
  return 40 + 150 * Math.exp(-((x - 13) ** 2 + (y - 14) ** 2) / 90);
});
const blur = { ...image, pixels: new DataView(grey.buffer), words: "blurred, σ = 4 px" };

const NAMES = [
  "worst perimeter",
  "mean concavity",
  "worst area",
  "worst texture",
  "smoothness error",
  "mean symmetry",
  "worst concave points",
  "mean radius",
  "radius error",
  "texture error",
  "perimeter error",
  "area error",
  "compactness error",
  "concavity error",
  "concave points error",
  "symmetry error",
  "fractal dimension error",
  "worst radius",
  "worst smoothness",
  "worst compactness",
  "worst concavity",
  "worst symmetry",
  "worst fractal dimension",
  "mean texture",
  "mean perimeter",
  "mean area",
  "mean smoothness",
  "mean compactness",
  "mean concave points",
  "mean fractal dimension",
];
const BASE = [0.17, 0.11, 0.09, 0.05, -0.04, -0.025, 0.02, 0.018, -0.016, 0.014, 0.012, -0.011, 0.009, 0.008];

function features(n: number): { names: string[]; shown: string[]; values: number[]; stderr: number[] } {
  const random = mulberry(7);
  const names = Array.from({ length: n }, (_, i) => NAMES[i] ?? `gene_${String(i).padStart(5, "0")}`);
  const values = names.map((_, i) => BASE[i] ?? (random() - 0.5) * 0.012);
  const shown = names.map(() => (random() * 200).toPrecision(4));
  const stderr = values.map((v) => 0.003 + 0.05 * Math.abs(v));
  return { names, shown, values, stderr };
}

const imagePanel = panel({ input: "image" });
const tablePanel = panel({
  samples: { low: 64, high: 65536, value: 4096, unit: "evaluations" },
  rows: { count: 569, labels: null },
  baselines: [{ value: "background", label: "Rows of the data", help: "Absent means as in a random row." }],
  settings: [
    {
      name: "kernel_width",
      label: "Kernel width",
      kind: "float",
      low: 0.1,
      high: 10,
      log: true,
      choices: null,
      default: 0.75,
      help: "How far the neighbourhood reaches.",
    },
    {
      name: "regressor",
      label: "Regressor",
      kind: "choice",
      low: null,
      high: null,
      log: false,
      choices: ["ridge", "lasso", "ols"],
      default: "ridge",
      help: "",
    },
    {
      name: "paired",
      label: "Paired draws",
      kind: "bool",
      low: null,
      high: null,
      log: false,
      choices: null,
      default: true,
      help: "",
    },
  ],
});
const isTable = scene.startsWith("table") || scene.startsWith("many");
const model = new FakeModel(
  traits({
    lang,
    _colormaps: colormaps,
    _panel: isTable ? tablePanel : imagePanel,
    _input: isTable ? { kind: "table" } : image,
    _reference: isTable ? { kind: "rows", count: 100, words: "100 training rows" } : blur,
    ...(isTable ? { method: "permutation_shap", baseline: "background", samples: 4096 } : {}),
  }),
);
model.onSend = (message) => {
  if (scene.endsWith("-dead")) return;
  if (message.kind === "ping") setTimeout(() => model.deliver({ kind: "pong", t: message.t }), 5);
  if (message.kind === "ask")
    setTimeout(() => model.deliver({ kind: "heard", seq: message.seq, refused: {} }), 20);
};

const el = document.getElementById("widget")!;
const definition = widget() as { initialize(o: object): void; render(o: object): void };
definition.initialize({ model: model.asModel() });
definition.render({ model: model.asModel(), el });

const table = features(scene.startsWith("many") ? 10_000 : 30);
let frame = 0;
export function send(run: number, evals: number, final: boolean, more: Record<string, unknown> = {}): void {
  frame += 1;
  const budget = isTable ? 4096 : 64;
  const noise = 1 / Math.sqrt(evals);
  const answer = {
    evals,
    samples: budget,
    final,
    seconds: evals / budget,
    eta: final ? null : 1 - evals / budget,
    error: isTable ? 0.25 * noise : 0.4 / evals ** 1.6,
    gap: isTable ? 0 : 1.1 / evals ** 1.2,
    notes: ["The baseline is a blurred copy of the input.", "Sums over 3 colour channels."],
    ...more,
  };
  const options = { run, frame, answer };
  const { content, buffers } = isTable
    ? tableMessage(table.names, table.shown, noisy(Float32Array.from(table.values), 0.2 * noise, frame), {
        ...options,
        stderr: table.stderr.map((s) => s * (1 + 20 * noise)),
      })
    : imageMessage(noisy(map, final ? 0 : 0.3 * noise, frame), size, size, options);
  model.deliver(content, buffers);
}

const budget = isTable ? 4096 : 64;
const steps = [16, 8, 4, 2, 1].map((k) => budget / k);
const play = (until: number, run = 1): void => {
  if (run > 1) model.deliver({ kind: "started", run });
  for (const evals of steps.filter((s) => s <= until)) send(run, evals, evals === budget);
};
model.deliver({ kind: "started", run: 1 });
if (scene.endsWith("-running")) play(budget / 2);
else if (!scene.endsWith("-waiting")) play(budget);
if (scene.endsWith("-stale")) model.deliver({ kind: "started", run: 2 });
if (scene.endsWith("-error")) {
  const what = "Integrated gradients: baseline has a column “radius” that the model does not know.";
  const error = {
    what,
    hint: "It expects “mean radius”.",
    details: "Traceback (most recent call last):\n  …\nValueError",
  };
  model.deliver({ kind: "started", run: 2 });
  model.deliver({ kind: "failed", run: 2, error });
}
if (scene.endsWith("-pin")) {
  setTimeout(() => {
    (document.querySelectorAll(".jx-actions button")[1] as HTMLButtonElement).click();
    for (let i = 0; i < map.length; i++) map[i] = map[i]! * 0.6 - 0.02;
    table.values = table.values.map((v, i) => v * (0.6 + 0.1 * (i % 7)));
    play(budget, 2);
  }, 200);
}
if (scene === "image-nan") {
  const bad = map.slice();
  for (const i of [30, 31, 60, 400, 401]) bad[i] = Number.NaN;
  const { content, buffers } = imageMessage(bad, size, size, { run: 3 });
  model.deliver(content, buffers);
}
if (scene === "image-zero") {
  const { content, buffers } = imageMessage(new Float32Array(size * size), size, size, {
    run: 3,
    answer: { error_kind: "exact" },
  });
  model.deliver(content, buffers);
}
Object.assign(document, { jxDemo: { model, send } });
