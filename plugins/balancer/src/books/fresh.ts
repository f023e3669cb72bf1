import type { Line } from './columns.ts';

/** As many are kept; where nobody folds meanwhile, they are read from the file again. */
const FRESH_MAX = 4096;

/** The last lines of a file that this process writes, as they were before they became text: whoever folds them need not read them. */
export class Fresh {
  #lines: Line[] = [];
  /** Of the file, behind each. */
  #ends: number[] = [];
  /** Of the file, where the first begins. */
  #fromBytes = 0;

  /** @param endBytes of the file, behind it */
  add(line: Line, { fromBytes, endBytes }: { fromBytes: number; endBytes: number }): void {
    if (this.#lines.length >= FRESH_MAX) this.#lines = [];
    if (this.#lines.length === 0) [this.#ends, this.#fromBytes] = [[], fromBytes];
    this.#lines.push(line);
    this.#ends.push(endBytes);
  }

  /** Those that begin at a place of the file; nothing where it is not known what begins there. */
  from(atBytes: number, most: number): { lines: readonly Line[]; endBytes: number } | undefined {
    const start = atBytes === this.#fromBytes ? 0 : this.#ends.indexOf(atBytes) + 1;
    if ((start === 0 && atBytes !== this.#fromBytes) || start >= this.#lines.length) return undefined;
    const end = Math.min(this.#lines.length, start + most);
    return { lines: this.#lines.slice(start, end), endBytes: this.#ends[end - 1]! };
  }

  /** What stands before a place of the file is folded. */
  forget(atBytes: number): void {
    const count = this.#ends.indexOf(atBytes) + 1;
    if (count === 0) return;
    this.#lines = this.#lines.slice(count);
    this.#ends = this.#ends.slice(count);
    this.#fromBytes = atBytes;
  }
}
