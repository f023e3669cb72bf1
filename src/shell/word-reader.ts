import { decodeAnsi } from './ansi.ts';
import { Cursor } from './cursor.ts';
import type { Part, Word } from './word.ts';

/** Reads words: quotes, escapes, expansions, arithmetic. What is nested in them is a matter of whoever reads commands. */
export abstract class WordReader extends Cursor {
  /** Reads commands up to the parenthesis that closes here, which is read, too. */
  abstract readGroup(): void;
  /** Another reader for a part of the text. */
  abstract within(start: number, end: number): WordReader;
  /** Reads commands to the end. */
  abstract readAll(): void;
  abstract skipNewlines(): void;

  /** @param inTest whether parentheses and the like belong to the word's surroundings in `[[` */
  readWord(inTest: boolean): Word {
    const start = this.at;
    const parts: Part[] = [];
    while (this.at < this.end) {
      const character = this.text[this.at]!;
      if (character === '\\') this.readEscape(parts);
      else if (character === '\'') this.readSingle(parts);
      else if (character === '"') this.readDouble(parts);
      else if (character === '$' || character === '`') this.readExpansion(parts, false);
      else if ((character === '<' || character === '>') && this.text[this.at + 1] === '(') this.readProcess(parts);
      else if (character === ' ' || character === '\t' || character === '\n' || ';&|<>)'.includes(character)) break;
      else if (character === '(') {
        if (!this.readArray(parts, start)) break;
      } else {
        this.at++;
        parts.push(toUnquoted(character, parts, inTest));
      }
    }
    if (this.at === start) { this.doubt('nothing where a word belongs'); this.at++; }
    const word = { start, end: this.at, parts: joinTexts(parts) };
    if (/^[A-Za-z_]\w*\[/.test(this.text.slice(start, start + 80)) && /^[A-Za-z_]\w*\[(?!\d+\]\+?=)[^]*?\]\+?=/.test(this.text.slice(start, this.at))) this.doubt('an index that is arithmetic', start);
    return word;
  }

  /** Text as in double quotes, where only expansions count. */
  readExpansions(start: number, end: number): void {
    const inner = this.within(start, end);
    const parts: Part[] = [];
    while (inner.at < inner.end) {
      const character = this.text[inner.at]!;
      if (character === '\\') inner.at += 2;
      else if (character === '$' || character === '`') inner.readExpansion(parts, true);
      else inner.at++;
    }
    if (inner.at > inner.end) this.doubt('a here-document that ends in a backslash', end);
  }

  readArithmetic(start: number, end: number): void {
    const source = this.text.slice(start, end);
    if (/[^0-9\s+\-*/%()<>=!&|^~?:,]/.test(source)) this.doubt('arithmetic that reads variables', start);
    this.readExpansions(start, end);
  }

  /** Where `))` closes arithmetic that begins here; nothing where it is a group in a group. */
  arithmeticEnd(from: number): number | undefined {
    let depth = 0;
    for (let index = from; index < this.end; index++) {
      const character = this.text[index]!;
      if (character === '\\') index++;
      else if (character === '(') depth++;
      else if (character === ')') {
        if (depth === 0) return this.text[index + 1] === ')' && index + 1 < this.end ? index : undefined;
        depth--;
      } else if (character === '\'' || character === '"' || character === '`') return undefined;
    }
    return undefined;
  }

  readEscape(parts: Part[]): void {
    if (this.at + 1 >= this.end) { this.doubt('a backslash at the end'); this.at++; return; }
    const next = this.text[this.at + 1]!;
    this.at += 2;
    if (next !== '\n') parts.push({ kind: 'text', text: next, quoted: true });
  }

  readSingle(parts: Part[]): void {
    const close = this.text.indexOf('\'', this.at + 1);
    if (close === -1 || close >= this.end) { this.doubt('a quote that is not closed'); this.at = this.end; return; }
    parts.push({ kind: 'text', text: this.text.slice(this.at + 1, close), quoted: true });
    this.at = close + 1;
  }

  readDouble(parts: Part[]): void {
    const start = this.at++;
    parts.push({ kind: 'text', text: '', quoted: true });
    for (;;) {
      if (this.at >= this.end) return this.doubt('a quote that is not closed', start);
      const character = this.text[this.at]!;
      if (character === '"') { this.at++; return; }
      if (character === '$' || character === '`') { this.readExpansion(parts, true); continue; }
      this.at++;
      if (character === '\\' && this.at < this.end && '$`"\\\n'.includes(this.text[this.at]!)) {
        const escaped = this.text[this.at++]!;
        if (escaped !== '\n') parts.push({ kind: 'text', text: escaped, quoted: true });
      } else {
        parts.push({ kind: 'text', text: character, quoted: true });
      }
    }
  }

