// What travels between kernel and page. Everything from outside is checked here, once; the rest of the code
// works with typed values. A malformed message decodes to null and is ignored.

export type Value = string | number | boolean;

export interface Changes {
  method?: string;
  target?: string | number;
  baseline?: string;
  samples?: number;
  row?: number;
  edits?: Record<string, Value>;
  seed?: number;
  settings?: Record<string, Value | string[] | null>;
  lang?: string;
}

export type Outgoing =
  | { kind: "ask"; seq: number; changes: Changes; coarse: boolean }
  | { kind: "stop" }
  | { kind: "reset"; seq: number }
  | { kind: "preset"; seq: number; name: string }
  | { kind: "guess"; picks: number[] }
  | { kind: "sync"; run: number }
  | { kind: "ack"; run: number; frame: number }
  | { kind: "words"; lang: string }
  | { kind: "ping"; t: number };

export type Incoming =
  | { kind: "heard"; seq: number; refused: Map<string, string> }
  | { kind: "started"; run: number }
  | { kind: "answer"; run: number; frame: number; answer: Answer }
  | { kind: "withheld"; run: number; final: boolean }
  | { kind: "failed"; run: number; error: Failure }
  | { kind: "pong"; t: number };

export interface Failure {
  what: string;
  hint: string;
  details: string;
}

export type ErrorKind = "exact" | "stderr" | "gap" | "bound" | "unknown";

/** What every answer says about itself, whatever its picture. */
export interface Answer {
  type: string;
  method: string;
  title: string;
  target: string;
  targetIndex: number | null;
  baseline: string;
  evals: number;
  samples: number | null;
  seconds: number | null;
  eta: number | null;
  seed: number;
  error: number | null;
  errorKind: ErrorKind;
  gap: number | null;
  base: number | null;
  output: number | null;
  final: boolean;
  partial: boolean;
  notes: string[];
  unit: string;
  layout: Layout;
  /** What belongs to the answer beside its picture, by name. */
  parts: Record<string, unknown>;
  arrays: Map<string, Numbers>;
}

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

export type Layout =
  | { kind: "table"; names: string[]; shown: string[] }
  | { kind: "image"; height: number; width: number; step?: number; regions?: number[]; sizes?: number[] }
  | { kind: "other"; raw: Record<string, unknown> };

export interface TableAttribution extends Answer {
  layout: Extract<Layout, { kind: "table" }>;
  values: Numbers;
  stderr: Numbers | null;
}

export interface ImageAttribution extends Answer {
  layout: Extract<Layout, { kind: "image" }>;
  values: Numbers;
  stderr: Numbers | null;
}

export type Attribution = TableAttribution | ImageAttribution;

export interface Picture {
  height: number;
  width: number;
  channels: 1 | 3;
  pixels: Uint8Array;
}

export interface Reference {
  picture: Picture | null;
  /** True for a background sample: "absent" is then an average over rows. */
  rows: boolean;
  words: string;
}

export interface MethodOffer {
  name: string;
  title: string;
  family: string;
  reason: string | null;
  help: string;
}
export interface TargetOffer {
  value: string | number;
  label: string;
  score: number | null;
}
export interface BaselineOffer {
  value: string;
  label: string;
  help: string;
}
export interface SettingOffer {
  name: string;
  label: string;
  kind: "int" | "float" | "choice" | "bool" | "text";
  low: number | null;
  high: number | null;
  log: boolean;
  choices: string[];
  /** What the choices are called, where that is not their own name. */
  texts: string[];
  /** Choices that do not apply here, each with what it needs. */
  shut: Record<string, string>;
  default: Value;
  help: string;
  /** The setting matters only while another one has one of these values. */
  when: { name: string; values: string[] } | null;
}
export interface Panel {
  methods: MethodOffer[];
  targets: TargetOffer[];
  baselines: BaselineOffer[];
  samples: { low: number; high: number; value: number; unit: string } | null;
  rows: { count: number; labels: string[] | null } | null;
  settings: SettingOffer[];
  input: string;
  code: string;
}

export type Buffer = ArrayBuffer | ArrayBufferView;

export function decode(content: unknown, buffers: readonly Buffer[] = []): Incoming | null {
  if (!isRecord(content)) return null;
  switch (content.kind) {
    case "heard":
      return isCount(content.seq)
        ? { kind: "heard", seq: content.seq, refused: texts(content.refused) }
        : null;
    case "started":
      return isCount(content.run) ? { kind: "started", run: content.run } : null;
    case "failed":
      return isCount(content.run)
        ? { kind: "failed", run: content.run, error: failure(content.error) }
        : null;
    case "withheld":
      return isCount(content.run)
        ? { kind: "withheld", run: content.run, final: content.final === true }
        : null;
    case "pong":
      return { kind: "pong", t: number(content.t) ?? 0 };
    case "answer":
      return decodeAnswer(content, buffers);
    default:
      return null;
  }
}

