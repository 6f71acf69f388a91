import { describe, expect, it } from "vitest";
import {
  asAttribution,
  decode,
  decodeColormaps,
  decodePanel,
  decodePicture,
  decodeResult,
} from "../src/protocol.js";
import { imageMessage, panel, tableMessage } from "./data.js";

function answer(values = [1, -2, 3, -4]) {
  return imageMessage(values, 2, 2);
}

describe("decode", () => {
  it("reads an answer with its arrays", () => {
    const { content, buffers } = answer();
    const message = decode(content, buffers);
    if (message?.kind !== "answer") throw new Error("not an answer");
    expect(message.run).toBe(1);
    const attribution = asAttribution(message.answer);
    expect([...(attribution?.values ?? [])]).toEqual([1, -2, 3, -4]);
    expect(attribution?.layout).toMatchObject({ kind: "image", height: 2, width: 2 });
    expect(message.answer.errorKind).toBe("bound");
  });

  it("copies its bytes out of a view that starts at an odd offset", () => {
    const padded = new Uint8Array(3 + 16 + 5);
    padded.set(new Uint8Array(Float32Array.from([1.5, 2.5, -3.5, 4.5]).buffer), 3);
    const { content } = answer();
    const message = decode(content, [new DataView(padded.buffer, 3, 16)]);
    if (message?.kind !== "answer") throw new Error("not an answer");
    padded.fill(0);
    expect([...message.answer.arrays.get("values")!]).toEqual([1.5, 2.5, -3.5, 4.5]);
  });

  it("turns strings where numbers belong into null", () => {
    const { content, buffers } = imageMessage([0], 1, 1, {
      answer: { error: "nan", gap: "nan", base: null },
    });
    const message = decode(content, buffers);
    if (message?.kind !== "answer") throw new Error("not an answer");
    expect(message.answer.error).toBeNull();
    expect(message.answer.gap).toBeNull();
  });

  it.each([
    ["null", null],
    ["a string", "answer"],
    ["a list", []],
    ["an unknown kind", { kind: "evil" }],
    ["no run", { kind: "answer", frame: 1, answer: {} }],
    ["a negative run", { kind: "started", run: -1 }],
    ["a fractional run", { kind: "started", run: 1.5 }],
    ["no answer", { kind: "answer", run: 1, frame: 1 }],
    ["heard without seq", { kind: "heard", refused: {} }],
  ])("ignores %s", (_name, content) => {
    expect(decode(content)).toBeNull();
  });

  it("ignores an answer whose buffer does not fit", () => {
    const { content, buffers } = answer();
    expect(decode(content, [])).toBeNull();
    expect(decode(content, [new DataView(new ArrayBuffer(12))])).toBeNull();
    expect(decode(content, [new DataView(new ArrayBuffer(15))])).toBeNull();
    const layout = { kind: "image", height: 3, width: 2 };
    expect(decode({ ...content, answer: { ...(content.answer as object), layout } }, buffers)).toBeNull();
    const arrays = [{ name: "values", dtype: "c16", shape: [2, 2] }];
    expect(decode({ ...content, arrays }, buffers)).toBeNull();
  });

  it("keeps later answer types for a view to come", () => {
    const message = decode({ kind: "answer", run: 1, frame: 1, answer: { type: "curves" }, arrays: [] });
    expect(message?.kind === "answer" && message.answer.layout.kind).toBe("other");
  });

  it("survives hostile names", () => {
    const { content, buffers } = tableMessage(["__proto__", "constructor"], ["1", "2"], [1, 2]);
    const message = decode(content, buffers);
    expect(message?.kind === "answer" && message.answer.layout).toMatchObject({
      names: ["__proto__", "constructor"],
    });
  });

  it("reads the mirrored result and ignores an empty one", () => {
    const { content, buffers } = answer();
    expect(decodeResult({ message: content, buffers })?.kind).toBe("answer");
    expect(decodeResult({})).toBeNull();
    expect(decodeResult({ message: content, buffers: ["x"] })).toBeNull();
  });
});

describe("traits", () => {
  it("reads a panel and drops what is malformed", () => {
    const settings = [
      { name: "steps", label: "Steps", kind: "int", low: 1, high: 9, log: false, choices: null, default: 5 },
      { name: "bad", kind: "lambda" },
      "nonsense",
    ];
    const decoded = decodePanel(panel({ settings, rows: { count: 2, labels: ["a"] } }));
    expect(decoded.settings.map((s) => s.name)).toEqual(["steps"]);
    expect(decoded.rows).toEqual({ count: 2, labels: null });
    expect(decodePanel(null).methods).toEqual([]);
  });

  it("reads pictures and colour tables of the right size only", () => {
    const pixels = new DataView(new ArrayBuffer(4));
    expect(decodePicture({ kind: "image", height: 2, width: 2, channels: 1, pixels })?.width).toBe(2);
    expect(decodePicture({ kind: "image", height: 2, width: 2, channels: 3, pixels })).toBeNull();
    expect(decodePicture({ kind: "table" })).toBeNull();
    const tables = decodeColormaps({ PuOr: new DataView(new ArrayBuffer(768)), bad: pixels });
    expect([...tables.keys()]).toEqual(["PuOr"]);
  });
});