  /** What begins with a dollar sign or a backtick. */
  readExpansion(parts: Part[], quoted: boolean): void {
    const start = this.at;
    const push = (): void => { parts.push({ kind: 'expansion', text: this.text.slice(start, this.at), quoted }); };
    if (this.text[start] === '`') { this.readBackticks(); return push(); }
    if (this.peek('$((')) {
      const end = this.arithmeticEnd(start + 3);
      if (end !== undefined) { this.readArithmetic(start + 3, end); this.at = end + 2; return push(); }
    }
    if (this.peek('$(')) { this.at += 2; this.readGroup(); return push(); }
    if (this.peek('${')) { this.readBraced(); return push(); }
    if (this.peek('$[')) { this.doubt('arithmetic in the old form'); this.at += 2; return push(); }
    if (!quoted && this.peek('$\'')) return this.readAnsi(parts);
    if (!quoted && this.peek('$"')) { this.doubt('a text that is translated'); this.at++; return; }
    const name = /[A-Za-z_]\w*|[0-9@*#?$!-]/y;
    name.lastIndex = start + 1;
    const found = start + 1 < this.end ? name.exec(this.text)?.[0] : undefined;
    this.at = start + 1 + (found?.length ?? 0);
    if (found === undefined) parts.push({ kind: 'text', text: '$', quoted: true });
    else push();
  }

  readBackticks(): void {
    const start = this.at + 1;
    let end = start;
    let isEscaped = false;
    while (end < this.end && this.text[end] !== '`') {
      if (this.text[end] === '\\') { isEscaped = true; end++; }
      end++;
    }
    this.at = Math.min(end + 1, this.end);
    if (end >= this.end) return this.doubt('a backtick that is not closed', start - 1);
    if (isEscaped) this.doubt('a backslash in backticks', start);
    this.mark({ kind: 'open', isSubshell: false });
    this.within(start, end).readAll();
    this.mark({ kind: 'close' });
  }

  /** `${…}`: forms that do arithmetic, follow names or expand what they find are not certain. */
  readBraced(): void {
    const start = this.at;
    this.at += 2;
    const head = /[#!]?(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:\[(?:\d+|[@*])\])?/y;
    head.lastIndex = this.at;
    const name = head.exec(this.text)?.[0];
    if (name === undefined) { this.doubt('an expansion of an unknown form', start); }
    else {
      this.at += name.length;
      if (name.startsWith('!') && name.length > 1) this.doubt('an expansion through another name', start);
      const rest = this.text.slice(this.at, this.at + 2);
      if (rest.startsWith('@') || rest.startsWith('[')) this.doubt('an expansion that expands what it finds', start);
      if (/^:?=/.test(rest)) this.doubt('an expansion that sets a variable', start);
      if (rest.startsWith(':') && !/^:[-=+?]/.test(rest)) this.doubt('an expansion with arithmetic', start);
    }
    this.checkDepth();
    this.depth++;
    this.readBracedRest(start);
    this.depth--;
  }

  readBracedRest(start: number): void {
    const parts: Part[] = [];
    for (;;) {
      if (this.at >= this.end) return this.doubt('an expansion that is not closed', start);
      const character = this.text[this.at]!;
      if (character === '}') { this.at++; return; }
      if (character === '\\') this.readEscape(parts);
      else if (character === '\'') {
        // Within double quotes it is a character, outside it quotes: whoever reads it may be wrong.
        this.doubt('a quote in an expansion');
        this.at++;
      } else if (character === '"') this.readDouble(parts);
      else if (character === '$' || character === '`') this.readExpansion(parts, true);
      else if ((character === '<' || character === '>') && this.text[this.at + 1] === '(') this.readProcess(parts);
      else this.at++;
    }
  }

  readAnsi(parts: Part[]): void {
    const start = this.at + 2;
    let end = start;
    while (end < this.end && this.text[end] !== '\'') end += this.text[end] === '\\' ? 2 : 1;
    this.at = Math.min(end + 1, this.end);
    if (end >= this.end) return this.doubt('a quote that is not closed', start - 2);
    const decoded = decodeAnsi(this.text.slice(start, end));
    if (decoded === undefined) this.doubt('an escape that is no character', start);
    parts.push({ kind: 'text', text: decoded ?? '', quoted: true });
  }

  /** `<(…)` */
  readProcess(parts: Part[]): void {
    const start = this.at;
    this.at += 2;
    this.readGroup();
    parts.push({ kind: 'expansion', text: this.text.slice(start, this.at), quoted: false });
  }

  /** `name=(…)`. @returns false where the parenthesis is not part of the word */
  readArray(parts: Part[], start: number): boolean {
    const source = this.text.slice(start, this.at);
    if (/[@?*+!]$/.test(source) && parts.length > 0) this.doubt('an extended pattern', start);
    if (!/^[A-Za-z_]\w*\+?=$/.test(source)) return false;
    this.at++;
    for (;;) {
      this.skipNewlines();
      if (this.at >= this.end) { this.doubt('an array that is not closed', start); return true; }
      if (this.peek(')')) { this.at++; break; }
      if (this.peek('[')) this.doubt('an index that is arithmetic');
      if (this.operator() !== undefined && !this.peek('<(') && !this.peek('>(')) { this.doubt('an operator in an array'); this.at++; continue; }
      this.readWord(false);
    }
    parts.push({ kind: 'expansion', text: this.text.slice(start, this.at), quoted: false });
    return true;
  }
}

function toUnquoted(character: string, parts: readonly Part[], inTest: boolean): Part {
  if ('*?[]'.includes(character)) return { kind: 'glob', text: character };
  if ('{},'.includes(character) && !inTest) return { kind: 'brace', text: character };
  if (character === '~') {
    const before = parts.at(-1);
    if (before === undefined || (before.kind === 'text' && !before.quoted && /[=:]$/.test(before.text))) return { kind: 'tilde', text: '~' };
  }
  return { kind: 'text', text: character, quoted: false };
}

function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === 'text' && last?.kind === 'text' && last.quoted === part.quoted) joined[joined.length - 1] = { ...last, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}
