import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "../src/store.js";
import { imageMessage, traits } from "./data.js";
import { FakeModel } from "./fakeModel.js";
import { ManualClock } from "./helpers.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function makeStore(more: Record<string, unknown> = {}) {
  const model = new FakeModel(traits(more));
  const clock = new ManualClock();
  const store = new Store(model.asModel(), clock);
  const send = (run: number, frame: number, answer: Record<string, unknown> = {}): void => {
    const { content, buffers } = imageMessage([run, frame], 1, 2, { run, frame, answer });
    model.deliver(content, buffers);
  };
  const values = (): number[] => [...(store.state.answer?.arrays.get("values") ?? [])];
  return { model, clock, store, send, values };
}

describe("store", () => {
  it("asks for what it missed", () => {
    expect(makeStore().model.sent).toEqual([{ kind: "sync", run: 0 }]);
  });

  it("draws the mirrored result first, then asks for anything newer", () => {
    const { content, buffers } = imageMessage([1, 2], 1, 2, { run: 7, frame: 3 });
    const { store, model } = makeStore({ status: "done", _result: { message: content, buffers } });
    expect(store.state.answer).not.toBeNull();
    expect(store.state.status).toBe("done");
    expect(model.sent).toEqual([{ kind: "sync", run: 7 }]);
  });

  it("drops older runs and older frames", () => {
    const { send, values } = makeStore();
    send(2, 5);
    send(1, 9);
    send(2, 4);
    send(2, 5);
    expect(values()).toEqual([2, 5]);
    send(2, 6);
    expect(values()).toEqual([2, 6]);
    send(3, 0);
    expect(values()).toEqual([3, 0]);
  });

  it("dims the old picture when a run starts and takes the first answer of the new run", () => {
    const { send, store, model } = makeStore();
    send(1, 0);
    expect([store.state.status, store.state.stale]).toEqual(["done", false]);
    model.deliver({ kind: "started", run: 2 });
    expect([store.state.status, store.state.stale, store.state.run]).toEqual(["stale", true, 2]);
    send(1, 1);
    expect(store.state.stale).toBe(true);
    send(2, 0, { final: false });
    expect([store.state.status, store.state.stale]).toEqual(["running", false]);
    send(2, 1, { partial: true });
    expect(store.state.status).toBe("partial");
  });

  it("draws once per frame and acknowledges every answer", () => {
    const { send, store, clock, model } = makeStore();
    const drawn = vi.fn();
    store.subscribe(drawn);
    send(1, 0, { final: false });
    send(1, 1, { final: false });
    send(1, 2);
    expect(clock.waiting).toBe(1);
    clock.draw();
    expect(drawn).toHaveBeenCalledTimes(1);
    expect(model.of("ack")).toEqual([0, 1, 2].map((frame) => ({ kind: "ack", run: 1, frame })));
  });

  it("keeps the last good answer under a failure", () => {
    const { send, store, model } = makeStore();
    send(1, 0);
    model.deliver({ kind: "started", run: 2 });
    model.deliver({ kind: "failed", run: 2, error: { what: "no", hint: "try", details: "trace" } });
    expect(store.state).toMatchObject({ status: "error", stale: true, failure: { what: "no" } });
    model.deliver({ kind: "started", run: 3 });
    expect(store.state.failure).toBeNull();
    model.deliver({ kind: "failed", run: 2, error: { what: "old" } });
    expect(store.state.failure).toBeNull();
  });

  it("a complaint after the final answer leaves the picture alone", () => {
    const { send, store, model } = makeStore();
    send(1, 0);
    model.deliver({ kind: "failed", run: 1, error: { what: "seed must be whole" } });
    expect(store.state).toMatchObject({
      status: "done",
      stale: false,
      failure: { what: "seed must be whole" },
    });
  });

  it("a run that no message ends is ended by the status trait", () => {
    const { store, model } = makeStore();
    model.deliver({ kind: "started", run: 1 });
    model.push({ status: "partial" });
    expect(store.state.status).toBe("running");
    vi.advanceTimersByTime(500);
    expect(store.state.status).toBe("partial");
  });

  it("a late trait of an older run does not end the new one", () => {
    const { send, store, model } = makeStore();
    model.deliver({ kind: "started", run: 1 });
    model.push({ status: "done" });
    model.deliver({ kind: "started", run: 2 });
    send(2, 0, { final: false });
    model.push({ status: "running" });
    vi.advanceTimersByTime(500);
    expect(store.state.status).toBe("running");
  });

  it("collects the curve of one run and starts afresh for another question", () => {
    const { send, store, model } = makeStore();
    send(1, 0, { evals: 4, final: false });
    send(1, 1, { evals: 8, final: false });
    send(1, 2, { evals: 16 });
    expect(store.state.history.map((p) => p.evals)).toEqual([4, 8, 16]);
    model.deliver({ kind: "started", run: 2 });
    send(2, 0, { evals: 32 });
    expect(store.state.history.map((p) => p.evals)).toEqual([4, 8, 16, 32]);
    model.push({ seed: 5 });
    model.deliver({ kind: "started", run: 3 });
    send(3, 0, { evals: 64, seed: 5 });
    expect(store.state.history.map((p) => p.evals)).toEqual([64]);
  });

  it("ignores malformed messages", () => {
    const { store, model } = makeStore();
    const before = store.state;
    for (const content of [null, 3, { kind: "answer" }, { kind: "started", run: "1" }])
      model.deliver(content);
    expect(store.state).toBe(before);
  });

  it("lets go of the model", () => {
    const { store, model } = makeStore();
    expect(model.listeners()).toBeGreaterThan(0);
    store.dispose();
    expect(model.listeners()).toBe(0);
  });
});
