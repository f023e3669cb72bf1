import { sep } from 'node:path';
import { within } from '../base/within.ts';

interface Entry { roots: readonly string[]; left: Promise<void> }

/** One writer at a time in each work tree, first come first served. Trees that lie within each other count as one. */
export class WriteQueue {
  readonly #entries = new Set<Entry>();

  /** @throws the signal's reason when it fires first */
  async enter(roots: readonly string[], signal: AbortSignal): Promise<() => void> {
    const ahead = [...this.#entries].filter((entry) => overlap(entry.roots, roots)).map(({ left }) => left);
    let resolveLeft!: () => void;
    const entry: Entry = { roots, left: new Promise<void>((resolve) => { resolveLeft = resolve; }) };
    const leave = (): void => { this.#entries.delete(entry); resolveLeft(); };
    this.#entries.add(entry);
    try {
      if (ahead.length > 0) await within(Promise.all(ahead), { signal });
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  async whenEmpty(): Promise<void> {
    while (this.#entries.size > 0) await Promise.all([...this.#entries].map(({ left }) => left));
  }
}

/**
 * The right to change a work tree. Calls that its holder makes in turn do not wait for the holder: they queue up inside
 * the slot, one at a time, too.
 */
export class WriteSlot {
  readonly #outer: () => WriteQueue;
  readonly #inside = new WriteQueue();
  readonly #leave: () => void;
  #isReleased = false;

  private constructor(outer: () => WriteQueue, leave: () => void) {
    this.#outer = outer;
    this.#leave = leave;
  }

  static async enter(outer: () => WriteQueue, roots: readonly string[], signal: AbortSignal): Promise<WriteSlot> {
    return new WriteSlot(outer, await outer().enter(roots, signal));
  }

  /** Where calls under this slot queue up; once it is released, where it had queued up itself. */
  get queue(): WriteQueue { return this.#isReleased ? this.#outer() : this.#inside; }

  /** The tree is free for others when the last call inside has ended, also one that its holder did not wait for. */
  async release(): Promise<void> {
    this.#isReleased = true;
    await this.#inside.whenEmpty();
    this.#leave();
  }
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((a) => others.some((b) => a === b || isInside(a, b) || isInside(b, a)));
}

function isInside(inner: string, outer: string): boolean {
  return inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
