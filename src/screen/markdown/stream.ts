import type { MarkedToken, Tokens } from 'marked';
import type { Line } from '../span.ts';
import { breakLong, CodeBlock } from '../code/layout.ts';
import { layoutBlock, layoutItems, numbersFrom } from './block.ts';
import type { Lex, Links } from './lexer.ts';
import type { Look } from './look.ts';
import { ROWS_AT_ONCE } from './table.ts';
import { completeUnfinished } from './unfinished.ts';

/** A longer paragraph goes on as another one, so that no frame costs more than this. */
const MAX_BLOCK = 3 * 1024;
/** So much is read at once. */
const WINDOW = 8 * MAX_BLOCK;
/** So many links are known by name. */
const MAX_LINKS = 1000;

/** The opening of a block of code: what stands before each of its lines, what ends it, and the language. */
const FENCE = /^( {0,3})(`{3,}|~{3,})([^\n]*)\n/;

/**
 * Markdown that grows, as lines for a terminal. What is finished never changes, so only the last block is looked at when more
 * arrives; it is shown as it will look. A link that is defined below its use stays the text that it is.
 */
export class MarkdownStream {
  readonly #lex: Lex;
  readonly #look: Look;
  readonly #finished: Line[] = [];
  #open: readonly Line[] | undefined;
  #links = noLinks();
  /** What is not finished, and what it is read with: the head of a table whose first rows are. */
  #rest = '';
  #head = '';
  #isCarriage = false;
  /** The open block of code, the number of the next item: what is left of the block that the rest goes on with. */
  #fence: { code: CodeBlock; indent: number; closing: RegExp; /** The rest begins within a line. */ isWithin: boolean } | undefined;
  #items: { next: number | undefined } | undefined;
  #goesOn = true;

  constructor(lex: Lex, look: Look) {
    this.#lex = lex;
    this.#look = look;
  }

  /** Lines that stay, from the first on; longer after a later call, and otherwise the same. */
  get finished(): readonly Line[] {
    return this.#finished;
  }

  /** The lines below them, of what is still being written. */
  get open(): readonly Line[] {
    this.#open ??= this.#layoutOpen();
    return this.#open;
  }

  push(text: string): void {
    const whole = this.#isCarriage ? `\r${text}` : text;
    this.#isCarriage = whole.endsWith('\r');
    const added = (this.#isCarriage ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n');
    this.#rest += added;
    this.#open = undefined;
    if (added.includes('\n') || this.#rest.length > 2 * MAX_BLOCK) while (this.#settle());
  }

  /** Nothing more comes: all lines are finished. */
  end(): void {
    if (this.#rest !== '' && !this.#rest.endsWith('\n')) this.push('\n');
    this.#isCarriage = false;
    const last = this.#layoutRest(this.#rest);
    this.#rest = '';
    this.#finished.push(...last, ...this.#fence?.code.end() ?? []);
    this.#fence = undefined;
    this.#open = [];
  }

  /** One step on; false when only more text helps. */
  #settle(): boolean {
    if (this.#fence !== undefined) return this.#settleCode();
    const text = this.#readable();
    if (text === '') return false;
    const tokens = this.#read(text);
    const last = tokens.findLastIndex(({ type }) => type !== 'space');
    if (last === -1 || tokens.reduce((length, { raw }) => length + raw.length, 0) !== this.#head.length + text.length) return this.#settleLong(text);
    const long = tokens.findIndex(({ type, raw }, index) => index < last && raw.length > MAX_BLOCK && type !== 'code' && type !== 'list' && type !== 'table');
    const settled = tokens.slice(0, long === -1 ? last : long);
    for (const token of settled) this.#finish(token);
    const isCut = this.#settlePart(tokens[settled.length]!);
    return settled.length > 0 || isCut || (this.#rest.length > 0 && this.#settleLong(text));
  }

  /** Whole lines; of a line that is longer than any should be, no more than is taken of it: what is read of it grows with its square. */
  #readable(): string {
    if (this.#rest.startsWith('\n')) this.#rest = this.#rest.replace(/^\n+/, '');
    const begun = this.#rest.slice(0, 2 * MAX_BLOCK);
    if (begun.length === 2 * MAX_BLOCK && !begun.includes('\n')) return begun;
    const window = this.#rest.slice(0, WINDOW);
    const end = window.lastIndexOf('\n') + 1;
    return window.length - end > 2 * MAX_BLOCK ? window : window.slice(0, end);
  }

  /** The last block may go on; what of it will not change is finished. */
  #settlePart(token: MarkedToken): boolean {
    const fence = token.type === 'code' ? FENCE.exec(token.raw) : null;
    if (fence !== null) return this.#openFence(fence);
    if (token.type === 'list' && token.items.length > 1) return this.#settleItems(token);
    if (token.type === 'table' && token.rows.length > ROWS_AT_ONCE) return this.#settleRows(token);
    return false;
  }

  #openFence([opening, indent, marks, info]: RegExpExecArray): boolean {
    const code = new CodeBlock(info, this.#look);
    if (!this.#goesOn && this.#finished.length > 0) this.#finished.push([]);
    this.#finished.push(...code.start());
    this.#fence = { code, indent: indent!.length, closing: new RegExp(`^ {0,3}${marks![0]!}{${marks!.length},}[ \\t]*(?:\\n|$)`, 'gm'), isWithin: false };
    this.#drop(opening.length);
    return true;
  }

  /** Only what stands before the closing is code: a line is broken there, and never in the text below. */
  #settleCode(): boolean {
    const fence = this.#fence!;
    const lines = this.#rest.slice(0, this.#rest.lastIndexOf('\n') + 1);
    fence.closing.lastIndex = fence.isWithin ? 1 : 0;
    const end = fence.closing.exec(lines);
    const begun = end === null ? breakLong(this.#rest.slice(lines.length)) : '';
    const cut = begun.lastIndexOf('\n') + 1;
    this.#finished.push(...fence.code.settle(this.#withoutIndent(breakLong(lines.slice(0, end?.index)) + begun.slice(0, cut))));
    fence.isWithin = cut > 0 || (fence.isWithin && lines === '');
    this.#rest = end === null ? begun.slice(cut) : this.#rest.slice(end.index + end[0].length);
    if (end === null) return false;
    this.#finished.push(...fence.code.open(), ...fence.code.end());
    this.#fence = undefined;
    this.#goesOn = false;
    return true;
  }

  #withoutIndent(lines: string): string {
    return this.#fence!.indent === 0 ? lines : lines.replace(new RegExp(`^ {0,${this.#fence!.indent}}`, 'gm'), '');
  }

  #settleItems(list: Tokens.List): boolean {
    const items = list.items.slice(0, -1);
    const raw = items.map((item) => item.raw).join('');
    if (!list.raw.startsWith(raw)) return false;
    const first = this.#items === undefined ? numbersFrom(list) : this.#items.next;
    this.#append(layoutItems(items, first, this.#look));
    this.#items = { next: first === undefined ? undefined : first + items.length };
    this.#goesOn = true;
    this.#drop(raw.length);
    return true;
  }

  /** All that are whole at once: to read a table again for each part takes as often as long. */
  #settleRows(table: Tokens.Table): boolean {
    const lines = table.raw.split('\n');
    const rows = table.rows.length - 1 - ((table.rows.length - 1) % ROWS_AT_ONCE);
    const head = `${lines.slice(0, 2).join('\n')}\n`;
    this.#append(layoutBlock({ ...table, rows: table.rows.slice(0, rows) }, this.#look));
    this.#drop(lines.slice(0, rows + 2).join('\n').length + 1);
    this.#head = head;
    return true;
  }

  /** A block that is too long is taken in parts that end at a space. */
  #settleLong(text: string): boolean {
    if (text.length <= MAX_BLOCK) return false;
    const space = text.slice(MAX_BLOCK).search(/\s/);
    if (space === -1 && text.length < 2 * MAX_BLOCK) return false;
    const end = Math.min(space === -1 ? text.length : MAX_BLOCK + space + 1, 2 * MAX_BLOCK);
    const after = this.#rest.slice(end);
    for (const token of this.#read(text.slice(0, end))) this.#finish(token);
    this.#rest = after;
    this.#head = '';
    this.#goesOn = true;
    return true;
  }

  #read(text: string): MarkedToken[] {
    if (Object.keys(this.#links).length > MAX_LINKS) this.#links = noLinks();
    return this.#lex(this.#head + text, this.#links);
  }

  #finish(token: MarkedToken): void {
    this.#append(this.#layout(token));
    this.#items = token.type === 'space' ? this.#items : undefined;
    this.#drop(token.raw.length);
  }

  #layout(token: MarkedToken): Line[] {
    return token.type === 'list' && this.#items !== undefined ? layoutItems(token.items, this.#items.next, this.#look) : layoutBlock(token, this.#look);
  }

  #append(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    if (!this.#goesOn && this.#finished.length > 0) this.#finished.push([]);
    this.#goesOn = false;
    for (const line of lines) this.#finished.push(line);
  }

  /** What was read is gone, with the head it was read with. */
  #drop(length: number): void {
    this.#rest = this.#rest.slice(length - this.#head.length);
    this.#head = '';
  }

  #layoutOpen(): Line[] {
    if (this.#fence === undefined) return this.#layoutRest(this.#head === '' ? completeUnfinished(this.#rest) : this.#rest);
    const isClosing = /^ {0,3}[`~]*$/.test(this.#rest);
    return this.#fence.code.open(isClosing ? '' : this.#withoutIndent(this.#rest));
  }

  #layoutRest(text: string): Line[] {
    if (this.#fence !== undefined) return this.#fence.code.open(text);
    const lines: Line[] = [];
    let goesOn = this.#goesOn || this.#finished.length === 0;
    // The address of a link may not be whole yet, so what is learned here is not kept.
    for (const [index, token] of this.#lex(this.#head + text, noLinks(this.#links)).entries()) {
      const block = index === 0 ? this.#layout(token) : layoutBlock(token, this.#look);
      if (block.length === 0) continue;
      if (!goesOn) lines.push([]);
      goesOn = false;
      for (const line of block) lines.push(line);
    }
    return lines;
  }
}

function noLinks(known?: Links): Links {
  return Object.assign(Object.create(null) as Links, known);
}

/** A whole text at once. */
export function layoutMarkdown(text: string, lex: Lex, look: Look): readonly Line[] {
  const stream = new MarkdownStream(lex, look);
  stream.push(text);
  stream.end();
  return stream.finished;
}
