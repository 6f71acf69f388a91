import { on, setAttribute } from "./dom.js";

/** One tab stop for a group; arrow keys, Home and End move inside it. Call what it returns when its children change. */
export function roving(group: HTMLElement): () => void {
  let focused = 0;
  const rove = (to = focused): void => {
    focused = Math.max(0, Math.min(to, group.children.length - 1));
    for (const [i, child] of [...group.children].entries())
      setAttribute(child, "tabindex", i === focused ? 0 : -1);
  };
  on(group, "keydown", (event) => {
    const far = group.children.length;
    const steps: Record<string, number> = { Home: -far, End: far };
    const step = steps[event.key] ?? { Down: 1, Right: 1, Up: -1, Left: -1 }[event.key.replace("Arrow", "")];
    if (step === undefined) return;
    event.preventDefault();
    rove(focused + step);
    (group.children[focused] as HTMLElement | undefined)?.focus();
  });
  on(group, "focusin", ({ target }) => {
    const at = [...group.children].indexOf(target as Element);
    if (at >= 0) rove(at);
  });
  return rove;
}
