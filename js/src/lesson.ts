// What a lesson adds: presets, locked and hidden controls, and questions about an answer that is held back.

export interface Lesson {
  presets: { name: string; note: string }[];
  lock: ReadonlySet<string>;
  hide: ReadonlySet<string>;
  /** The preset that the controls are those of, or "". */
  preset: string;
}

export type QuizKind = "top" | "sign" | "rank" | "region";

export interface Quiz {
  state: "waiting" | "open" | "revealed";
  kind: QuizKind;
  /** The author's own words, or "". */
  question: string;
  /** Why there is nothing to ask about, or "". */
  reason: string;
  labels: string[];
  pick: number;
  /** Indices into the labels; of "sign" +1 or -1 for each of them. */
  given: number[];
  truth: number[];
  score: number;
  /** Whether what is right is beyond the answer's own error. */
  settled: boolean;
}

const KINDS: readonly QuizKind[] = ["top", "sign", "rank", "region"];

export function decodeLesson(raw: unknown): Lesson {
  const lesson = record(raw);
  const presets = Array.isArray(lesson.presets) ? lesson.presets.map(record) : [];
  return {
    presets: presets.map(({ name, note }) => ({ name: String(name ?? ""), note: String(note ?? "") })),
    lock: new Set(texts(lesson.lock)),
    hide: new Set(texts(lesson.hide)),
    preset: typeof lesson.preset === "string" ? lesson.preset : "",
  };
}

export function decodeQuiz(raw: unknown): Quiz | null {
  const quiz = record(raw);
  const state = (["waiting", "open", "revealed"] as const).find((s) => s === quiz.state);
  const kind = KINDS.find((k) => k === quiz.kind);
  if (state === undefined || kind === undefined) return null;
  const labels = texts(quiz.labels);
  if (state !== "waiting" && labels.length === 0) return null;
  return {
    state,
    kind,
    question: typeof quiz.question === "string" ? quiz.question : "",
    reason: typeof quiz.reason === "string" ? quiz.reason : "",
    labels,
    pick: typeof quiz.pick === "number" ? quiz.pick : labels.length,
    given: numbers(quiz.given),
    truth: numbers(quiz.truth),
    score: typeof quiz.score === "number" ? quiz.score : 0,
    settled: quiz.settled !== false,
  };
}

/** Whether the answer is held back. */
export function hidden(quiz: Quiz | null): boolean {
  return quiz !== null && quiz.state !== "revealed";
}

/** Whether a set of names holds a control; "settings" stands for all settings. */
export function names(set: ReadonlySet<string>, control: string): boolean {
  if (!control.startsWith("settings.")) return set.has(control);
  return set.has("settings") || set.has(control.slice("settings.".length));
}

function record(value: unknown): Record<string, unknown> {
  const usable = typeof value === "object" && value !== null && !Array.isArray(value);
  return usable ? (value as Record<string, unknown>) : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number).filter(Number.isInteger) : [];
}
