import { describe, expect, it } from "vitest";
import { Gate } from "../src/gate.js";
import type { Outgoing } from "../src/protocol.js";

function makeGate() {
  const sent: Outgoing[] = [];
  const clock = { time: 0 };
  const gate = new Gate(
    (message) => sent.push(message),
    () => clock.time,
  );
  return { sent, gate, clock, last: () => sent.at(-1) };
}

describe("gate", () => {
  it("turns 200 asks into few messages, and the last value wins", () => {
    const { sent, gate, last } = makeGate();
    for (let samples = 1; samples <= 200; samples++) gate.ask({ samples }, true);
    expect(sent).toHaveLength(1);
    gate.heard(1);
    expect(sent).toHaveLength(2);
    expect(last()).toEqual({ kind: "ask", seq: 2, changes: { samples: 200 }, coarse: true });
    gate.heard(2);
    expect(sent).toHaveLength(2);
    expect(gate.idle).toBe(true);
  });

  it("merges the changes of pending asks, settings by name", () => {
    const { gate, last } = makeGate();
    gate.ask({ seed: 1 }, false);
    gate.ask({ samples: 8, settings: { a: 1, b: 2 } }, true);
    gate.ask({ target: 3, settings: { b: 5 } }, false);
    gate.heard(1);
    expect(last()).toEqual({
      kind: "ask",
      seq: 2,
      changes: { samples: 8, target: 3, settings: { a: 1, b: 5 } },
      coarse: false,
    });
  });

  it("knows which controls still wait", () => {
    const { gate } = makeGate();
    gate.ask({ settings: { steps: 3 } }, false);
    gate.ask({ seed: 2 }, false);
    expect([gate.holds("settings.steps"), gate.holds("seed"), gate.holds("row")]).toEqual([
      true,
      true,
      false,
    ]);
    gate.heard(1);
    expect(gate.holds("settings.steps")).toBe(false);
  });

  it("ignores an old answer", () => {
    const { sent, gate } = makeGate();
    gate.ask({ seed: 1 }, false);
    gate.heard(1);
    gate.ask({ seed: 2 }, false);
    gate.ask({ seed: 3 }, false);
    gate.heard(1);
    expect(sent).toHaveLength(2);
  });

  it("reset voids what waits, and comes before what follows", () => {
    const { sent, gate } = makeGate();
    gate.ask({ seed: 1 }, false);
    gate.ask({ seed: 2 }, false);
    gate.command({ kind: "reset" });
    gate.ask({ seed: 3 }, false);
    gate.heard(1);
    gate.heard(2);
    expect(sent.slice(1)).toEqual([
      { kind: "reset", seq: 2 },
      { kind: "ask", seq: 3, changes: { seed: 3 }, coarse: false },
    ]);
  });

  it("sends a lost ask again under what came since", () => {
    const { gate, clock, last, sent } = makeGate();
    gate.ask({ seed: 1, samples: 8 }, false);
    gate.ask({ samples: 16 }, false);
    clock.time = 1000;
    gate.recover();
    expect(sent).toHaveLength(1);
    clock.time = 4000;
    gate.recover();
    expect(last()).toMatchObject({ seq: 2, changes: { seed: 1, samples: 16 } });
  });
});
