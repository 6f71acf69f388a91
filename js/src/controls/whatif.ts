// What if a feature were different: one editor per column of the explained row, fed by its distribution.

import { h, on, setAttribute, setText, show, svg } from "../dom.js";
import { plain } from "../format.js";
import { isRecord, type Panel, type Value } from "../protocol.js";
import type { Control, ControlHost } from "./field.js";
import { linearScale, slider } from "./slider.js";

interface Offer {
  name: string;
  kind: string;
  value: Value | null;
  low: number;
  high: number;
  whole: boolean;
  choices: string[];
  bars: number[];
}
type Edits = Record<string, Value>;

interface Editor {
  offer: Offer;
  element: HTMLElement;
  busy(): boolean;
  follow(value: Value | null, changed: boolean): void;
}

const MANY = 12;
const FINEST = 1000;
const PAUSE = 3000;

export function whatIfControl(host: ControlHost): Control {
  const { t, store } = host;
  const now = h("p", { class: "jx-whatif-now jx-num", "aria-live": "off" });
  const undo = h("button", { type: "button", class: "jx-button" }, t("whatif.undo"));
  const clear = h("button", { type: "button", class: "jx-button" }, t("whatif.clear"));
  const find = h("input", { type: "search", placeholder: t("whatif.find"), "aria-label": t("whatif.find") });
  const list = h("div", { class: "jx-edits", role: "group", "aria-label": t("whatif.title") });
  const refusal = h("p", { class: "jx-refused", role: "status", hidden: true });
  const actions = h("div", { class: "jx-tools" }, undo, clear);
  const title = h("summary", {}, t("whatif.title"));
  const element = h("details", { class: "jx-whatif" }, title, now, actions, find, list, refusal);
  let editors: Editor[] = [];
  let key = "";
  let row: unknown = null;
  let past: Edits[] = [];
  let seen: Edits = {}; // the newest edits known here, wherever they were made
  let elsewhere = { when: 0, what: [] as string[] }; // the newest change made in a picture, another view or Python
  let local: Edits | null = null; // what was asked for, until the kernel has said yes
  let dragging = false;

  const edits = (): Edits => local ?? store.trait<Edits | undefined>("edits") ?? {};
  function ask(next: Edits, coarse: boolean): void {
    if (!dragging) past.push(edits());
    dragging = coarse;
    local = seen = next;
    host.ask({ edits: next }, coarse);
    tell(next);
  }
  function change(offer: Offer, value: Value, coarse: boolean): void {
    const { [offer.name]: _, ...rest } = edits();
    ask(value === offer.value ? rest : { ...rest, [offer.name]: value }, coarse);
  }
  on(undo, "click", () => {
    const last = past.pop();
    if (last === undefined) return;
    local = seen = last;
    host.ask({ edits: last });
    tell(last);
  });
  on(clear, "click", () => ask({}, false));
  on(find, "input", narrow);

  function narrow(): void {
    const wanted = find.value.trim().toLowerCase();
    for (const { offer, element: each } of editors)
      show(each, offer.name.toLowerCase().includes(wanted) || wanted === "");
  }

  function rebuild(offers: Offer[]): void {
    const next = JSON.stringify(offers);
    if (next === key) return;
    key = next;
    editors = offers.map((offer, i) => {
      const id = `${host.uid}-edit-${i}`;
      const made = offer.kind === "number" ? number : choice;
      return made(host, offer, id, (value, coarse) => change(offer, value, coarse));
    });
    list.replaceChildren(...editors.map((editor) => editor.element));
    show(find, editors.length > MANY);
    narrow();
  }

  /** Marks what differs from the row itself, whatever the kernel has got round to. */
  function tell(values: Edits): void {
    for (const { offer, follow, busy } of editors) {
      const changed = Object.hasOwn(values, offer.name);
      if (!busy()) follow(changed ? values[offer.name]! : offer.value, changed);
    }
    const n = Object.keys(values).length;
    undo.disabled = past.length === 0;
    clear.disabled = n === 0;
    setText(title, n === 0 ? t("whatif.title") : t("whatif.titleChanged", { n }));
  }

  return {
    name: "edits",
    element,
    busy: () => editors.some((editor) => editor.busy()),
    follow() {
      const current = store.trait("row");
      local = null;
      const now = edits();
      if (current !== row) past = [];
      else if (changed(seen, now).length > 0) {
        const [when, what] = [Date.now(), changed(seen, now)];
        const goesOn = when - elsewhere.when < PAUSE && what.some((name) => elsewhere.what.includes(name));
        if (!goesOn) past.push(seen); // a drag is one step
        elsewhere = { when, what: goesOn ? [...elsewhere.what, ...what] : what };
      }
      [row, seen] = [current, now];
      tell(now);
    },
    watch(panel) {
      const offers = offersOf(store.trait("_editors"));
      show(element, offers.length > 0);
      rebuild(offers);
      setText(now, output(host, panel));
      // With its controls disabled there would be no way to scroll it with keys.
      setAttribute(list, "tabindex", list.closest("fieldset")?.disabled ? 0 : null);
    },
    refuse(reason) {
      show(refusal, reason !== null);
      setText(refusal, reason === null ? "" : t("control.refused", { reason: t.say(reason) }));
    },
  };
}

