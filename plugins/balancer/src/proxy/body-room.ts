/** A body up to this length is always taken: of those there are no more than connections. */
const SHORT = 64 * 1024;

/** How much of the bodies of all requests is held at once, so that many that are long do not take all the memory of the machine. */
export class BodyRoom {
  takenBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * For something that has grown, or was made of a body.
   * @param takenBytes what it has already
   * @returns what it has now; nothing where there is no room for more
   */
  take(bytes: number, takenBytes = 0): number | undefined {
    if (bytes <= SHORT) return takenBytes;
    const more = bytes - takenBytes;
    if (this.takenBytes + more > this.#maxBytes) return undefined;
    this.takenBytes += more;
    return bytes;
  }

  give(bytes: number): void {
    this.takenBytes -= bytes;
  }
}
