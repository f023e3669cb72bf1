/**
 * The UTF-8 bytes of texts that are written again and again with a little more at their end. What is the same from the
 * beginning on stays as it is; only what follows is encoded.
 */
export class GrowingBytes {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #texts: string[] = [];
  /** Where each text ends. */
  #ends: number[] = [];

  /** @returns a copy: what is on its way must not change with the next one */
  write(texts: readonly string[]): Uint8Array {
    let same = 0;
    while (same < texts.length && same < this.#texts.length && texts[same] === this.#texts[same]) same++;
    this.#texts = [...texts];
    this.#ends.length = same;
    let at = this.#ends[same - 1] ?? 0;
    for (const text of texts.slice(same)) {
      this.#reserve(at, text.length * 3);
      at += this.#bytes.write(text, at);
      this.#ends.push(at);
    }
    return Uint8Array.prototype.slice.call(this.#bytes, 0, at);
  }

  #reserve(used: number, more: number): void {
    if (used + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, used + more));
    this.#bytes.copy(larger, 0, 0, used);
    this.#bytes = larger;
  }
}
