/** Which accounts one request alone is trying at the moment, and for how long at most. */
export class Probes {
  readonly #held = new Map<string, { route: object; untilMs: number }>();

  /** Until when nobody else may; nothing where nobody is trying. */
  heldUntil(accountId: string, nowMs: number): number | undefined {
    const held = this.#held.get(accountId);
    return held !== undefined && held.untilMs > nowMs ? held.untilMs : undefined;
  }

  take(accountId: string, route: object, untilMs: number): void {
    this.#held.set(accountId, { route, untilMs });
  }

  /** @returns whether it was this route that tried */
  release(accountId: string, route: object): boolean {
    return this.#held.size > 0 && this.#held.get(accountId)?.route === route && this.#held.delete(accountId);
  }
}
