// The explained row can be changed in the picture itself, by the same edits as in the what-if panel.

import { isRecord, type Value } from "./protocol.js";
import type { Store } from "./store.js";

export type Edits = Record<string, Value>;
export type Edit = (values: Record<string, Value | null>, coarse: boolean) => Edits | null;

/** Changes columns of the explained row, null puts one back: all edits then, or null where a column cannot be edited. */
export function editing(store: Store): Edit {
  return (values, coarse) => {
    const raw = store.trait<Record<string, unknown> | undefined>("_editors")?.columns;
    const columns = new Map((Array.isArray(raw) ? raw : []).filter(isRecord).map((c) => [c.name, c]));
    if (!Object.keys(values).every((name) => columns.has(name))) return null;
    const edits = { ...(store.trait<Edits | undefined>("edits") ?? {}) };
    for (const [name, value] of Object.entries(values)) {
      if (value === null) delete edits[name];
      else if (typeof value !== "number") edits[name] = value;
      else edits[name] = columns.get(name)!.whole === true ? Math.round(value) : Number(value.toPrecision(4));
    }
    store.ask({ edits }, coarse);
    return edits;
  };
}
