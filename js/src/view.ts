// What a picture is given and what it gives back. One file per answer type implements it (views/).

import type { Mode } from "./colors.js";
import type { Edit } from "./edits.js";
import type { Translate } from "./i18n/index.js";
import type { Answer, Changes, Picture, Reference } from "./protocol.js";
import type { Theme } from "./theme.js";

/** What needs no kernel: how this page shows the answer. Survives a change of language. */
export interface Preferences {
  mode: Mode;
  signedMap: string;
  absoluteMap: string;
  percentile: number;
  /** The number in the strongest colour, where the reader keeps the scale; else every answer has its own. */
  kept: number | null;
  opacity: number;
  sort: Sort;
  /** Attributions of a table end to end, from base to output. */
  waterfall: boolean;
  find: string;
  shown: number;
  table: boolean;
  tableSort: { column: string; descending: boolean } | null;
}
export type Sort = "size" | "value" | "name";

export const PAGE = 20;

export function defaultPreferences(): Preferences {
  return {
    mode: "signed",
    signedMap: "PuOr",
    absoluteMap: "cividis",
    percentile: 99,
    kept: null,
    opacity: 1,
    sort: "size",
    waterfall: false,
    find: "",
    shown: PAGE,
    table: false,
    tableSort: null,
  };
}

/** What an answer is about. */
export interface Backdrop {
  input: Picture | null;
  reference: Reference;
}

export interface Scene extends Backdrop {
  answer: Answer;
  pinned: Answer | null;
  /** What the pinned answer was about. */
  behind: Backdrop;
  running: boolean;
  theme: Theme;
  colormaps: ReadonlyMap<string, Uint8Array>;
}

export interface ViewHost {
  t: Translate;
  preferences: Preferences;
  /** Unique on the page, for label/for pairs. */
  uid: string;
  redraw(): void;
  /** Changes a control, as the panel does. */
  ask?(changes: Changes): void;
  /** Changes columns of the explained row (null: back to its own value); null where they cannot be edited. */
  edit?: Edit;
  /** The title of a method that applies here, else null. */
  offers?(method: string): string | null;
}

export interface View {
  element: HTMLElement;
  /** Where the error curve goes: beside a small picture, or under the controls. */
  curve: "beside" | "aside";
  /** Room beside the picture, when `curve` is "beside". */
  side?: HTMLElement;
  update(scene: Scene): void;
}

export type ViewFactory = (host: ViewHost) => View;