/** The columns that differ, whatever Python made of the values. */
function changed(before: Edits, after: Edits): string[] {
  const text = (edits: Edits, name: string): string => String(edits[name]).toLowerCase();
  const names = Object.keys({ ...before, ...after });
  return names.filter((name) => text(before, name) !== text(after, name));
}

/** "malignant 0.31, was 0.97": the output of the edited row, and that of the row itself. */
function output({ t, store }: ControlHost, panel: Panel): string {
  const target = store.trait("target");
  const found = panel.targets.find((each) => each.value === target) ?? panel.targets[0];
  if (found === undefined || found.score === null) return "";
  const edits = store.trait<Edits | undefined>("edits") ?? {};
  const raw = store.trait<Record<string, unknown> | undefined>("_editors")?.before;
  const before = isRecord(raw) && typeof raw.score === "number" && Object.keys(edits).length > 0 ? raw : null;
  const only = panel.targets.every(({ label }) => label === found.label);
  const words = { label: only ? t("bars.output") : found.label, score: plain(found.score) };
  if (before === null) return t("whatif.now", words);
  const same = before.label === found.label;
  const was = `${same ? "" : `${String(before.label)} `}${plain(before.score as number)}`;
  return t("whatif.was", { ...words, was });
}

function number(
  { t }: ControlHost,
  offer: Offer,
  id: string,
  moved: (value: number, coarse: boolean) => void,
): Editor {
  const part = slider((value, coarse) => {
    box.value = text(value);
    moved(value, coarse);
  }, plain);
  const whole = offer.whole && offer.high - offer.low <= FINEST;
  part.setScale(linearScale(offer.low, offer.high > offer.low ? offer.high : offer.low + 1, whole));
  part.input.id = id;
  const box = h("input", {
    type: "number",
    step: "any",
    "aria-label": t("whatif.exact", { name: offer.name }),
  });
  on(box, "change", () => {
    const value = Number(box.value);
    if (box.value !== "" && Number.isFinite(value)) moved(value, false);
  });
  const was = h("span", { class: "jx-sr" });
  const head = h("div", { class: "jx-edit-head" }, label(id, offer.name), was, box);
  const element = h("div", { class: "jx-edit" }, head, histogram(offer), part.input);
  return {
    offer,
    element,
    busy: part.dragging,
    follow(value, changed) {
      element.classList.toggle("jx-changed", changed);
      const shown = typeof value === "number" ? value : null;
      if (document.activeElement !== box) box.value = shown === null ? "" : text(shown); // else it is being written in
      part.setValue(shown ?? offer.low);
      setText(
        was,
        changed ? t("whatif.before", { value: offer.value === null ? "–" : short(offer.value) }) : "",
      );
    },
  };
}

function choice(
  { t }: ControlHost,
  offer: Offer,
  id: string,
  moved: (value: string, coarse: boolean) => void,
): Editor {
  const input = h("select", { id }, ...offer.choices.map((value) => h("option", { value }, value)));
  on(input, "change", () => moved(input.value, false));
  const was = h("span", { class: "jx-sr" });
  const element = h(
    "div",
    { class: "jx-edit" },
    h("div", { class: "jx-edit-head" }, label(id, offer.name), was),
    input,
  );
  return {
    offer,
    element,
    busy: () => false,
    follow(value, changed) {
      element.classList.toggle("jx-changed", changed);
      input.value = String(value);
      setText(was, changed ? t("whatif.before", { value: short(offer.value ?? "–") }) : "");
    },
  };
}

function label(id: string, name: string): HTMLElement {
  return h("label", { for: id, title: name }, name);
}

/** How the column is distributed, and where the row's own value is. */
function histogram({ bars, value, low, high }: Offer): SVGElement | null {
  if (bars.length === 0) return null;
  const path = bars.map((size, i) => `M${i} 100V${100 - size}h1V100z`).join("");
  const box = `0 0 ${bars.length} 100`;
  const at = (bars.length * (Number(value) - low)) / (high - low);
  const own = value === null ? null : svg("path", { class: "jx-edit-own", d: `M${at} 0V100` });
  const attributes = {
    class: "jx-edit-bars",
    viewBox: box,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  return svg("svg", attributes, svg("path", { d: path }), own);
}

function text(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function short(value: Value): string {
  return typeof value === "number" ? plain(value) : String(value);
}

function offersOf(raw: unknown): Offer[] {
  const columns = isRecord(raw) && Array.isArray(raw.columns) ? raw.columns.filter(isRecord) : [];
  return columns.map((c) => ({
    name: String(c.name),
    kind: String(c.kind),
    value: (c.value as Value | undefined) ?? null,
    low: Number(c.low) || 0,
    high: Number(c.high) || 0,
    whole: c.whole === true,
    choices: Array.isArray(c.choices) ? c.choices.map(String) : [],
    bars: Array.isArray(c.bars) ? c.bars.map(Number) : [],
  }));
}
