import { h, on } from "../dom.js";
import { type Control, type ControlHost, field } from "./field.js";

/** A number still being typed waits this long; Enter, leaving the box and the arrows need not wait. */
const TYPING = 350;

export function seedControl(host: ControlHost): Control {
  const { t, store } = host;
  const input = h("input", { type: "number", min: 0, step: 1, inputmode: "numeric", "data-key": "seed" });
  const { element, help, refuse } = field(host, t("control.seed"), input);
  help(t("control.seedHelp"));
  let timer: ReturnType<typeof setTimeout> | null = null;
  const current = (): number => store.trait<number>("seed") ?? 0;

  function commit(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const seed = Number(input.value);
    const valid = input.value !== "" && Number.isInteger(seed) && seed >= 0;
    if (valid && seed !== asked) {
      asked = seed;
      host.ask({ seed });
    }
  }
  let asked = current();
  on(input, "input", () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(commit, TYPING);
  });
  on(input, "change", () => {
    commit();
    if (input.value === "" || Number(input.value) !== asked) input.value = String(current());
  });
  return {
    name: "seed",
    element,
    refuse,
    busy: () => timer !== null || (document.activeElement === input && input.value === ""),
    follow() {
      asked = current();
      input.value = String(asked);
    },
  };
}
