// One view of the widget: builds the parts for a language, and hands each change of state to them.

import { controls } from "./controls/panel.js";
import { h, setAttribute, setText, show } from "./dom.js";
import { editing } from "./edits.js";
import { type Language, pickLanguage, type Translate, translator } from "./i18n/index.js";
import { spoken } from "./i18n/spoken.js";
import { hidden } from "./lesson.js";
import type { Answer, Changes } from "./protocol.js";
import { quizCard } from "./quiz/card.js";
import type { State, Store } from "./store.js";
import { readTheme, watchTheme } from "./theme.js";
import { type Backdrop, defaultPreferences, type Preferences, type Scene, type View } from "./view.js";
import { alertStrip, kernelBanner } from "./views/alert.js";
import { convergence } from "./views/convergence.js";
import { errorText, evalsText, footer } from "./views/footer.js";
import { head } from "./views/head.js";
import { kindOf, partView, viewKey } from "./views/kinds.js";
import { notes } from "./views/notes.js";
import { progressLine } from "./views/progress.js";
import { summary } from "./views/summary.js";
import { table } from "./views/table.js";

/** What outlives a change of language. */
interface Session {
  preferences: Preferences;
  pinned: Answer | null;
  behind: Backdrop | null;
  /** Chosen here, until the trait says the same; the only choice in a static page. */
  language: Language | null;
  uid: string;
}

interface Shell {
  root: HTMLElement;
  language: Language;
  update(state: State): void;
  focusLanguage(): void;
  dispose(): void;
}

export function mount(el: HTMLElement, store: Store): () => void {
  const session: Session = {
    preferences: defaultPreferences(),
    pinned: null,
    behind: null,
    language: null,
    uid: `jx${Math.random().toString(36).slice(2, 9)}`,
  };
  let shell = build();

  /** The language that is wanted, as soon as its words are here. */
  function spoken(): Language {
    const wanted = session.language ?? pickLanguage(store.trait("lang"));
    return store.knows(wanted) ? wanted : "en";
  }

  function build(): Shell {
    return makeShell(store, session, translator(spoken(), store.words), chooseLanguage);
  }

  function chooseLanguage(language: Language): void {
    session.language = language;
    store.ask({ lang: language });
    rebuild();
    shell.focusLanguage();
  }

  function rebuild(): void {
    const old = shell;
    shell = build();
    old.root.replaceWith(shell.root);
    old.dispose();
    shell.update(store.state);
  }

  let lastTrait = store.trait<string>("lang");
  const unsubscribe = store.subscribe((state) => {
    const trait = store.trait<string>("lang");
    if (trait !== lastTrait) {
      lastTrait = trait;
      session.language = null;
    }
    if (spoken() !== shell.language) rebuild();
    else shell.update(state);
  });
  el.append(shell.root);
  shell.update(store.state);
  const unwatch = watchTheme(() => shell.update(store.state));
  const unseen = whenShown(shell.root, () => shell.update(store.state));
  return () => {
    unsubscribe();
    unwatch();
    unseen();
    shell.dispose();
    shell.root.remove();
  };
}

/** Colours can only be read from an element on the page: draw again whenever it comes to be shown. */
function whenShown(root: HTMLElement, show: () => void): () => void {
  let shown = root.isConnected && root.clientWidth > 0;
  const observer = new ResizeObserver(() => {
    const now = root.clientWidth > 0;
    if (now && !shown) show();
    shown = now;
  });
  observer.observe(root);
  return () => observer.disconnect();
}

