/** Something that must have gone on until then. */
export interface Watched { deadlineMs: number; onDeadline(): void }

/** One timer for all that wait: a timer for each of thousands costs more than looking at them now and then. */
export class Watch {
  readonly #waiting = new Set<Watched>();
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs = 250) {
    this.#everyMs = everyMs;
  }

  add(watched: Watched): void {
    this.#waiting.add(watched);
    this.#timer ??= setInterval(() => this.#look(), this.#everyMs).unref();
  }

  remove(watched: Watched): void {
    this.#waiting.delete(watched);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#waiting.clear();
  }

  #look(): void {
    const nowMs = performance.now();
    for (const watched of this.#waiting) {
      if (watched.deadlineMs > nowMs) continue;
      this.#waiting.delete(watched);
      watched.onDeadline();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
