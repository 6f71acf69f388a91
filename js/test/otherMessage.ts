// An answer of any type, with its layout and arrays (numbers as f4, bytes as u1).

import { type Answer, decode } from "../src/protocol.js";
import { floats } from "./data.js";

export interface Sent {
  content: Record<string, unknown>;
  buffers: DataView[];
}

export function otherMessage(
  type: string,
  layout: Record<string, unknown>,
  arrays: Record<string, number[] | Uint8Array>,
  more: Record<string, unknown> = {},
): Sent {
  const answer = {
    type,
    title: type,
    target: "x",
    error: 0,
    error_kind: "exact",
    final: true,
    evals: 2,
    ...more,
  };
  const entries = Object.entries(arrays);
  const specs = entries.map(([name, values]) => {
    return { name, dtype: values instanceof Uint8Array ? "u1" : "f4", shape: [values.length] };
  });
  const content = { kind: "answer", run: 1, frame: 1, answer: { ...answer, layout }, arrays: specs };
  const buffers = entries.map(([, v]) =>
    v instanceof Uint8Array ? new DataView(v.slice().buffer) : floats(v),
  );
  return { content, buffers };
}

export function answerOf({ content, buffers }: Sent): Answer {
  const decoded = decode(content, buffers);
  if (decoded?.kind !== "answer") throw new Error("not an answer");
  return decoded.answer;
}

export function press(element: Element, key: string): void {
  element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}
