/** Failures in a row that open it. */
const FAILURES = 5;
const OPEN_MS = 30_000, OPEN_MAX_MS = 300_000;

interface Held { failures: number; opens: number }

/** Counts what goes wrong with each account one time after the other, whatever it is. */
export class Breakers {
  readonly #held = new Map<string, Held>();

  /** @param isProbe one is enough: it was the question whether it is over. @returns for how long the account gets nothing, where that begins now */
  fail(accountId: string, isProbe: boolean): number | undefined {
    let held = this.#held.get(accountId);
    if (held === undefined) this.#held.set(accountId, held = { failures: 0, opens: 0 });
    held.failures++;
    if (held.failures < FAILURES && !isProbe) return undefined;
    held.failures = 0;
    return Math.min(OPEN_MAX_MS, OPEN_MS * 2 ** held.opens++);
  }

  succeed(accountId: string): void {
    if (this.#held.size > 0) this.#held.delete(accountId);
  }
}
