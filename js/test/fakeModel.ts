// A stand-in for anywidget's model: traits in a plain object, messages kept in a list.

import type { AnyModel } from "@anywidget/types";
import type { Outgoing } from "../src/protocol.js";

type Handler = (...args: never[]) => void;

export class FakeModel {
  readonly sent: Outgoing[] = [];
  /** Set to make `send` throw, as a comm to a dead kernel does. */
  broken = false;
  onSend: ((message: Outgoing) => void) | null = null;
  readonly #handlers = new Map<string, Set<Handler>>();

  constructor(readonly traits: Record<string, unknown>) {}

  get = (name: string): unknown => this.traits[name];
  save_changes = (): void => {};

  on = (event: string, handler: Handler): void => {
    const set = this.#handlers.get(event) ?? new Set();
    set.add(handler);
    this.#handlers.set(event, set);
  };

  off = (event: string, handler: Handler): void => {
    this.#handlers.get(event)?.delete(handler);
  };

  send = (message: Outgoing): void => {
    if (this.broken) throw new Error("Cannot send");
    this.sent.push(message);
    this.onSend?.(message);
  };

  /** The kernel sets traits. */
  push(traits: Record<string, unknown>): void {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.#emit(`change:${name}`);
  }

  /** The kernel sends a message. */
  deliver(content: unknown, buffers: DataView[] = []): void {
    this.#emit("msg:custom", content, buffers);
  }

  listeners(): number {
    return [...this.#handlers.values()].reduce((sum, set) => sum + set.size, 0);
  }

  of<K extends Outgoing["kind"]>(kind: K): Extract<Outgoing, { kind: K }>[] {
    return this.sent.filter((message): message is Extract<Outgoing, { kind: K }> => message.kind === kind);
  }

  asModel(): AnyModel {
    return this as unknown as AnyModel;
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const handler of [...(this.#handlers.get(event) ?? [])]) handler(...(args as never[]));
  }
}
