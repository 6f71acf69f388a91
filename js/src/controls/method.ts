import { h, on } from "../dom.js";
import { type Control, type ControlHost, field, select, setOptions } from "./field.js";

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
      setOptions(
        input,
        usable.map((m) => ({ value: m.name, label: m.title })),
        {
          label: t("control.notOffered"),
          options: rest.map((m) => ({
            value: m.name,
            label: t("control.withReason", { title: m.title, reason: m.reason ?? "" }),
            disabled: true,
            title: m.reason ?? "",
          })),
        },
      );
      const method = store.trait<string>("method") ?? "";
      select(input, method);
      help(panel.methods.find((m) => m.name === method)?.help ?? "");
    },
  };
}
