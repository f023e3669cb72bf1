import { randomBytes } from 'node:crypto';
import type { ImageBlock } from '@pith/kernel';
import { isNamed, type TerminalFacts, toPicture } from '@pith/screen';

/** Where a picture will stand: so many empty rows, and below them the row with its sign. */
export interface HeldPicture { rows: number; sign: string }

/** So many columns are left free beside it. */
const INDENT = 4;
/** A picture never takes more rows, nor more than half of the window. */
const ROWS_MAX = 16;
const MIN_COLUMNS = 30;

/**
 * Pictures on their way to the screen. What is laid out holds a sign, which no text of others can hold since nobody knows it before; the
 * last who writes puts the picture in its place, once. None is drawn before the terminal itself has said that it is one that can.
 */
export class Pictures {
  readonly #facts: Pick<TerminalFacts, 'name' | 'images'>;
  readonly #size: () => { columns: number; rows: number };
  readonly #word: string;
  readonly #signs: RegExp;
  readonly #held = new Map<string, string>();
  #count = 0;
  #isSure = false;

  constructor(facts: Pick<TerminalFacts, 'name' | 'images'>, { size, word = randomBytes(6).toString('hex') }: { size: () => { columns: number; rows: number }; word?: string }) {
    this.#facts = facts;
    this.#size = size;
    this.#word = word;
    this.#signs = new RegExp(`<${word}:[0-9]+>`, 'g');
  }

  /** Whether the terminal is to be asked for its name. */
  get asksName(): boolean { return this.#facts.images !== undefined; }

  onName(answer: string): void {
    this.#isSure ||= isNamed(this.#facts.name, answer);
  }

  /** @returns nothing where it is not drawn */
  hold(image: ImageBlock): HeldPicture | undefined {
    const { images } = this.#facts;
    const { columns, rows } = this.#size();
    if (!this.#isSure || images === undefined || columns < MIN_COLUMNS) return undefined;
    const picture = toPicture(image, { images, columns: columns - INDENT, rows: Math.min(ROWS_MAX, Math.floor(rows / 2)) });
    if (picture === undefined) return undefined;
    const sign = `<${this.#word}:${++this.#count}>`;
    this.#held.set(sign, picture.sequence);
    return { rows: picture.rows, sign };
  }

  /** What is written, with each picture in the place of its sign; of one that was drawn before nothing is left. */
  draw(text: string): string {
    if (this.#count === 0 || !text.includes(this.#word)) return text;
    return text.replaceAll(this.#signs, (sign) => {
      const sequence = this.#held.get(sign) ?? '';
      this.#held.delete(sign);
      return sequence;
    });
  }
}
