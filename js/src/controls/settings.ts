// The panel of a method, generated from what the method declares about its settings.

import { h, on, setText } from "../dom.js";
import { plain } from "../format.js";
import type { SettingOffer, Value } from "../protocol.js";
import {
  type Control,
  type ControlHost,
  type Field,
  field,
  type Option,
  select,
  setOptions,
} from "./field.js";
import { linearScale, logScale, slider } from "./slider.js";

export function settingControl(
  host: ControlHost,
  offer: SettingOffer,
  offers: readonly SettingOffer[] = [],
): Control {
  const ask = (value: Value, coarse = false): void => host.ask({ settings: { [offer.name]: value } }, coarse);
  const settingValue = (which: SettingOffer): Value => {
    const settings = host.store.trait<Record<string, Value> | undefined>("settings") ?? {};
    return Object.hasOwn(settings, which.name) ? settings[which.name]! : which.default;
  };
  const current = (): Value => settingValue(offer);
  const other = offers.find((o) => o.name === offer.when?.name);
  const matters = (): boolean => {
    if (other === undefined || offer.when === null) return true;
    const value = settingValue(other);
    return rulesByPlace(value) || offer.when.values.includes(String(value ?? ""));
  };
  const parts = build(host, offer, ask, current);
  parts.field.help(offer.help);
  return {
    name: `settings.${offer.name}`,
    element: parts.field.element,
    refuse: parts.field.refuse,
    busy: parts.busy,
    follow() {
      parts.field.element.hidden = !matters();
      parts.follow();
    },
  };
}

/** A mapping that only Python can give: what it may use is not told from here. */
const rulesByPlace = (value: unknown): boolean => typeof value === "object" && value !== null;

interface Parts {
  field: Field;
  busy(): boolean;
  follow(): void;
}
type Ask = (value: Value, coarse?: boolean) => void;

function build(host: ControlHost, offer: SettingOffer, ask: Ask, current: () => Value): Parts {
  if (offer.kind === "choice") return choice(host, offer, ask, current);
  if (offer.kind === "bool") return checkbox(host, offer, ask, current);
  const numeric = offer.kind === "int" || offer.kind === "float";
  const far = offer.kind === "int" && !offer.log && (offer.high ?? 0) > 10_000; // a number is typed, not dragged to
  if (numeric && !far && offer.low !== null && offer.high !== null && offer.high > offer.low) {
    return range(host, offer, ask, current);
  }
  return box(host, offer, ask, current);
}

function range(host: ControlHost, offer: SettingOffer, ask: Ask, current: () => Value): Parts {
  const whole = offer.kind === "int";
  const low = offer.low ?? 0;
  const high = offer.high ?? 1;
  const part = slider((value, coarse) => {
    setText(made.output, plain(value));
    ask(value, coarse);
  }, plain);
  part.input.dataset.key = `setting-${offer.name}`;
  part.setScale(offer.log && low > 0 ? logScale(low, high, whole) : linearScale(low, high, whole));
  const made = field(host, offer.label, part.input);
  return {
    field: made,
    busy: part.dragging,
    follow() {
      const value = current();
      part.setValue(value === "" ? low : Number(value));
      setText(made.output, value === "" ? host.t("control.auto") : plain(Number(value)));
    },
  };
}

function choice(host: ControlHost, offer: SettingOffer, ask: Ask, current: () => Value): Parts {
  const input = h("select", { "data-key": `setting-${offer.name}` });
  setOptions(
    input,
    offer.choices.map((value, i) => option(host, offer, value, offer.texts[i] || value)),
  );
  on(input, "change", () => ask(input.value));
  return {
    field: field(host, offer.label, input),
    busy: () => false,
    follow: () => select(input, String(current())),
  };
}

/** What does not apply here is shown with the reason, and cannot be chosen. */
function option({ t }: ControlHost, { shut }: SettingOffer, value: string, title: string): Option {
  const label = title || t("control.unset");
  if (!Object.hasOwn(shut, value)) return { value, label };
  const reason = shut[value]!;
  return { value, label: t("control.withReason", { title: label, reason }), disabled: true, title: reason };
}

function checkbox(host: ControlHost, offer: SettingOffer, ask: Ask, current: () => Value): Parts {
  const input = h("input", { type: "checkbox", "data-key": `setting-${offer.name}` });
  on(input, "change", () => ask(input.checked));
  const made = field(host, offer.label, input);
  made.element.classList.add("jx-check");
  return {
    field: made,
    busy: () => false,
    follow() {
      input.checked = current() === true;
    },
  };
}

function box(host: ControlHost, offer: SettingOffer, ask: Ask, current: () => Value): Parts {
  const numeric = offer.kind !== "text";
  const input = h("input", {
    type: numeric ? "number" : "text",
    step: offer.kind === "int" ? 1 : numeric ? "any" : null,
    min: numeric ? offer.low : null,
    max: numeric ? offer.high : null,
    "data-key": `setting-${offer.name}`,
  });
  const offered = numeric ? null : suggestions(host, offer);
  if (offered !== null) input.setAttribute("list", offered.id);
  const follow = (): void => {
    input.value = String(current());
  };
  let typing = false;
  on(input, "input", () => {
    typing = true;
  });
  on(input, "change", () => {
    typing = false;
    const value = numeric ? Number(input.value) : input.value;
    if (numeric && (input.value === "" || !Number.isFinite(value))) follow();
    else ask(value);
  });
  return {
    field: field(host, offer.label, input, offered),
    busy: () => typing && document.activeElement === input,
    follow,
  };
}

/** What a text may be, offered while typing (the columns of a dataset, say). */
function suggestions(host: ControlHost, offer: SettingOffer): HTMLElement | null {
  if (offer.choices.length === 0) return null;
  const options = offer.choices.map((value) => h("option", { value }));
  return h("datalist", { id: `${host.uid}-offered-${offer.name}` }, ...options);
}
