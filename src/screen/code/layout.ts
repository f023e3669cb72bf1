import { expandTabs } from '../width.ts';
import { type Line, type Span } from '../span.ts';
import { wrapLine } from '../wrap.ts';
import { toSafe } from '../safe.ts';
import type { Look } from '../markdown/look.ts';
import type { Highlighter, Piece } from './highlight.ts';

/** Code is coloured in parts of about this size, so that a part that is done is never looked at again. */
const PART = 2048;
/** So often, and in steps of this size, a better end of a part is looked for: not within a string or a comment. */
const STEP = 512;
const MAX_PART = 8192;
/** Beyond this code is plain: nobody reads it for its colours. */
const MAX_COLORED = 100 * 1024;
const INDENT = 2;
const LONG = new RegExp(`[^\\n]{${MAX_PART}}(?=[^\\n])`, 'gu');

/** A block of code, whole. */
export function layoutCode(code: string, info: string | undefined, look: Look): Line[] {
  const block = new CodeBlock(info, look);
  return [...block.start(), ...block.settle(code === '' ? '' : breakLong(`${code}\n`)), ...block.open(), ...block.end()];
}

/** A line of a megabyte goes on in the next one, so that no part is larger than two others. */
export function breakLong(code: string): string {
  return code.length > MAX_PART ? code.replace(LONG, '$&\n') : code;
}

/** A block of code that grows. Its parts end at the same places however the text arrives. */
export class CodeBlock {
  readonly #language: string;
  readonly #look: Look;
  #rest = '';
  #seen = 0;

  constructor(info: string | undefined, look: Look) {
    this.#language = info?.trim().match(/^[\w+#.-]{1,40}/)?.[0] ?? '';
    this.#look = look;
  }

  /** For those who do not see where code begins. */
  start(): Line[] {
    return this.#look.theme.words ? [[{ text: this.#language === '' ? 'Code:' : `Code, ${toSafe(this.#language)}:` }]] : [];
  }

  end(): Line[] {
    return this.#look.theme.words ? [[{ text: 'End of code' }]] : [];
  }

  /** Takes lines, each with its end, and gives those rows that stay as they are. */
  settle(lines: string): Line[] {
    this.#rest += lines;
    const rows: Line[] = [];
    for (let end = this.#partEnd(); end !== undefined; end = this.#partEnd()) {
      rows.push(...this.#rows(this.#rest.slice(0, end)));
      this.#seen += end;
      this.#rest = this.#rest.slice(end);
    }
    return rows;
  }

  /** The rows of what may still change its colours, and of the line that is being written. */
  open(line = ''): Line[] {
    return this.#rest === '' && line === '' ? [] : this.#rows(this.#rest + line);
  }

  #partEnd(): number | undefined {
    let last: number | undefined;
    for (let from = PART; from <= MAX_PART; from += STEP) {
      const end = this.#rest.indexOf('\n', from - 1) + 1;
      if (end === 0) return undefined;
      if (end > MAX_PART) return end;
      if (end !== last && this.#isBetween(this.#rest.slice(0, end))) return end;
      last = end;
    }
    return last;
  }

  /** The last line end is in nothing that goes on: no comment, no string over several lines. */
  #isBetween(part: string): boolean {
    const pieces = this.#pieces(`${part}.`);
    return pieces.at(-1)?.role === undefined || !['comment', 'string'].includes(pieces.at(-1)!.role!);
  }

  #rows(part: string): Line[] {
    const { theme, width } = this.#look;
    return toLines(this.#pieces(part), !theme.unicode).flatMap((line) => wrapLine(line, { width: Math.max(2, width - INDENT), keepSpaces: true })
      .map((row): Line => (row.length === 0 || theme.words ? row : [{ text: ' '.repeat(INDENT) }, ...row])));
  }

  #pieces(part: string): Piece[] {
    const highlight: Highlighter | undefined = this.#language === '' || this.#look.theme.level === 0 || this.#seen + part.length > MAX_COLORED || part.length > 2 * MAX_PART ? undefined : this.#look.highlighter?.();
    return highlight?.(part, this.#language) ?? [{ text: part }];
  }
}

/** Escaped after it was coloured: what stands in the place of a control character is no code. */
function toLines(pieces: readonly Piece[], ascii: boolean): Line[] {
  const lines: Span[][] = [[]];
  let column = 0;
  for (const { text, role } of pieces) {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) { lines.push([]); column = 0; }
      if (part === '') continue;
      const shown = expandTabs(toSafe(part, { ascii }), column);
      column += shown.length;
      lines.at(-1)!.push(role === undefined ? { text: shown } : { text: shown, roles: [role] });
    }
  }
  if (lines.length > 1 && lines.at(-1)!.length === 0) lines.pop();
  return lines;
}