/** `_result`: the last final answer, kept in a trait for reloads, second views and saved notebooks. */
export function decodeResult(result: unknown): Incoming | null {
  if (!isRecord(result) || !isRecord(result.message)) return null;
  const buffers = Array.isArray(result.buffers) ? result.buffers.filter(isBuffer) : [];
  return decode(result.message, buffers);
}

function decodeAnswer(content: Record<string, unknown>, buffers: readonly Buffer[]): Incoming | null {
  const { run, frame, answer } = content;
  if (!isCount(run) || !isCount(frame) || !isRecord(answer)) return null;
  const arrays = decodeArrays(content.arrays, buffers);
  if (arrays === null) return null;
  const decoded = answerFields(answer, arrays);
  if (decoded === null) return null;
  return { kind: "answer", run, frame, answer: decoded };
}

function answerFields(raw: Record<string, unknown>, arrays: Map<string, Numbers>): Answer | null {
  const type = text(raw.type);
  const values = arrays.get("values");
  const layout = decodeLayout(raw.layout, values?.length ?? 0);
  if (type === "" || layout === null) return null;
  const shown = layout.kind !== "other" || typeof layout.raw.kind === "string";
  if (type === "attribution" && (values === undefined || !shown)) return null;
  return {
    type,
    method: text(raw.method),
    title: text(raw.title) || text(raw.method),
    target: text(raw.target),
    targetIndex: number(raw.target_index),
    baseline: text(raw.baseline),
    evals: number(raw.evals) ?? 0,
    samples: number(raw.samples),
    seconds: number(raw.seconds),
    eta: number(raw.eta),
    seed: number(raw.seed) ?? 0,
    error: number(raw.error),
    errorKind: errorKind(raw.error_kind),
    gap: number(raw.gap),
    base: number(raw.base),
    output: number(raw.output),
    final: raw.final === true,
    partial: raw.partial === true,
    notes: strings(raw.notes),
    unit: text(raw.unit) || "output",
    layout,
    parts: isRecord(raw.layout) && isRecord(raw.layout.parts) ? raw.layout.parts : {},
    arrays,
  };
}

function decodeLayout(raw: unknown, size: number): Layout | null {
  if (!isRecord(raw)) return { kind: "other", raw: {} };
  if (raw.kind === "image") {
    const { height, width } = raw;
    if (!isCount(height) || !isCount(width) || height * width !== size || size === 0) return null;
    const sums = { regions: numbersOf(raw.regions), sizes: numbersOf(raw.sizes) };
    return { kind: "image", height, width, step: number(raw.step) ?? 1, ...sums };
  }
  if (raw.kind === "table") {
    const names = strings(raw.names);
    const shown = strings(raw.shown);
    for (let i = names.length; i < size; i++) names.push(`x${i}`);
    return { kind: "table", names, shown };
  }
  return { kind: "other", raw };
}

function numbersOf(raw: unknown): number[] {
  return Array.isArray(raw) ? raw.map(Number) : [];
}

/** Typed answers for the attribution views; null for every other picture. */
export function asAttribution(answer: Answer | null): Attribution | null {
  if (answer === null || answer.type !== "attribution") return null;
  const values = answer.arrays.get("values");
  if (values === undefined || answer.layout.kind === "other") return null;
  const stderr = answer.arrays.get("stderr") ?? null;
  const usable = stderr !== null && stderr.length === values.length ? stderr : null;
  return { ...answer, values, stderr: usable } as Attribution;
}

function decodeArrays(specs: unknown, buffers: readonly Buffer[]): Map<string, Numbers> | null {
  const arrays = new Map<string, Numbers>();
  if (specs === undefined || specs === null) return arrays;
  if (!Array.isArray(specs)) return null;
  for (const [i, spec] of specs.entries()) {
    const buffer = buffers[i];
    if (!isRecord(spec) || !isBuffer(buffer) || typeof spec.name !== "string") return null;
    const array = decodeArray(text(spec.dtype), spec.shape, buffer);
    if (array === null) return null;
    arrays.set(spec.name, array);
  }
  return arrays;
}

function decodeArray(dtype: string, shape: unknown, buffer: Buffer): Numbers | null {
  if (!Array.isArray(shape) || !shape.every(isCount)) return null;
  const length = shape.reduce((product: number, size: number) => product * size, 1);
  const bytes = copyBytes(buffer);
  const view = typedArray(dtype, bytes);
  return view !== null && view.length === length ? view : null;
}

function typedArray(dtype: string, bytes: Uint8Array<ArrayBuffer>): Numbers | null {
  const make = { f4: Float32Array, f8: Float64Array, i4: Int32Array, u1: Uint8Array }[shortName(dtype)];
  if (make === undefined || bytes.byteLength % make.BYTES_PER_ELEMENT !== 0) return null;
  return new make(bytes.buffer);
}

