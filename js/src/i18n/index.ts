import { en } from "./en.js";
import { phraseBook, type Say } from "./spoken.js";

export type Key = keyof typeof en;
export type Params = Record<string, string | number>;
export type Language = "en" | "zh-CN";

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: "en", name: "English" },
  { code: "zh-CN", name: "简体中文" },
];

/** Catalogues by language. English is always there; others come from the kernel when they are wanted (`_words`). */
export type Words = Partial<
  Record<Language, Partial<Record<Key, string>> & { phrases?: Record<string, string> }>
>;

export interface Translate {
  language: Language;
  (key: Key, params?: Params): string;
  /** The same with nodes for placeholders, so that a number inside a sentence can be bold. */
  rich(key: Key, params: Record<string, Node | string>): DocumentFragment;
  /** What Python says. */
  say: Say;
}

export function translator(language: Language, words: Words = {}): Translate {
  const catalogue = { ...en, ...words[language] };
  const translate = (key: Key, params: Params = {}): string =>
    pieces(catalogue[key])
      .map((piece) => (piece.name === null ? piece.text : String(params[piece.name] ?? "")))
      .join("");
  const rich = (key: Key, params: Record<string, Node | string>): DocumentFragment => {
    const fragment = document.createDocumentFragment();
    for (const piece of pieces(catalogue[key])) {
      fragment.append(piece.name === null ? piece.text : (params[piece.name] ?? ""));
    }
    return fragment;
  };
  return Object.assign(translate, { language, rich, say: phraseBook(words[language]?.phrases ?? {}) });
}

/** The `lang` trait if set, else the page, else the browser, else English. */
export function pickLanguage(trait: unknown): Language {
  const wishes = [trait, document.documentElement.lang, navigator.language];
  for (const wish of wishes) {
    const known = typeof wish === "string" ? matchLanguage(wish) : null;
    if (known !== null) return known;
  }
  return "en";
}

function matchLanguage(tag: string): Language | null {
  const primary = tag.toLowerCase().split(/[-_]/)[0];
  if (primary === "zh") return "zh-CN";
  return primary === "en" ? "en" : null;
}

function pieces(template: string): { name: string | null; text: string }[] {
  return template
    .split(/(\{\w+\})/)
    .filter((part) => part !== "")
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1] ?? null;
      return { name, text: part };
    });
}
