import { type Child, h, on, setAttributes, setText, show } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import type { Changes, Panel } from "../protocol.js";
import type { Store } from "../store.js";

/** One control: follows its trait, except while the user's finger is on it. */
export interface Control {
  /** Name of the trait, or "settings.<name>". */
  name: string;
  element: HTMLElement;
  /** True while the user is dragging or typing. */
  busy(): boolean;
  follow(panel: Panel): void;
  /** Called at every change, while the user is at it too: for what is only shown. */
  watch?(panel: Panel): void;
  refuse(reason: string | null): void;
}

export interface ControlHost {
  t: Translate;
  uid: string;
  store: Store;
  ask(changes: Changes, coarse?: boolean): void;
}

export interface Field {
  element: HTMLElement;
  output: HTMLOutputElement;
  help(text: string): void;
  refuse(reason: string | null): void;
}

/** Label, "?", the value at the right end, the native element, and room for a refusal. */
export function field(host: ControlHost, label: string, input: HTMLElement, ...below: Child[]): Field {
  const { t } = host;
  input.id = `${host.uid}-${input.dataset.key ?? label}`;
  const helpText = h("p", { class: "jx-help-text", hidden: true });
  const helpButton = h("button", { class: "jx-help", type: "button", "aria-expanded": "false" }, "?");
  helpButton.setAttribute("aria-label", t("control.help"));
  // The control itself says its value; a second voice would only be chatter.
  const output = h("output", { class: "jx-value", for: input.id, "aria-live": "off" });
  const refusal = h("p", { class: "jx-refused", role: "status", id: `${input.id}-no`, hidden: true });
  const text = h("label", { for: input.id, id: `${input.id}-label` }, label);
  helpText.id = `${input.id}-help`;
  setAttributes(helpButton, { "aria-controls": helpText.id, "aria-describedby": text.id });
  text.title = label;
  on(helpButton, "click", () => {
    const open = helpText.hidden === true;
    show(helpText, open);
    helpButton.setAttribute("aria-expanded", String(open));
  });
  const head = h("div", { class: "jx-field-head" }, text, helpButton, output);
  const element = h("div", { class: "jx-field" }, head, input, ...below, helpText, refusal);
  const setHelp = (words: string): void => {
    show(helpButton, words !== "");
    setText(helpText, words);
    helpButton.title = words;
  };
  setHelp("");
  return {
    element,
    output,
    help: setHelp,
    refuse(reason) {
      show(refusal, reason !== null);
      setText(refusal, reason === null ? "" : t("control.refused", { reason: t.say(reason) }));
      setAttributes(input, {
        "aria-invalid": reason === null ? null : "true",
        "aria-describedby": reason === null ? null : refusal.id,
      });
    },
  };
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
  title?: string;
}

export interface OptionGroup {
  label: string;
  options: Option[];
}

/** Rewrites the options only when they differ, so an open list is not shut by a redraw. */
export function setOptions(select: HTMLSelectElement, options: Option[], groups: OptionGroup[] = []): void {
  const key = JSON.stringify([options, groups]);
  if (select.dataset.options === key) return;
  select.dataset.options = key;
  const grouped = groups.filter((group) => group.options.length > 0);
  const nodes = grouped.map((group) =>
    h("optgroup", { label: group.label }, ...group.options.map(optionElement)),
  );
  select.replaceChildren(...options.map(optionElement), ...nodes);
}

function optionElement({ value, label, disabled, title }: Option): HTMLOptionElement {
  return h("option", { value, disabled, title }, label);
}

/** Shows the value even when no option offers it (a class set from Python, say). */
export function select(element: HTMLSelectElement, value: string): void {
  if (element.value === value) return;
  element.value = value;
  if (element.value === value || value === "") return;
  element.append(h("option", { value }, value));
  element.value = value;
}
