import { h, on } from "../dom.js";
import { plain } from "../format.js";
import type { Translate } from "../i18n/index.js";
import type { TargetOffer } from "../protocol.js";
import { type Control, type ControlHost, field, select, setOptions } from "./field.js";

export function targetControl(host: ControlHost): Control {
  const { t, store } = host;
  const input = h("select", { "data-key": "target" });
  const { element, help, refuse } = field(host, t("control.target"), input);
  help(t("control.targetHelp"));
  let offers: TargetOffer[] = [];
  on(input, "change", () => {
    const offer = offers.find((o) => String(o.value) === input.value);
    host.ask({ target: offer?.value ?? input.value });
  });
  return {
    name: "target",
    element,
    refuse,
    busy: () => false,
    follow(panel) {
      offers = panel.targets;
      setOptions(
        input,
        offers.map((offer) => ({ value: String(offer.value), label: targetLabel(t, offer) })),
      );
      const target = store.trait<string | number>("target") ?? "predicted";
      const offer = offers.find((o) => o.value === target) ?? offers.find((o) => o.label === target);
      select(input, String(offer?.value ?? target));
    },
  };
}

function targetLabel(t: Translate, { value, label, score }: TargetOffer): string {
  const name = label || String(value);
  if (value === "predicted") {
    if (score === null) return t("control.predictedOnly", { label: name });
    return t("control.predicted", { label: name, score: plain(score) });
  }
  return score === null ? name : t("control.scored", { label: name, score: plain(score) });
}
