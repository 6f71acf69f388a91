// Answer type -> its picture, its sentence, its table. Kinds are registered when their code is there: those of
// index.ts with the widget, those of more.ts when the first answer needs them.

import type { Translate } from "../i18n/index.js";
import type { Answer } from "../protocol.js";
import type { ViewFactory } from "../view.js";
import type { TableData } from "./tableData.js";

export interface Kind {
  view: ViewFactory;
  /** The result in one sentence; null when there is nothing to say. */
  sentence?(answer: Answer, t: Translate): DocumentFragment | null;
  /** The numbers of the picture; null when there are none. */
  table?(answer: Answer, pinned: Answer | null, t: Translate): TableData | null;
}
export type Kinds = Readonly<Record<string, Kind>>;

/** Code, not state: the same for every widget of the page. */
const KINDS = new Map<string, Kind>();

export function register(kinds: Kinds): void {
  for (const [key, kind] of Object.entries(kinds)) KINDS.set(key, kind);
}

export function viewKey(answer: Answer): string {
  const { type, layout } = answer;
  if (layout.kind !== "other") return `${type}.${layout.kind}`;
  return type === "attribution" ? `${type}.${layout.raw.kind}` : type;
}

/** What is drawn below the picture for a part of an answer. */
export function partView(name: string): ViewFactory | null {
  return KINDS.get(`part.${name}`)?.view ?? null;
}

export function kindOf(answer: Answer | null): Kind | null {
  return answer === null ? null : (KINDS.get(viewKey(answer)) ?? null);
}
