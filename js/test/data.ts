import { zhCN } from "../src/i18n/zhCN.js";
// Made-up answers and panels, shared by the tests and the demo page.

export function floats(values: ArrayLike<number>): DataView {
  return new DataView(Float32Array.from(values as number[]).buffer);
}

export interface AnswerOptions {
  run?: number;
  frame?: number;
  answer?: Record<string, unknown>;
  stderr?: number[];
}

const COMMON = {
  type: "attribution",
  method: "integrated_gradients",
  title: "Integrated gradients",
  target: "class 3",
  target_index: 3,
  baseline: "blurred",
  evals: 40,
  samples: 64,
  seconds: 0.6,
  eta: 0.4,
  seed: 0,
  error: 0.006,
  error_kind: "bound",
  gap: 0.0096,
  base: -0.6,
  output: 4.21,
  final: true,
  partial: false,
  notes: [] as string[],
  unit: "logit",
};

export function imageMessage(
  values: ArrayLike<number>,
  height: number,
  width: number,
  options: AnswerOptions = {},
): { content: Record<string, unknown>; buffers: DataView[] } {
  return message(values, { kind: "image", height, width }, [height, width], options);
}

export function tableMessage(
  names: string[],
  shown: string[],
  values: ArrayLike<number>,
  options: AnswerOptions = {},
): { content: Record<string, unknown>; buffers: DataView[] } {
  const table = {
    method: "permutation_shap",
    title: "Permutation SHAP",
    target: "malignant",
    target_index: 0,
    baseline: "100 training rows",
    unit: "probability",
    error_kind: "stderr",
    error: 0.008,
    gap: 0,
    base: 0.37,
    output: 0.81,
    evals: 2048,
    samples: 4096,
  };
  const answer = { ...table, ...options.answer };
  return message(values, { kind: "table", names, shown }, [values.length], { ...options, answer });
}

function message(
  values: ArrayLike<number>,
  layout: Record<string, unknown>,
  shape: number[],
  { run = 1, frame = 1, answer = {}, stderr }: AnswerOptions,
): { content: Record<string, unknown>; buffers: DataView[] } {
  const arrays = [{ name: "values", dtype: "f4", shape }];
  const buffers = [floats(values)];
  if (stderr !== undefined) {
    arrays.push({ name: "stderr", dtype: "f4", shape });
    buffers.push(floats(stderr));
  }
  return {
    content: { kind: "answer", run, frame, answer: { ...COMMON, ...answer, layout }, arrays },
    buffers,
  };
}

export function traits(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    _words: { "zh-CN": zhCN },
    method: "integrated_gradients",
    target: "predicted",
    baseline: "blur",
    samples: 64,
    row: 0,
    seed: 0,
    settings: {},
    lang: "en",
    status: "idle",
    error: null,
    _panel: panel(),
    _input: { kind: "table" },
    _reference: { kind: "rows", count: 100, words: "100 training rows" },
    _colormaps: {},
    _result: {},
    _session: "s",
    ...more,
  };
}

export function panel(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    methods: [
      {
        name: "integrated_gradients",
        title: "Integrated gradients",
        reason: null,
        help: "Gradients on a path.",
      },
      { name: "permutation_shap", title: "Permutation SHAP", reason: null, help: "Shapley values." },
      { name: "tree_shap", title: "Tree SHAP", reason: "needs trees", help: "" },
    ],
    targets: [
      { value: "predicted", label: "malignant", score: 0.81 },
      { value: 0, label: "malignant", score: 0.81 },
      { value: 1, label: "benign", score: 0.19 },
    ],
    baselines: [
      { value: "blur", label: "Blur, σ = 4", help: "A blurred copy." },
      { value: "zeros", label: "Zeros", help: "" },
    ],
    samples: { low: 8, high: 4096, value: 64, unit: "gradients" },
    rows: null,
    settings: [],
    input: "table",
    code: 'jx.explain(model, x, "integrated_gradients")',
    ...more,
  };
}
