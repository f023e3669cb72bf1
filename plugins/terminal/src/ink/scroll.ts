import { type Highlighter, type Lex, type Line, type Look, MarkdownStream, paintLine, type Theme, wrapLine } from '@pith/screen';
import type { Item, OpenText, View } from '../view.ts';
import { isApart, type ItemLook, layoutItem } from './item-lines.ts';

export interface Scroll {
  /** Texts that are written once, oldest first, and never touched again. Those that were written before are empty. */
  written: readonly string[];
  /** Rows below them, of what is still being said. */
  open: readonly Line[];
  /** At least so many rows `open` takes, so that what is below does not jump while a text is laid out anew. */
  openRows: number;
}

export interface ScrollOptions {
  theme(): Theme;
  /** Nothing until it is loaded: then nothing is laid out. */
  lex(): Lex | undefined;
  width(): number;
  highlighter(): Highlighter | undefined;
  /** Makes room for a picture; nothing where it is not drawn. */
  hold?: ItemLook['hold'];
  /** Items before this one are of earlier days: of their images only what they are is told. */
  holdFrom?: number;
}

/** A text as it streams: what of it is finished goes up, once. */
interface Streaming { id: number; stream: MarkdownStream; width: number; taken: number; given: number }

/**
 * Makes rows of a view: what is finished since the last time, and what is open. A text that streams goes up block by block, so that
 * what is drawn again and again stays small however long it is.
 */
export class Scroller {
  readonly #options: ScrollOptions;
  #written: readonly string[] = [];
  #seen = 0;
  #next = 0;
  #before: Item | undefined;
  #streaming: Streaming | undefined;
  #openRows = 0;

  constructor(options: ScrollOptions) {
    this.#options = options;
  }

  take({ items, open }: View): Scroll {
    const lex = this.#options.lex();
    if (lex === undefined) return { written: this.#written, open: [], openRows: 0 };
    const added: Line[] = [];
    for (const item of items.slice(this.#next)) {
      if (this.#streaming?.id === item.id && item.kind === 'text') added.push(...this.#finish(this.#streaming, item.text));
      else added.push(...this.#layout(item, lex));
      this.#before = item;
    }
    this.#next = items.length;
    if (open?.kind === 'text') added.push(...this.#stream(open, lex));
    const tail = this.#streaming === undefined ? [] : this.#fit(this.#streaming.stream.open, this.#streaming);
    this.#openRows = tail.length === 0 ? 0 : Math.max(tail.length, this.#openRows - added.length);
    if (added.length > 0) this.write(added);
    return { written: this.#written, open: tail, openRows: this.#openRows };
  }

  /** Lines that stand from now on where they are. */
  write(lines: readonly Line[]): void {
    const theme = this.#options.theme();
    this.#written = [...this.#written.map((text, index) => (index < this.#seen ? '' : text)), lines.map((line) => paintLine(line, theme)).join('\n')];
  }

  /** So many of the written texts are on the screen: nobody looks at them again. */
  onWritten(count: number): void {
    this.#seen = count;
  }

  #look(width = this.#options.width()): Look {
    const { theme, highlighter } = this.#options;
    return { width, theme: theme(), highlighter };
  }

  #layout(item: Item, lex: Lex): readonly Line[] {
    const { hold, holdFrom = 0 } = this.#options;
    const lines = layoutItem(item, { ...this.#look(), hold: item.id < holdFrom ? undefined : hold }, lex);
    return lines.length > 0 && isApart(item, this.#before) ? [[], ...lines] : lines;
  }

  #stream({ id, text }: OpenText, lex: Lex): Line[] {
    const isNew = this.#streaming?.id !== id;
    if (isNew) {
      const width = this.#options.width();
      this.#streaming = { id, stream: new MarkdownStream(lex, this.#look(width)), width, taken: 0, given: 0 };
    }
    const now = this.#streaming!;
    now.stream.push(text.slice(now.taken));
    now.taken = text.length;
    return this.#give(now);
  }

  #finish(now: Streaming, text: string): Line[] {
    now.stream.push(text.slice(now.taken));
    now.stream.end();
    this.#streaming = undefined;
    return this.#give(now);
  }

  #give(now: Streaming): Line[] {
    const lines = now.stream.finished.slice(now.given);
    const isFirst = now.given === 0 && lines.length > 0;
    now.given += lines.length;
    return this.#fit(isFirst ? [[], ...lines] : lines, now);
  }

  /** A text that began in a wider window is broken once more, so that nothing of it is lost. */
  #fit(lines: readonly Line[], { width }: Streaming): Line[] {
    const now = this.#options.width();
    return now >= width ? [...lines] : lines.flatMap((line) => wrapLine(line, { width: now, keepSpaces: true }));
  }
}

