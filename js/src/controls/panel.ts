// The column of controls: who follows its trait when, and which settings the method has.

import { h, on, show } from "../dom.js";
import { controlNames } from "../gate.js";
import { LANGUAGES, type Language } from "../i18n/index.js";
import type { Changes, Panel } from "../protocol.js";
import type { State } from "../store.js";
import { baselineControl } from "./baseline.js";
import type { Control, ControlHost } from "./field.js";
import { lockControl } from "./locks.js";
import { methodControl } from "./method.js";
import { presetButtons } from "./presets.js";
import { rowControl } from "./row.js";
import { samplesControl } from "./samples.js";
import { seedControl } from "./seed.js";
import { settingControl } from "./settings.js";
import { targetControl } from "./target.js";
import { whatIfControl } from "./whatif.js";

export interface Controls {
  element: HTMLElement;
  language: HTMLSelectElement;
  update(state: State): void;
  dispose(): void;
}

/** The kernel's trait update travels apart from its answer to an ask: give it this long before following. */
const SETTLE = 400;

export function controls(
  base: Omit<ControlHost, "ask">,
  setLanguage: (language: Language) => void,
): Controls {
  const { store, t } = base;
  const asked = new Map<string, number>();
  const host: ControlHost = {
    ...base,
    ask(changes: Changes, coarse = false) {
      for (const name of controlNames(changes)) asked.set(name, Date.now());
      store.ask(changes, coarse);
    },
  };
  const fixed = [methodControl, targetControl, rowControl, baselineControl, samplesControl].map((make) =>
    make(host),
  );
  const seed = seedControl(host);
  const whatIf = whatIfControl(host);
  let settings: Control[] = [];
  let settingsKey = "";
  let timer: ReturnType<typeof setTimeout> | null = null;

  const settingsBox = h("div", { class: "jx-settings", role: "group", "aria-label": t("control.settings") });
  const reset = h(
    "button",
    { type: "button", class: "jx-button", title: t("action.resetHelp") },
    t("action.reset"),
  );
  on(reset, "click", () => {
    asked.clear();
    store.command({ kind: "reset" });
  });
  const language = languageControl(base, setLanguage);
  const languageLabel = h("label", { class: "jx-sr", for: language.id }, t("control.language"));
  const fields = h("fieldset", {}, ...fixed.map((c) => c.element), settingsBox, seed.element, whatIf.element);
  const actions = h("div", { class: "jx-aside-actions" }, reset, languageLabel, language);
  const presets = presetButtons(base);
  const element = h("div", { class: "jx-controls" }, presets.element, fields, actions);

  const rebuildSettings = (panel: Panel): void => {
    const key = JSON.stringify(panel.settings);
    if (key === settingsKey) return;
    settingsKey = key;
    settings = panel.settings.map((offer) => settingControl(host, offer, panel.settings));
    settingsBox.replaceChildren(...settings.map((control) => control.element));
    show(settingsBox, settings.length > 0);
  };

  let latest: State | null = null; // in the reader's language, which the store's own is not
  const update = (state: State): void => {
    latest = state;
    rebuildSettings(state.panel);
    fields.disabled = state.link !== "ok";
    reset.disabled = state.link !== "ok";
    presets.update(state.lesson, state.link === "ok");
    let later = false;
    for (const control of [...fixed, ...settings, seed, whatIf]) {
      control.watch?.(state.panel);
      const reason = refusal(state, control.name);
      control.refuse(reason);
      const settling = Date.now() - (asked.get(control.name) ?? Number.NEGATIVE_INFINITY) < SETTLE;
      const held = control.busy() || store.gate.holds(control.name) || settling;
      if (held && reason === null) later = true;
      else if (!control.busy()) control.follow(state.panel);
      lockControl(control, state.lesson, t);
    }
    if (later && timer === null) {
      timer = setTimeout(() => {
        timer = null;
        if (latest !== null) update(latest);
      }, SETTLE + 50);
    }
  };
  return {
    element,
    language,
    update,
    dispose() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

function refusal(state: State, name: string): string | null {
  return state.refused.get(name) ?? state.refused.get(name.replace(/^settings\./, "")) ?? null;
}

function languageControl(
  base: Omit<ControlHost, "ask">,
  changed: (language: Language) => void,
): HTMLSelectElement {
  const options = LANGUAGES.map(({ code, name }) => h("option", { value: code, lang: code }, name));
  const select = h("select", { id: `${base.uid}-language`, class: "jx-language" }, ...options);
  select.value = base.t.language;
  on(select, "change", () => changed(select.value as Language));
  return select;
}
