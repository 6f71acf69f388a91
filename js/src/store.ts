// One store per model, shared by all its views: the newest answer, the run filter, the state of the link.
// A message only stores and asks for a frame; drawing happens once per frame, so a burst costs one redraw.

import type { AnyModel } from "@anywidget/types";
import { type Command, Gate } from "./gate.js";
import type { Language, Words } from "./i18n/index.js";
import { decodeLesson, decodeQuiz, hidden, type Lesson, type Quiz } from "./lesson.js";
import { Link, type LinkState } from "./link.js";
import { loadMore } from "./more.js";
import {
  type Answer,
  type Buffer,
  type Changes,
  decode,
  decodeColormaps,
  decodePanel,
  decodePicture,
  decodeReference,
  decodeResult,
  type Failure,
  type Incoming,
  type Outgoing,
  type Panel,
  type Picture,
  type Reference,
} from "./protocol.js";

export type Status = "idle" | "running" | "done" | "partial" | "error" | "stale";

export interface Point {
  evals: number;
  error: number | null;
  gap: number | null;
}

/** What the views draw. A new object after each change; never mutated. */
export interface State {
  status: Status;
  run: number;
  answer: Answer | null;
  /** The picture belongs to an older question than the controls. */
  stale: boolean;
  failure: Failure | null;
  history: readonly Point[];
  link: LinkState;
  refused: ReadonlyMap<string, string>;
  panel: Panel;
  input: Picture | null;
  reference: Reference;
  colormaps: ReadonlyMap<string, Uint8Array>;
  lesson: Lesson;
  quiz: Quiz | null;
}

export const CONTROLS = [
  "method",
  "target",
  "baseline",
  "samples",
  "row",
  "edits",
  "seed",
  "settings",
  "lang",
] as const;
export type ControlName = (typeof CONTROLS)[number];

export interface Clock {
  now(): number;
  /** Calls back before the next paint, and soon enough in a hidden page. */
  frame(callback: () => void): void;
}

const MAX_POINTS = 400;
const SETTLE = 400;

export const browserClock: Clock = {
  now: () => Date.now(),
  frame(callback) {
    let called = false;
    const once = (): void => {
      if (called) return;
      called = true;
      callback();
    };
    requestAnimationFrame(once);
    // A hidden page gets no animation frames, but the kernel still waits for acknowledgements.
    setTimeout(once, 250);
  },
};

