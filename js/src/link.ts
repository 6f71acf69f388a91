// Is anybody there? A user action sends a ping; silence for four seconds shows the banner, and the next message
// of any kind takes it away. Nothing polls: an idle notebook stays idle.

export type LinkState = "ok" | "silent" | "static";

const PATIENCE = 4000;
const PING_GAP = 1000;

export class Link {
  state: LinkState = "ok";
  #heardOnce = false;
  #lastPing = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly send: (message: { kind: "ping"; t: number }) => void,
    private readonly changed: () => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Call on every user action that needs the kernel. */
  touch(): void {
    const now = this.now();
    if (this.#timer === null) this.#timer = setTimeout(() => this.#silence(), PATIENCE);
    if (now - this.#lastPing < PING_GAP) return;
    this.#lastPing = now;
    this.send({ kind: "ping", t: now });
  }

  heard(): void {
    this.#heardOnce = true;
    this.#clear();
    this.#set("ok");
  }

  /** The page could not even send: no need to wait. */
  broken(): void {
    this.#silence();
  }

  dispose(): void {
    this.#clear();
  }

  #silence(): void {
    this.#clear();
    this.#set(this.#heardOnce ? "silent" : "static");
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #set(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.changed();
  }
}