function makeShell(
  store: Store,
  session: Session,
  t: Translate,
  chooseLanguage: (language: Language) => void,
): Shell {
  const { preferences, uid } = session;
  const redraw = (): void => update(store.state);
  const progress = progressLine(t);
  const top = head(t, {
    stop: () => store.stop(),
    pin: () => {
      const { answer, input, reference } = store.state;
      [session.pinned, session.behind] =
        session.pinned === null ? [answer, { input, reference }] : [null, null];
      redraw();
    },
    table: () => {
      preferences.table = !preferences.table;
      redraw();
    },
  });
  const say = summary(t);
  const banner = kernelBanner(t, () => store.link.touch());
  const alert = alertStrip(t, () => store.dismiss());
  const curve = convergence(t);
  const folded = notes(t);
  const numbers = table({ t, preferences, uid, redraw });
  const foot = footer(t);
  const panel = controls({ t, uid, store }, chooseLanguage);
  const card = quizCard(t, uid, (picks) => store.guess(picks));
  const place = h("div", { class: "jx-place" });
  const below = h("div", { class: "jx-parts" });
  const parts = new Map<string, View>();
  const main = h("div", { class: "jx-main" }, card.element, place, numbers.element, below, folded.element);
  const aside = h("div", { class: "jx-aside" }, panel.element);
  const live = h("div", { class: "jx-sr", "aria-live": "polite" });
  const cols = h("div", { class: "jx-cols" }, main, aside);
  const root = h("section", { class: "jx-root", lang: t.language, "aria-label": t("app.label") });
  root.append(
    progress.element,
    top.element,
    say.element,
    banner.element,
    alert.element,
    cols,
    foot.element,
    live,
  );
  root.addEventListener("keydown", keepKeys);

  let view: View | null = null;
  let shownKey = "";
  let announced = "";

  const said = spoken(t);
  const inWords = (answer: Answer | null): Answer | null => answer && said.answer(answer);

  function update(given: State): void {
    const state = said.state(given);
    const theme = readTheme(root);
    const running = state.status === "running" || state.status === "stale";
    dress(state);
    progress.update(state.answer, running, state.stale);
    top.update(state, store.trait<string>("method") ?? "", {
      running,
      pinned: session.pinned !== null,
      table: preferences.table,
    });
    banner.update(state);
    alert.update(state);
    panel.update(state);
    foot.update(state.answer, state.panel, running);
    curve.update(state.history, state.answer, state.panel);
    folded.update(state.answer?.notes ?? []);
    card.update(state);
    const asked = hidden(state.quiz);
    for (const part of [say.element, place, numbers.element, below, curve.element]) {
      part.classList.toggle("jx-off", asked);
    }
    say.update(state.answer, running, t(running ? "app.waiting" : "app.idle"));
    if (state.answer !== null) {
      const { answer, input, reference, colormaps } = state;
      // Frames go on refining under a stale mark too: then nothing is settled yet.
      const behind = session.behind ?? { input, reference };
      const about = { answer, input, reference, pinned: inWords(session.pinned), behind };
      const scene: Scene = { ...about, running, theme, colormaps };
      drawAnswer(scene);
    }
    announce(state);
  }

  function dress(state: State): void {
    const { answer } = state;
    setAttribute(root, "data-status", state.status);
    setAttribute(root, "data-run", state.run);
    setAttribute(root, "data-evals", answer?.evals ?? 0);
    setAttribute(root, "data-method", store.trait<string>("method") ?? "");
    setAttribute(root, "data-host-lang", document.documentElement.lang || navigator.language);
    setAttribute(root, "data-link", state.link);
    const label =
      answer === null ? t("app.label") : t("app.labelFull", { title: answer.title, target: answer.target });
    setAttribute(root, "aria-label", label);
    for (const part of [main, say.element]) part.classList.toggle("jx-stale", state.stale);
    setAttribute(main, "aria-busy", state.stale ? "true" : null);
  }

  function drawAnswer(scene: Scene): void {
    const key = viewKey(scene.answer);
    const kind = kindOf(scene.answer);
    // A kind whose code is still under way is drawn as soon as it is there.
    const known = kind === null ? "" : key;
    if (known !== shownKey || view === null) {
      shownKey = known;
      const ask = (changes: Changes): void => store.ask(changes);
      const offers = (name: string): string | null => {
        const method = store.state.panel.methods.find((m) => m.name === name && m.reason === null);
        return method === undefined ? null : t.say(method.title);
      };
      view = kind?.view({ t, preferences, uid, redraw, ask, edit: editing(store), offers }) ?? null;
      place.replaceChildren(
        view?.element ??
          h("p", { class: "jx-problem" }, store.loading ? "" : t("app.noView", { type: scene.answer.type })),
      );
      if (view?.curve === "beside") view.side?.append(curve.element);
      else aside.append(curve.element);
    }
    // An A of another kind has no common scale with this B.
    if (scene.pinned !== null && viewKey(scene.pinned) !== key) session.pinned = null;
    const sameKind = { ...scene, pinned: inWords(session.pinned) };
    view?.update(sameKind);
    numbers.update(sameKind);
    drawParts(sameKind);
  }

  function drawParts(scene: Scene): void {
    for (const [name, part] of parts) {
      if (name in scene.answer.parts) continue;
      part.element.remove();
      parts.delete(name);
    }
    for (const name of Object.keys(scene.answer.parts)) {
      const part = parts.get(name) ?? partView(name)?.({ t, preferences, uid, redraw });
      if (part === undefined) continue;
      if (!parts.has(name)) below.append(part.element);
      parts.set(name, part);
      part.update(scene);
    }
  }

  /** One sentence when a recompute ends; never one per frame. */
  function announce(state: State): void {
    const { status, answer, run, failure } = state;
    const key = `${status}|${run}`;
    if (key === announced) return;
    const first = announced === "";
    announced = key;
    if (first) return;
    if (status === "error") setText(live, t("live.error", { what: failure?.what ?? t("alert.unknown") }));
    if (answer === null || (status !== "done" && status !== "partial")) return;
    const words = kindOf(answer)?.sentence?.(answer, t)?.textContent ?? "";
    const params = { evals: evalsText(answer, state.panel, t), error: errorText(answer, t), summary: words };
    setText(live, t(status === "done" ? "live.done" : "live.partial", params));
  }

  show(numbers.element, false);
  return {
    root,
    language: t.language,
    update,
    focusLanguage: () => panel.language.focus(),
    dispose: () => panel.dispose(),
  };
}

/** Plain keys belong to the widget while it has the focus: Jupyter's command mode must not delete cells. */
function keepKeys(event: KeyboardEvent): void {
  const command = event.ctrlKey || event.metaKey || event.altKey;
  const leaves = event.key === "Tab" || event.key === "Escape" || (event.shiftKey && event.key === "Enter");
  if (!command && !leaves) event.stopPropagation();
}