export class Store {
  readonly gate: Gate;
  readonly link: Link;
  state: State;
  /** Whether code for further kinds of answers is on its way. */
  loading = false;
  #listeners = new Set<(state: State) => void>();
  #scheduled = false;
  #frame = -1;
  #seriesKey = "";
  #toAck: { run: number; frame: number }[] = [];
  #off: (() => void)[] = [];
  #wanted: Language = "en";
  #settle: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly model: AnyModel,
    private readonly clock: Clock = browserClock,
  ) {
    this.gate = new Gate((message) => this.#post(message), clock.now);
    this.link = new Link(
      (message) => this.#post(message),
      () => this.#change({ link: this.link.state }),
      clock.now,
    );
    this.state = this.#initialState();
    this.#listen();
    this.#load();
    this.#adoptResult();
    this.#post({ kind: "sync", run: this.state.run });
  }

  trait<T>(name: string): T {
    return this.model.get(name) as T;
  }

  get words(): Words {
    return this.trait<Words | undefined>("_words") ?? {};
  }

  /** Whether this language can be shown now; if not, the kernel is asked for its words, once. */
  knows(language: Language): boolean {
    if (language === "en" || this.words[language] !== undefined) return true;
    if (this.#wanted !== language) this.#post({ kind: "words", lang: language });
    this.#wanted = language;
    return false;
  }

  ask(changes: Changes, coarse = false): void {
    this.#forgetRefusals(changes);
    this.gate.ask(changes, coarse);
    this.link.touch();
  }

  stop(): void {
    this.#post({ kind: "stop" });
    this.link.touch();
  }

  /** Sets all controls at once. */
  command(command: Command): void {
    this.#change({ refused: new Map() });
    this.gate.command(command);
    this.link.touch();
  }

  guess(picks: number[]): void {
    this.#post({ kind: "guess", picks });
    this.link.touch();
  }

  dismiss(): void {
    this.#change({ failure: null });
  }

  subscribe(listener: (state: State) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    for (const off of this.#off) off();
    this.#listeners.clear();
    this.link.dispose();
    if (this.#settle !== null) clearTimeout(this.#settle);
  }

  receive(content: unknown, buffers: readonly Buffer[] = []): void {
    const message = decode(content, buffers);
    if (message === null) return;
    this.link.heard();
    this.#apply(message);
  }

  #apply(message: Incoming): void {
    switch (message.kind) {
      case "heard":
        this.#change({ refused: new Map([...this.state.refused, ...message.refused]) });
        this.gate.heard(message.seq);
        return;
      case "started":
        this.#started(message.run);
        return;
      case "answer":
        this.#answered(message);
        return;
      case "withheld":
        this.#withheld(message.run, message.final);
        return;
      case "failed":
        this.#failed(message.run, message.error);
        return;
      case "pong":
        this.gate.recover();
        return;
    }
  }

  #started(run: number): void {
    if (run <= this.state.run) return;
    this.#frame = -1;
    const stale = this.state.answer !== null;
    this.#change({ run, stale, failure: null, status: stale ? "stale" : "running" });
  }

  #answered({ run, frame, answer }: Extract<Incoming, { kind: "answer" }>): void {
    if (run < this.state.run || (run === this.state.run && frame <= this.#frame)) return;
    this.#frame = frame;
    this.#toAck.push({ run, frame });
    const history = this.#extend(answer, run);
    const status = !answer.final ? "running" : answer.partial ? "partial" : "done";
    this.#change({ run, answer, history, status, stale: false, failure: null });
  }

  /** An answer is there, and is held back. */
  #withheld(run: number, final: boolean): void {
    if (run < this.state.run) return;
    this.#frame = -1;
    const status = final ? "done" : "running";
    this.#change({ run, answer: null, history: [], status, stale: false, failure: null });
  }

  /** What was shown before a question is asked is not shown while it is open. */
  #followQuiz(): void {
    const quiz = decodeQuiz(this.trait("_quiz"));
    this.#change(hidden(quiz) ? { quiz, answer: null, history: [], stale: false } : { quiz });
  }

  /** Points of one curve: one question, growing evaluations. A resumed run goes on with the same curve. */
  #extend(answer: Answer, run: number): readonly Point[] {
    const question = ["method", "target", "baseline", "row", "edits", "seed", "settings"].map((name) =>
      this.trait(name),
    );
    const key = JSON.stringify([answer.method, answer.targetIndex, answer.seed, ...question]);
    const last = this.state.history.at(-1);
    const sameRun = run === this.state.run && !this.state.stale;
    const same = last !== undefined && answer.evals >= last.evals && (sameRun || key === this.#seriesKey);
    this.#seriesKey = key;
    const earlier = same ? this.state.history.filter((point) => point.evals < answer.evals) : [];
    const error = answer.errorKind === "unknown" ? null : answer.error;
    const point = { evals: answer.evals, error, gap: answer.gap };
    return [...thin(earlier), point];
  }

  /** A failure after the run's final answer is about a refused control: the picture is still the right one. */
  #failed(run: number, failure: Failure): void {
    if (run < this.state.run) return;
    const ended = this.state.status === "done" || this.state.status === "partial";
    if (ended && run === this.state.run) this.#change({ failure });
    else this.#change({ run, failure, status: "error", stale: this.state.answer !== null });
  }

  #listen(): void {
    const { model } = this;
    const listen = (event: string, handler: (...args: never[]) => void): void => {
      model.on(event, handler as () => void);
      this.#off.push(() => model.off(event as "msg:custom", handler as () => void));
    };
    listen("msg:custom", (content: unknown, buffers: DataView[]) => this.receive(content, buffers ?? []));
    listen("change:_result", () => this.#adoptResult());
    listen("change:_panel", () => this.#change({ panel: decodePanel(this.trait("_panel")) }));
    listen("change:_more", () => this.#load());
    listen("change:_words", () => this.#change({}));
    listen("change:_lesson", () => this.#change({ lesson: decodeLesson(this.trait("_lesson")) }));
    listen("change:_quiz", () => this.#followQuiz());
    listen("change:_editors", () => this.#change({}));
    listen("change:_input", () => this.#change({ input: decodePicture(this.trait("_input")) }));
    listen("change:_reference", () => this.#change({ reference: decodeReference(this.trait("_reference")) }));
    listen("change:_colormaps", () => this.#change({ colormaps: decodeColormaps(this.trait("_colormaps")) }));
    listen("change:status", () => this.#followStatus());
    listen("change:error", () => this.#followError());
    for (const name of CONTROLS) listen(`change:${name}`, () => this.#change({}));
    // Jupyter's own sign that the kernel went away or came back: worth a question.
    listen("comm_live_update", () => this.link.touch());
  }

  /** Code for answers of further kinds; what waits for it is drawn when it is there. */
  #load(): void {
    const code = this.trait<string | undefined>("_more");
    if (!code) return;
    this.loading = true;
    void loadMore(code)
      .catch(() => {})
      .finally(() => {
        this.loading = false;
        this.#change({});
      });
  }

  #initialState(): State {
    const error = this.trait<string | null>("error");
    return {
      status: asStatus(this.trait("status")) ?? "idle",
      run: 0,
      answer: null,
      stale: false,
      failure: error ? failureFrom(error) : null,
      history: [],
      link: "ok",
      refused: new Map(),
      panel: decodePanel(this.trait("_panel")),
      input: decodePicture(this.trait("_input")),
      reference: decodeReference(this.trait("_reference")),
      colormaps: decodeColormaps(this.trait("_colormaps")),
      lesson: decodeLesson(this.trait("_lesson")),
      quiz: decodeQuiz(this.trait("_quiz")),
    };
  }

  /** The mirrored final answer counts like a message; it also replaces a message that was lost on the way. */
  #adoptResult(): void {
    const message = decodeResult(this.trait("_result"));
    if (message?.kind !== "answer") return;
    const { status, failure } = this.state;
    const before = this.state.run;
    this.#answered(message);
    // On load the traits know more than the old answer: an error since then, or a run under way.
    if (before === 0 && (status === "error" || status === "running" || status === "stale")) {
      this.#change({ status, failure, stale: status !== "running" || this.state.stale });
    }
  }

  /**
   * Messages decide the status; traits arrive later and out of step with them. The trait only ends a run that no
   * message ended (stopped before its first answer, say), after both have had time to arrive.
   */
  #followStatus(): void {
    const wanted = asStatus(this.trait("status"));
    const open = this.state.status === "running" || this.state.status === "stale";
    if (wanted === null || wanted === this.state.status) return;
    if (this.state.run === 0 && this.state.answer === null) this.#change({ status: wanted });
    if (!open || wanted === "running" || wanted === "stale") return;
    const run = this.state.run;
    if (this.#settle !== null) clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#endRun(run), SETTLE);
  }

  #endRun(run: number): void {
    const status = asStatus(this.trait("status"));
    const open = this.state.status === "running" || this.state.status === "stale";
    if (open && run === this.state.run && status !== null && status !== "running" && status !== "stale") {
      this.#change({ status });
    }
  }

  #followError(): void {
    const error = this.trait<string | null>("error");
    if (error === null || error === "") this.#change({ failure: null });
    else if (this.state.failure === null) this.#change({ failure: failureFrom(error) });
  }

  #forgetRefusals(changes: Changes): void {
    if (this.state.refused.size === 0) return;
    const names = new Set([...Object.keys(changes), ...Object.keys(changes.settings ?? {})]);
    const refused = new Map([...this.state.refused].filter(([name]) => !names.has(bare(name))));
    this.#change({ refused });
  }

  #post(message: Outgoing): void {
    try {
      this.model.send(message);
    } catch {
      this.link.broken();
    }
  }

  #change(part: Partial<State>): void {
    this.state = { ...this.state, ...part };
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.clock.frame(() => this.#draw());
  }

  #draw(): void {
    this.#scheduled = false;
    for (const listener of this.#listeners) listener(this.state);
    const drawn = this.#toAck;
    this.#toAck = [];
    for (const { run, frame } of drawn) this.#post({ kind: "ack", run, frame });
  }
}

export function bare(name: string): string {
  return name.replace(/^settings\./, "");
}

function asStatus(value: unknown): Status | null {
  const all = ["idle", "running", "done", "partial", "error", "stale"] as const;
  return all.find((status) => status === value) ?? null;
}

/** The trait holds one text; its first line says what happened, the rest is detail. */
function failureFrom(error: string): Failure {
  const [what = "", ...rest] = error.split("\n");
  return { what, hint: "", details: rest.join("\n").trim() };
}

/** Halves a long curve by leaving out every second point; the ends stay. */
function thin(points: readonly Point[]): readonly Point[] {
  if (points.length < MAX_POINTS) return points;
  return points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
}
