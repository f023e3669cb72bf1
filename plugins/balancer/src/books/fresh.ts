import { COLUMNS, type Line } from './columns.ts';

/** As many are kept; where nobody folds meanwhile, they are read from the file again. */
const FRESH_MAX = 4096;
const WIDTH = COLUMNS.length;

/**
 * The last lines of a file that this process writes, as they were before they became text: whoever folds them need not read them. All of them
 * stand in one array, in a circle: as arrays of their own they would be moved about by every collection until they are folded.
 */
export class Fresh {
  #values: Line[number][] | undefined;
  /** Of the file, behind each. */
  readonly #ends = new Float64Array(FRESH_MAX);
  #first = 0;
  #count = 0;
  /** Of the file, where the first begins. */
  #fromBytes = 0;

  /** @param endBytes of the file, behind it */
  add(line: Line, { fromBytes, endBytes }: { fromBytes: number; endBytes: number }): void {
    if (this.#count === FRESH_MAX) this.#count = 0;
    if (this.#count === 0) this.#fromBytes = fromBytes;
    const values = this.#values ??= Array.from<Line[number]>({ length: FRESH_MAX * WIDTH }).fill(null);
    const place = this.#placeOf(this.#count++);
    this.#ends[place] = endBytes;
    for (let index = 0, at = place * WIDTH; index < WIDTH; index++, at++) values[at] = line[index]!;
  }

  /** Those that begin at a place of the file; nothing where it is not known what begins there. */
  from(atBytes: number, most: number): { lines: readonly Line[]; endBytes: number } | undefined {
    const start = this.#numberOf(atBytes);
    const end = Math.min(this.#count, (start ?? 0) + most);
    if (start === undefined || start === end) return undefined;
    const lines: Line[] = [];
    for (let number = start; number < end; number++) {
      const at = this.#placeOf(number) * WIDTH;
      lines.push(this.#values!.slice(at, at + WIDTH));
    }
    return { lines, endBytes: this.#ends[this.#placeOf(end - 1)]! };
  }

  /** What stands before a place of the file is folded. */
  forget(atBytes: number): void {
    const count = this.#numberOf(atBytes);
    if (count === undefined) return;
    this.#first = this.#placeOf(count);
    this.#count -= count;
    this.#fromBytes = atBytes;
  }

  /** How many stand before a place of the file; nothing where it is within one, or outside. */
  #numberOf(atBytes: number): number | undefined {
    if (atBytes === this.#fromBytes) return 0;
    for (let number = 0; number < this.#count; number++) if (this.#ends[this.#placeOf(number)] === atBytes) return number + 1;
    return undefined;
  }

  #placeOf(number: number): number {
    return (this.#first + number) % FRESH_MAX;
  }
}
