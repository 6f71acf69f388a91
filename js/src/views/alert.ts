import { h, on, setText, show } from "../dom.js";
import type { Translate } from "../i18n/index.js";
import type { Failure } from "../protocol.js";
import type { State } from "../store.js";

export interface Strip {
  element: HTMLElement;
  update(state: State): void;
}

/** One amber strip: what happened, what to try, details folded. A new failure is a new element, so it is spoken. */
export function alertStrip(t: Translate, dismissed: () => void): Strip {
  const element = h("div", { class: "jx-alert-place" });
  let shown: Failure | null = null;
  return {
    element,
    update({ failure, stale }) {
      if (failure === shown) return;
      shown = failure;
      element.replaceChildren(...(failure === null ? [] : [strip(failure, stale)]));
    },
  };

  function strip({ what, hint, details }: Failure, dimmed: boolean): HTMLElement {
    const close = h("button", { type: "button", class: "jx-close", "aria-label": t("action.dismiss") }, "×");
    close.title = t("action.dismiss");
    on(close, "click", dismissed);
    const words = h("div", { class: "jx-alert-words" }, h("b", {}, t.say(what) || t("alert.unknown")));
    if (hint !== "") words.append(" ", hint);
    if (dimmed) words.append(" ", t("alert.dimmed"));
    if (details !== "") {
      words.append(h("details", {}, h("summary", {}, t("action.details")), h("pre", {}, details)));
    }
    return h("div", { class: "jx-alert jx-strip", role: "alert" }, words, close);
  }
}

/** Shown while the kernel does not answer; picture and table stay usable. */
export function kernelBanner(t: Translate, retry: () => void): Strip {
  const words = h("span", { class: "jx-alert-words" });
  const again = h("button", { type: "button", class: "jx-button" }, t("action.retry"));
  on(again, "click", retry);
  const element = h("div", { class: "jx-banner jx-strip", role: "status", hidden: true }, words, again);
  return {
    element,
    update({ link }) {
      show(element, link !== "ok");
      setText(words, link === "ok" ? "" : t(link === "static" ? "banner.static" : "banner.silent"));
    },
  };
}
