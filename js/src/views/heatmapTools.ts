import { MODES } from "../colors.js";
import { setOptions } from "../controls/field.js";
import { h, on, setAttribute, setText, show } from "../dom.js";
import { percent } from "../format.js";
import type { ViewHost } from "../view.js";

const SIGNED_MAPS = ["PuOr", "RdBu"];
const ABSOLUTE_MAPS = ["cividis", "viridis"];
const PERCENTILES = [100, 99.9, 99, 98, 95, 90];

/** How the map is shown; nothing here asks the kernel. */
export function heatmapTools(host: ViewHost): {
  element: HTMLElement;
  update(maps: ReadonlyMap<string, Uint8Array>, hasInput: boolean, limit: number): void;
} {
  const { t, preferences, uid } = host;
  const buttons = MODES.map((mode) => {
    const button = h("button", { type: "button", class: "jx-button" }, t(`heat.${mode}`));
    on(button, "click", () => {
      preferences.mode = mode;
      host.redraw();
    });
    return { mode, button };
  });
  const modes = h("div", { class: "jx-segments", role: "group", "aria-label": t("heat.mode") });
  modes.append(...buttons.map(({ button }) => button));

  const colours = h("select", { id: `${uid}-colours` });
  on(colours, "change", () => {
    if (preferences.mode === "absolute") preferences.absoluteMap = colours.value;
    else preferences.signedMap = colours.value;
    host.redraw();
  });
  const clip = h("select", { id: `${uid}-clip` });
  setOptions(
    clip,
    PERCENTILES.map((p) => ({
      value: String(p),
      label: p === 100 ? t("heat.noClip") : t("heat.topClip", { share: percent((100 - p) / 100) }),
    })),
  );
  on(clip, "change", () => {
    preferences.percentile = Number(clip.value);
    host.redraw();
  });
  let shown = 0;
  const keep = h("button", { type: "button", class: "jx-button", title: t("heat.keepHelp") }, t("heat.keep"));
  on(keep, "click", () => {
    preferences.kept = preferences.kept === null ? shown : null;
    host.redraw();
  });
  const opacity = h("input", { id: `${uid}-opacity`, type: "range", min: 0, max: 100, step: 5 });
  const opacityValue = h("output", { class: "jx-num jx-value", for: opacity.id, "aria-live": "off" });
  on(opacity, "input", () => {
    preferences.opacity = Number(opacity.value) / 100;
    host.redraw();
  });
  const tool = (label: string, control: HTMLElement, ...more: HTMLElement[]): HTMLElement =>
    h("div", { class: "jx-tool" }, h("label", { for: control.id }, label), control, ...more);
  const opacityTool = tool(t("heat.opacity"), opacity, opacityValue);
  const element = h(
    "div",
    { class: "jx-tools" },
    modes,
    tool(t("heat.colours"), colours),
    tool(t("heat.clip"), clip),
    h("div", { class: "jx-tool" }, keep),
    opacityTool,
  );
  return {
    element,
    update(maps, hasInput, limit) {
      shown = limit;
      keep.disabled = limit === 0;
      setAttribute(keep, "aria-pressed", preferences.kept === null ? "false" : "true");
      const absolute = preferences.mode === "absolute";
      for (const { mode, button } of buttons) {
        setAttribute(button, "aria-pressed", mode === preferences.mode ? "true" : "false");
      }
      const offered = absolute ? ABSOLUTE_MAPS : SIGNED_MAPS;
      const known = offered.filter((name) => maps.size === 0 || maps.has(name));
      setOptions(
        colours,
        known.map((name) => ({ value: name, label: name })),
      );
      colours.value = absolute ? preferences.absoluteMap : preferences.signedMap;
      clip.value = String(preferences.percentile);
      clip.disabled = preferences.kept !== null;
      opacity.value = String(Math.round(preferences.opacity * 100));
      setText(opacityValue, percent(preferences.opacity));
      show(opacityTool, hasInput);
    },
  };
}
