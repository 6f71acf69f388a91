import { h, on, setAttribute, setText } from "../dom.js";
import { plain } from "../format.js";
import type { Key, Translate } from "../i18n/index.js";
import type { Answer } from "../protocol.js";
import type { State } from "../store.js";

export interface HeadActions {
  stop(): void;
  pin(): void;
  table(): void;
}

export interface Head {
  element: HTMLElement;
  update(state: State, method: string, look: { running: boolean; pinned: boolean; table: boolean }): void;
}

/** Title, what it is about in numbers, and the few buttons that are always at hand. */
export function head(t: Translate, actions: HeadActions): Head {
  const title = h("div", { class: "jx-title", role: "heading", "aria-level": 3 });
  const about = h("span", { class: "jx-about jx-num" });
  const stop = button("action.stop", "action.stopHelp", actions.stop);
  const pin = button("action.pin", "action.pinHelp", actions.pin);
  const table = button("action.table", "action.tableHelp", actions.table);
  const element = h(
    "div",
    { class: "jx-head" },
    title,
    about,
    h("div", { class: "jx-actions" }, stop, pin, table),
  );

  function button(label: Key, help: Key, act: () => void): HTMLButtonElement {
    const made = h("button", { type: "button", class: "jx-button", title: t(help) }, t(label));
    on(made, "click", act);
    return made;
  }

  return {
    element,
    update({ answer, panel, link, stale }, method, { running, pinned, table: open }) {
      const offered = panel.methods.find((m) => m.name === method)?.title ?? method;
      setText(title, (stale ? offered : answer?.title) || offered || t("app.label"));
      setText(about, answer === null ? "" : aboutText(answer, t));
      stop.disabled = !running || link !== "ok";
      pin.disabled = answer === null && !pinned;
      table.disabled = answer === null;
      setText(pin, t(pinned ? "action.unpin" : "action.pin"));
      setAttribute(pin, "aria-pressed", pinned ? "true" : "false");
      setAttribute(table, "aria-pressed", open ? "true" : "false");
    },
  };
}

function aboutText(answer: Answer, t: Translate): string {
  const parts = [answer.target];
  if (answer.output !== null) {
    const units = ["probability", "logit", "margin"];
    const unit = units.includes(answer.unit) ? answer.unit : "output";
    parts.push(t(`unit.${unit}` as Key, { value: plain(answer.output) }));
  }
  if (answer.baseline !== "") parts.push(answer.baseline);
  return parts.filter((part) => part !== "").join(" · ");
}