function shortName(dtype: string): "f4" | "f8" | "i4" | "u1" {
  const long: Record<string, string> = { float32: "f4", float64: "f8", int32: "i4", uint8: "u1" };
  return (long[dtype] ?? dtype.replace(/^[<|=]/, "")) as "f4";
}

/** A view may start anywhere in a larger buffer and need not be aligned: always copy its own bytes out. */
export function copyBytes(buffer: Buffer): Uint8Array<ArrayBuffer> {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer.slice(0));
  return new Uint8Array(
    (buffer.buffer as ArrayBuffer).slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength),
  );
}

export function decodePicture(raw: unknown): Picture | null {
  if (!isRecord(raw) || raw.kind !== "image" || !isBuffer(raw.pixels)) return null;
  const { height, width, channels } = raw;
  if (!isCount(height) || !isCount(width) || (channels !== 1 && channels !== 3)) return null;
  const pixels = copyBytes(raw.pixels);
  return pixels.length === height * width * channels ? { height, width, channels, pixels } : null;
}

export function decodeReference(raw: unknown): Reference {
  const reference = isRecord(raw) ? raw : {};
  return { picture: decodePicture(raw), rows: reference.kind === "rows", words: text(reference.words) };
}

export function decodeColormaps(raw: unknown): Map<string, Uint8Array> {
  const tables = new Map<string, Uint8Array>();
  if (!isRecord(raw)) return tables;
  for (const [name, table] of Object.entries(raw)) {
    if (isBuffer(table) && table.byteLength === 768) tables.set(name, copyBytes(table));
  }
  return tables;
}

export function decodePanel(raw: unknown): Panel {
  const panel = isRecord(raw) ? raw : {};
  return {
    methods: records(panel.methods).map((m) => ({
      name: text(m.name),
      title: text(m.title) || text(m.name),
      family: text(m.family),
      reason: typeof m.reason === "string" && m.reason !== "" ? m.reason : null,
      help: text(m.help),
    })),
    targets: records(panel.targets).map((t) => ({
      value: typeof t.value === "number" ? t.value : text(t.value),
      label: text(t.label),
      score: number(t.score),
    })),
    baselines: records(panel.baselines).map((b) => ({
      value: text(b.value),
      label: text(b.label) || text(b.value),
      help: text(b.help),
    })),
    samples: decodeSamples(panel.samples),
    rows: decodeRows(panel.rows),
    settings: records(panel.settings)
      .map(decodeSetting)
      .filter((s) => s !== null),
    input: text(panel.input),
    code: text(panel.code),
  };
}

function decodeSamples(raw: unknown): Panel["samples"] {
  if (!isRecord(raw)) return null;
  const low = number(raw.low);
  const high = number(raw.high);
  if (low === null || high === null || high <= low) return null;
  return { low: Math.max(1, low), high, value: number(raw.value) ?? low, unit: text(raw.unit) };
}

function decodeRows(raw: unknown): Panel["rows"] {
  if (!isRecord(raw) || !isCount(raw.count) || raw.count === 0) return null;
  const labels = Array.isArray(raw.labels) ? strings(raw.labels) : null;
  return { count: raw.count, labels: labels?.length === raw.count ? labels : null };
}

function decodeSetting(raw: Record<string, unknown>): SettingOffer | null {
  const kinds = ["int", "float", "choice", "bool", "text"] as const;
  const kind = kinds.find((k) => k === raw.kind);
  const name = text(raw.name);
  if (kind === undefined || name === "") return null;
  const fallback = raw.default;
  const isValue =
    typeof fallback === "number" || typeof fallback === "boolean" || typeof fallback === "string";
  return {
    name,
    label: text(raw.label) || name,
    kind,
    low: number(raw.low),
    high: number(raw.high),
    log: raw.log === true,
    choices: Array.isArray(raw.choices) ? raw.choices.map(String) : [],
    texts: strings(raw.texts),
    shut: isRecord(raw.shut)
      ? Object.fromEntries(Object.entries(raw.shut).map(([k, v]) => [k, text(v)]))
      : {},
    default: isValue ? fallback : "",
    help: text(raw.help),
    when: decodeWhen(raw.when),
  };
}

function decodeWhen(raw: unknown): SettingOffer["when"] {
  if (!isRecord(raw) || !Array.isArray(raw.values)) return null;
  return { name: text(raw.name), values: raw.values.map(String) };
}

function failure(raw: unknown): Failure {
  const error = isRecord(raw) ? raw : {};
  return { what: text(error.what), hint: text(error.hint), details: text(error.details) };
}

function errorKind(raw: unknown): ErrorKind {
  const kinds = ["exact", "stderr", "gap", "bound"] as const;
  return kinds.find((kind) => kind === raw) ?? "unknown";
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBuffer(value: unknown): value is Buffer {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => (typeof item === "string" ? item : String(item))) : [];
}

function texts(value: unknown): Map<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new Map(entries.map(([name, reason]) => [name, String(reason)]));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
