import { h, on } from "../dom.js";
import type { Key } from "../i18n/index.js";
import { type Control, type ControlHost, field, type Option, select, setOptions } from "./field.js";

const FAMILIES = ["any", "network", "exact", "quality", "data"];

export function methodControl(host: ControlHost): Control {
  const { t, store } = host;
  const input = h("select", { "data-key": "method" });
  const { element, help, refuse } = field(host, t("control.method"), input);
  on(input, "change", () => host.ask({ method: input.value }));
  return {
    name: "method",
    element,
    refuse,
    busy: () => false,
    follow(panel) {
      const usable = panel.methods.filter((m) => m.reason === null);
      const rest = panel.methods.filter((m) => m.reason !== null);
      const offered = (family: string): Option[] =>
        usable.filter((m) => m.family === family).map((m) => ({ value: m.name, label: m.title }));
      const others = rest.map((m) => ({
        value: m.name,
        label: t("control.withReason", { title: m.title, reason: m.reason ?? "" }),
        disabled: true,
        title: m.reason ?? "",
      }));
      setOptions(
        input,
        usable.filter((m) => !FAMILIES.includes(m.family)).map((m) => ({ value: m.name, label: m.title })),
        [
          ...FAMILIES.map((family) => ({ label: t(`family.${family}` as Key), options: offered(family) })),
          { label: t("control.notOffered"), options: others },
        ],
      );
      const method = store.trait<string>("method") ?? "";
      select(input, method);
      help(panel.methods.find((m) => m.name === method)?.help ?? "");
    },
  };
}
