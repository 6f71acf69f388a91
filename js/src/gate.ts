import type { Changes, Outgoing } from "./protocol.js";

/** What sets all controls at once. */
export type Command = { kind: "reset" } | { kind: "preset"; name: string };

/**
 * One ask in flight and the newest pending. Two hundred slider events become a handful of messages, and the
 * last value always wins, however slow the kernel is.
 */
export class Gate {
  #seq = 0;
  #inFlight: {
    seq: number;
    command: Command | null;
    changes: Changes;
    coarse: boolean;
    since: number;
  } | null = null;
  #pending: { changes: Changes; coarse: boolean } | null = null;
  #commanded: Command | null = null;

  constructor(
    private readonly send: (message: Outgoing) => void,
    private readonly now: () => number = Date.now,
  ) {}

  ask(changes: Changes, coarse: boolean): void {
    this.#pending = { changes: merge(this.#pending?.changes ?? {}, changes), coarse };
    this.#flush();
  }

  /** The author's controls, or those of a preset: whatever was still waiting is void. */
  command(command: Command): void {
    this.#pending = null;
    this.#commanded = command;
    this.#flush();
  }

  heard(seq: number): void {
    if (this.#inFlight === null || seq < this.#inFlight.seq) return;
    this.#inFlight = null;
    this.#flush();
  }

  /** A later message was answered but the ask was not: it is lost, send it again under what came since. */
  recover(after = 3000): void {
    const lost = this.#inFlight;
    if (lost === null || this.now() - lost.since < after) return;
    this.#inFlight = null;
    if (lost.command !== null) this.#commanded ??= lost.command;
    else if (this.#pending === null) this.#pending = { changes: lost.changes, coarse: lost.coarse };
    else this.#pending.changes = merge(lost.changes, this.#pending.changes);
    this.#flush();
  }

  /** True while the kernel has not answered for this control: its trait is older than the control. */
  holds(name: string): boolean {
    const names = [this.#inFlight?.changes, this.#pending?.changes].flatMap(controlNames);
    return names.includes(name);
  }

  get idle(): boolean {
    return this.#inFlight === null && this.#pending === null && this.#commanded === null;
  }

  #flush(): void {
    if (this.#inFlight !== null) return;
    if (this.#commanded !== null) {
      const command = this.#commanded;
      this.#commanded = null;
      const seq = this.#start({ changes: {}, coarse: false }, command);
      this.send({ ...command, seq });
    } else if (this.#pending !== null) {
      const next = this.#pending;
      this.#pending = null;
      const seq = this.#start(next, null);
      this.send({ kind: "ask", seq, ...next });
    }
  }

  #start(next: { changes: Changes; coarse: boolean }, command: Command | null): number {
    this.#seq += 1;
    this.#inFlight = { seq: this.#seq, command, since: this.now(), ...next };
    return this.#seq;
  }
}

export function merge(older: Changes, newer: Changes): Changes {
  const merged = { ...older, ...newer };
  if (older.settings && newer.settings) merged.settings = { ...older.settings, ...newer.settings };
  return merged;
}

/** Names of the controls that a change touches; a setting is "settings.<name>". */
export function controlNames(changes: Changes | undefined): string[] {
  return Object.entries(changes ?? {}).flatMap(([name, value]) =>
    name === "settings" ? Object.keys(value as object).map((setting) => `settings.${setting}`) : [name],
  );
}
