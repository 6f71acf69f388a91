// What Python says (titles, labels, help, notes) in the reader's language.

import type { Answer, Panel } from "../protocol.js";
import type { State } from "../store.js";
import type { Translate } from "./index.js";

/** A phrase of Python's, in the language of a catalogue; as it is where the catalogue does not have it. */
export type Say = (text: string) => string;

interface Pattern {
  match: RegExp;
  /** Its placeholders in the order in which they occur. */
  names: string[];
  words: string;
}

/** Looks phrases up: as they are, else as what a phrase with placeholders {0}, {1}, … makes of its values. */
export function phraseBook(phrases: Readonly<Record<string, string>>): Say {
  let patterns: Pattern[] | null = null;
  const say: Say = (text) => {
    if (text === "") return text;
    if (Object.hasOwn(phrases, text)) return phrases[text]!;
    patterns ??= compiled(phrases);
    for (const { match, names, words } of patterns) {
      const found = match.exec(text);
      if (found === null) continue;
      const values = new Map(names.map((name, i) => [name, say(found[i + 1]!)]));
      return words.replaceAll(/\{(\d+)\}/g, (_, name: string) => values.get(name) ?? "");
    }
    return text;
  };
  return say;
}

/** Those with placeholders; the longest first, because what says most says it best. */
function compiled(phrases: Readonly<Record<string, string>>): Pattern[] {
  const some = Object.keys(phrases).filter((phrase) => /\{\d+\}/.test(phrase));
  return some.sort((a, b) => b.length - a.length).map((phrase) => pattern(phrase, phrases[phrase]!));
}

function pattern(phrase: string, words: string): Pattern {
  const names: string[] = [];
  const parts = phrase.split(/\{(\d+)\}/).map((part, i) => {
    if (i % 2 === 0) return part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    names.push(part);
    return "(.+?)";
  });
  return { match: new RegExp(`^${parts.join("")}$`, "s"), names, words };
}

/** The state of the store with all that Python says in it translated; the same object for the same answer. */
export function spoken(t: Translate): { state(state: State): State; answer(answer: Answer): Answer } {
  const answers = new WeakMap<Answer, Answer>();
  const panels = new WeakMap<Panel, Panel>();
  const answer = (given: Answer): Answer => once(answers, given, (it) => answerIn(it, t.say));
  const state = (given: State): State => ({
    ...given,
    answer: given.answer && answer(given.answer),
    panel: once(panels, given.panel, (panel) => panelIn(panel, t.say)),
    reference: { ...given.reference, words: t.say(given.reference.words) },
  });
  return { state, answer };
}

function once<T extends object>(known: WeakMap<T, T>, given: T, make: (given: T) => T): T {
  if (!known.has(given)) known.set(given, make(given));
  return known.get(given)!;
}

const answerIn = (answer: Answer, say: Say): Answer => ({
  ...answer,
  title: say(answer.title),
  target: OWN_TARGETS.includes(answer.target) ? say(answer.target) : answer.target,
  baseline: say(answer.baseline),
  notes: answer.notes.map(say),
  layout: layoutIn(answer, say),
});

/** What methods call that is no output of the model; all other targets are the user's words. */
const OWN_TARGETS = ["the predicted class", "the dataset", "the class token", "the mean token"];
/** What methods say about their numbers. */
const SAID = ["measure", "diagonal", "score", "scale"];
/** Methods whose rows have names of their own, not the user's. */
const JUDGES = ["infidelity", "max_sensitivity"];

function layoutIn({ layout, method }: Answer, say: Say): Answer["layout"] {
  if (layout.kind !== "other") return layout;
  const raw = { ...layout.raw };
  for (const name of SAID) if (typeof raw[name] === "string") raw[name] = say(raw[name]);
  for (const name of ["measures", ...(JUDGES.includes(method) ? ["names"] : [])])
    if (Array.isArray(raw[name])) raw[name] = raw[name].map((each) => say(String(each)));
  return { kind: "other", raw };
}

const panelIn = (panel: Panel, say: Say): Panel => ({
  ...panel,
  methods: panel.methods.map((m) => ({
    ...m,
    title: say(m.title),
    help: say(m.help),
    reason: m.reason && say(m.reason),
  })),
  baselines: panel.baselines.map((b) => ({ ...b, label: say(b.label), help: say(b.help) })),
  settings: panel.settings.map((s) => ({
    ...s,
    label: say(s.label),
    help: say(s.help),
    texts: s.texts.map(say),
    shut: Object.fromEntries(Object.entries(s.shut).map(([choice, why]) => [choice, say(why)])),
  })),
});
