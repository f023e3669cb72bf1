/** Something that knows its place among the others. */
export interface Placed { place: number }

/**
 * What comes and goes all the time. A Set would leave its old tables behind, and as long as those are not collected, all that was
 * in them when they were left: with a few thousand requests a second that is most of what is collected at all.
 */
export class Bag<T extends Placed> implements Iterable<T> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(item: T): void {
    item.place = this.#all.push(item) - 1;
  }

  /** Harmless twice. */
  remove(item: T): void {
    if (this.#all[item.place] !== item) return;
    const last = this.#all.pop()!;
    if (last === item) return;
    this.#all[item.place] = last;
    last.place = item.place;
  }

  /** Those that are there at this moment, whatever comes of them. */
  [Symbol.iterator](): Iterator<T> {
    return this.#all.slice().values();
  }
}
