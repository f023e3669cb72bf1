import { type Line, textOf } from '@pith/screen';
import { joinTexts, type PagerLook, type PagerText } from './text.ts';

/** The first row that is seen: a part, and a row of it. */
export interface Place { part: number; row: number }

/** So many parts stay laid out. */
const KEPT_PARTS = 500;

/** A window over a text. Only what is seen is laid out, so a hundred thousand lines cost what forty do. */
export class Scroll {
  #text: PagerText;
  #look: PagerLook;
  #rows: number;
  #top: Place = { part: 0, row: 0 };
  readonly #laidOut = new Map<number, readonly Line[]>();
  #last: Place | undefined;

  constructor(text: PagerText, { rows, ...look }: PagerLook & { rows: number }) {
    this.#text = text;
    this.#look = look;
    this.#rows = rows;
  }

  get top(): Place { return this.#top; }

  /** Where the window stands when it shows the end. */
  get last(): Place { return this.#last ??= this.#back({ part: this.#text.length, row: 0 }, this.#rows); }

  get isAtEnd(): boolean { return compare(this.#top, this.last) >= 0; }

  /** The rows that are seen; fewer where the text ends before. */
  visible(): readonly Line[] {
    const rows: Line[] = [];
    for (let { part, row } = this.#top; rows.length < this.#rows && part < this.#text.length; part++, row = 0) rows.push(...this.#part(part).slice(row));
    return rows.slice(0, this.#rows);
  }

  /** How far the end of the window is, 0 to 100. */
  percent(): number {
    if (this.isAtEnd) return 100;
    return Math.min(99, Math.floor((100 * this.#top.part) / Math.max(1, this.#text.length)));
  }

  resize({ rows, ...look }: PagerLook & { rows: number }): void {
    const wasAtEnd = this.isAtEnd && compare(this.#top, { part: 0, row: 0 }) > 0;
    this.#look = look;
    this.#rows = rows;
    this.#laidOut.clear();
    this.#last = undefined;
    // The part that was on top stays there, however its rows are broken now.
    this.#moveTo(wasAtEnd ? this.last : { part: this.#top.part, row: Math.min(this.#top.row, this.#part(this.#top.part).length - 1) });
  }

  get isAtStart(): boolean { return this.#top.part === 0 && this.#top.row === 0; }

  /** What comes before; what is seen stays where it is. */
  prepend(before: PagerText): void {
    this.#text = joinTexts(before, this.#text);
    this.#top = { part: this.#top.part + before.length, row: this.#top.row };
    this.#found = this.#found === -1 ? -1 : this.#found + before.length;
    this.#laidOut.clear();
    this.#last = undefined;
    this.#moveTo(this.#top);
  }

  /** @param rows down; up where it is less than nothing */
  move(rows: number): void {
    this.#moveTo(rows < 0 ? this.#back(this.#top, -rows) : this.#forth(this.#top, rows));
  }

  page(pages: number): void {
    // A row of the page before stays, so that nobody loses the line.
    this.move(Math.sign(pages) * Math.max(1, Math.floor(Math.abs(pages) * (this.#rows - 1))));
  }

  toStart(): void { this.#moveTo({ part: 0, row: 0 }); }

  toEnd(): void { this.#moveTo(this.last); }

  /**
   * Goes to the next part that holds the words, around the end to the beginning; capital letters count where the words have any.
   * @returns whether there is one
   */
  find(words: string, direction: 1 | -1): boolean {
    const { length } = this.#text;
    const matches = toMatcher(words);
    for (let step = 1; step <= length; step++) {
      const part = (this.#found + direction * step + 2 * length) % length;
      if (!matches(this.#text.plain(part))) continue;
      this.#found = part;
      const row = this.#part(part).findIndex((line) => matches(textOf(line)));
      this.#moveTo({ part, row: Math.max(0, row) });
      return true;
    }
    return false;
  }

  #found = -1;

  /** The next search begins at what is seen, not at what was found. */
  searchFromTop(): void {
    this.#found = this.#top.part - 1;
  }

  #moveTo(place: Place): void {
    this.#top = compare(place, this.last) > 0 ? this.last : place;
  }

  #forth({ part, row }: Place, rows: number): Place {
    let [at, left] = [part, row + rows];
    while (at < this.#text.length && left >= this.#part(at).length) left -= this.#part(at++).length;
    return { part: at, row: at < this.#text.length ? left : 0 };
  }

  #back({ part, row }: Place, rows: number): Place {
    let [at, left] = [part, row - rows];
    while (left < 0 && at > 0) left += this.#part(--at).length;
    return { part: at, row: Math.max(0, left) };
  }

  #part(index: number): readonly Line[] {
    const held = this.#laidOut.get(index);
    if (held !== undefined) return held;
    const laidOut = this.#text.layout(index, this.#look);
    if (this.#laidOut.size >= KEPT_PARTS) this.#laidOut.clear();
    this.#laidOut.set(index, laidOut);
    return laidOut;
  }
}

export function toMatcher(words: string): (text: string) => boolean {
  const hasCapital = words !== words.toLowerCase();
  return hasCapital ? (text) => text.includes(words) : (text) => text.toLowerCase().includes(words);
}

function compare(a: Place, b: Place): number {
  return a.part - b.part || a.row - b.row;
}
