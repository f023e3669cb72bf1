import type { Part, Word } from './word.ts';

/** A redirect to or from a file, or of a text. */
export interface Redirect {
  start: number;
  end: number;
  operator: string;
  /** The file, the descriptor or the text; of a here-document its delimiter. */
  target: Word;
}

/** One simple command. */
export interface LexedCommand {
  start: number;
  end: number;
  /** `NAME=value` in front of the program. */
  assignments: readonly Word[];
  words: readonly Word[];
  redirects: readonly Redirect[];
}

/** Why a text is not certain: what no rule may cover. */
export interface Doubt { at: number; reason: string }

export interface Lexed {
  commands: readonly LexedCommand[];
  /** Redirects of groups, loops and the like. */
  redirects: readonly Redirect[];
  doubts: readonly Doubt[];
}

const OPERATORS = ['&>>', '<<<', '<<-', ';;&', '&&', '||', '|&', ';;', ';&', '&>', '<<', '<&', '<>', '>>', '>&', '>|', ';', '&', '|', '<', '>', '(', ')', '\n'] as const;
const REDIRECTS = new Set(['&>>', '<<<', '<<-', '&>', '<<', '<&', '<>', '>>', '>&', '>|', '<', '>']);
/** After these a command begins. */
const LEADERS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'time']);
/** These end something; a command may not follow, a redirect may. */
const CLOSERS = new Set(['fi', 'done', 'esac', '}']);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(\+?=)/;
/** Nesting beyond this is not followed: it asks. */
const DEPTH_MAX = 200;

/** Reads a text as bash does, by its own rules of words and quotes: the second opinion beside the grammar. */
export function lex(text: string): Lexed {
  const lexer = new Lexer(text, 0, text.length, { commands: [], redirects: [], doubts: [] }, 0);
  lexer.readAll();
  return lexer.found;
}

interface Found { commands: LexedCommand[]; redirects: Redirect[]; doubts: Doubt[] }

/** The command at hand. `isFirst`: a reserved word may stand here. */
interface Pending { assignments: Word[]; words: Word[]; redirects: Redirect[]; isFirst: boolean; start: number; end: number }

type Close = ')' | ';;' | '';

class Lexer {
  readonly found: Found;
  readonly #text: string;
  readonly #end: number;
  /** How many expansions and groups lie around this. */
  #depth: number;
  #at: number;
  /** A line end in here may begin the text of a here-document further out. */
  #awaitsText = false;
  #heredocs: { delimiter: string; quoted: boolean; stripsTabs: boolean }[] = [];

  constructor(text: string, start: number, end: number, found: Found, depth: number) {
    this.#text = text;
    this.#at = start;
    this.#end = end;
    this.found = found;
    this.#depth = depth;
  }

  readAll(): void {
    while (this.#at < this.#end) {
      this.#readList('');
      if (this.#at < this.#end) {
        this.#doubt('a parenthesis or ;; that closes nothing');
        this.#at++;
      }
    }
    if (this.#heredocs.length > 0) this.#doubt('a here-document without its text');
  }

  #doubt(reason: string, at = this.#at): void {
    this.found.doubts.push({ at, reason });
  }

  #peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at) && this.#at + text.length <= this.#end;
  }

  /** Commands until what closes the list, which is left unread; in a `case`, `esac` closes it too, and is read. @returns how it ended */
  #readList(close: Close): 'close' | 'esac' | 'end' {
    let pending = newPending();
    const flush = (): void => {
      this.#flush(pending);
      pending = newPending();
    };
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#end) { flush(); return 'end'; }
      const operator = this.#operator();
      if (operator === undefined) {
        const ended = this.#readInCommand(pending, flush);
        if (ended === 'esac' && close === ';;') { flush(); return 'esac'; }
        continue;
      }
      if (operator === ')' || operator.startsWith(';;') || operator === ';&') {
        flush();
        if (close === (operator === ')' ? ')' : ';;')) return 'close';
        if (close === '' || operator !== ')') { this.#doubt(`${operator} that closes nothing`); this.#at += operator.length; continue; }
        return 'close';
      }
      if (REDIRECTS.has(operator)) { this.#readRedirect(pending, operator); continue; }
      if (operator === '(') { this.#readParenthesis(pending, flush); continue; }
      this.#at += operator.length;
      flush();
      if (operator === '\n') this.#readHeredocs();
    }
  }

  /** A word of the command at hand, or a reserved word that begins or ends something. */
  #readInCommand(pending: Pending, flush: () => void): 'esac' | undefined {
    const word = this.#readWord(false);
    const plain = toPlain(word);
    if (pending.isFirst && plain !== undefined) {
      if (LEADERS.has(plain)) {
        if (plain === 'time') this.#skipTimeOption();
        return undefined;
      }
      if (plain === 'esac') return 'esac';
      if (CLOSERS.has(plain)) { pending.isFirst = false; pending.start = pending.end = word.end; return undefined; }
      switch (plain) {
        case '[[': this.#readTest(word.start); pending.isFirst = false; return undefined;
        case 'case': this.#readCase(); pending.isFirst = false; return undefined;
        case 'for': case 'select': this.#readFor(); flush(); return undefined;
        case 'function': this.#skipBlanks(); this.#readWord(false); return undefined;
        case 'coproc': this.#doubt('coproc', word.start); return undefined;
        case 'in': this.#doubt('“in” where a command belongs', word.start); break;
        default:
      }
    }
    take(pending, word);
    const isAssignment = pending.words.length === 0 && ASSIGNMENT.test(this.#literalHead(word));
    (isAssignment ? pending.assignments : pending.words).push(word);
    return undefined;
  }

  /** The source of a word up to its first quote or expansion: names are never quoted. */
  #literalHead({ start, parts }: Word): string {
    const [first] = parts;
    return first?.kind === 'text' && !first.quoted && this.#text.startsWith(first.text, start) ? first.text : '';
  }

  #skipTimeOption(): void {
    this.#skipBlanks();
    const match = /-p(?=[ \t\n])/y;
    match.lastIndex = this.#at;
    if (match.test(this.#text)) this.#at += 2;
  }

  /** `(…)` a group, `name()` a function, `((…))` arithmetic. */
  #readParenthesis(pending: Pending, flush: () => void): void {
    const start = this.#at;
    if (pending.isFirst && this.#peek('((')) {
      const end = this.#arithmeticEnd(this.#at + 2);
      if (end !== undefined) {
        this.#readArithmetic(this.#at + 2, end);
        this.#at = end + 2;
        pending.isFirst = false;
        return;
      }
    }
    const isFunction = pending.words.length === 1 && pending.assignments.length === 0;
    if (!pending.isFirst && !isFunction) this.#doubt('a parenthesis within a command', start);
    this.#at++;
    if (isFunction) {
      this.#skipBlanks();
      if (this.#peek(')')) { this.#at++; pending.words.length = 0; pending.isFirst = true; this.#skipNewlines(); return; }
      this.#doubt('a parenthesis within a command', start);
    }
    flush();
    this.#nest().#readGroup(this);
  }

  /** What lies deeper is not read. */
  #checkDepth(): void {
    if (this.#depth < DEPTH_MAX) return;
    this.#doubt(`more than ${DEPTH_MAX} levels`);
    this.#at = this.#end;
  }

  #readGroup(outer: Lexer): void {
    this.#at = outer.#at;
    const ended = this.#readList(')');
    if (ended === 'close' && this.#peek(')')) this.#at++;
    else this.#doubt('a parenthesis that is not closed');
    if (this.#heredocs.length > 0) this.#doubt('a here-document whose text lies outside of its parentheses');
    outer.#at = this.#at;
  }

  #nest(): Lexer {
    this.#checkDepth();
    const inner = new Lexer(this.#text, this.#at, this.#end, this.found, this.#depth + 1);
    inner.#awaitsText = this.#awaitsText || this.#heredocs.length > 0;
    return inner;
  }

  #readRedirect(pending: Pending, operator: string): void {
    const start = this.#at;
    this.#at += operator.length;
    this.#skipBlanks();
    if (this.#at >= this.#end || (this.#operator() !== undefined && !this.#peek('<(') && !this.#peek('>('))) return this.#doubt('a redirect without a target');
    const target = this.#readWord(false);
    // A number, or a name in braces, that stands directly in front is the descriptor.
    const last = pending.words.at(-1);
    const hasDescriptor = last !== undefined && last.end === start && /^(\d+|\{[A-Za-z_]\w*\})$/.test(this.#text.slice(last.start, last.end));
    if (hasDescriptor) {
      pending.words.pop();
      if (this.#text[last.start] === '{') this.#doubt('a redirect to a variable', last.start);
    }
    pending.redirects.push({ start: hasDescriptor ? last.start : start, end: target.end, operator, target });
    if (pending.start === -1) pending.start = start;
    pending.end = Math.max(pending.end, target.end);
    pending.isFirst = false;
    if (operator === '<<' || operator === '<<-') this.#heredocs.push({ ...this.#toDelimiter(target), stripsTabs: operator === '<<-' });
  }

  #toDelimiter({ start, end, parts }: Word): { delimiter: string; quoted: boolean } {
    const source = this.#text.slice(start, end);
    if (parts.some(({ kind }) => kind === 'expansion')) this.#doubt('a delimiter of a here-document that is expanded', start);
    return { delimiter: parts.map(({ text }) => text).join(''), quoted: /['"\\]/.test(source) };
  }

  /** The texts of the here-documents whose line has just ended. */
  #readHeredocs(): void {
    if (this.#awaitsText) this.#doubt('a line end within a line that a here-document follows');
    for (const { delimiter, quoted, stripsTabs } of this.#heredocs.splice(0)) {
      const start = this.#at;
      let isContinued = false;
      for (;;) {
        if (this.#at >= this.#end) { this.#doubt('a here-document that does not end', start); break; }
        const newline = this.#text.indexOf('\n', this.#at);
        const end = newline === -1 || newline >= this.#end ? this.#end : newline;
        const line = this.#text.slice(this.#at, end);
        const from = this.#at;
        this.#at = Math.min(end + 1, this.#end);
        if (!isContinued && (stripsTabs ? line.replace(/^\t+/, '') : line) === delimiter) {
          if (!quoted) this.#readExpansions(start, from);
          // The line end after the delimiter ends the line of the command as well, which was read.
          break;
        }
        isContinued = !quoted && /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
      }
    }
  }

  /** Text as in double quotes, where only expansions count. */
  #readExpansions(start: number, end: number): void {
    const inner = new Lexer(this.#text, start, end, this.found, this.#depth + 1);
    const parts: Part[] = [];
    while (inner.#at < inner.#end) {
      const character = this.#text[inner.#at]!;
      if (character === '\\') inner.#at += 2;
      else if (character === '$' || character === '`') inner.#readExpansion(parts, true);
      else inner.#at++;
    }
    if (inner.#at > inner.#end) this.#doubt('a here-document that ends in a backslash', end);
  }

  /** `for NAME in words` or `for ((…))`, up to the separator. */
  #readFor(): void {
    this.#skipBlanks();
    if (this.#peek('((')) {
      const end = this.#arithmeticEnd(this.#at + 2);
      if (end === undefined) return this.#doubt('arithmetic that is not closed');
      this.#readArithmetic(this.#at + 2, end);
      this.#at = end + 2;
      return;
    }
    if (this.#operator() !== undefined) return this.#doubt('for without a name');
    this.#readWord(false);
    this.#skipNewlines();
    if (!this.#isWord('in')) return;
    this.#at += 2;
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#end || (this.#operator() !== undefined && !this.#peek('<(') && !this.#peek('>('))) return;
      this.#readWord(false);
    }
  }

  #isWord(word: string): boolean {
    return this.#peek(word) && (this.#at + word.length >= this.#end || /[\s;&|()<>]/.test(this.#text[this.#at + word.length]!));
  }

  #readCase(): void {
    this.#skipBlanks();
    if (this.#operator() !== undefined) return this.#doubt('case without a word');
    this.#readWord(false);
    this.#skipNewlines();
    if (!this.#isWord('in')) return this.#doubt('case without “in”');
    this.#at += 2;
    for (;;) {
      this.#skipNewlines();
      if (this.#at >= this.#end) return this.#doubt('case without “esac”');
      if (this.#isWord('esac')) { this.#at += 4; return; }
      if (this.#peek('(')) this.#at++;
      if (!this.#readPatterns()) return this.#doubt('a pattern of case that does not end');
      const inner = this.#nest();
      const ended = inner.#readList(';;');
      this.#at = inner.#at;
      if (ended === 'esac') return;
      if (ended === 'end') return this.#doubt('case without “esac”');
      const operator = this.#operator();
      if (operator === undefined || !/^;[;&]/.test(operator)) return this.#doubt('an unexpected parenthesis in case');
      this.#at += operator.length;
    }
  }

  #readPatterns(): boolean {
    for (;;) {
      this.#skipBlanks();
      if (this.#at >= this.#end) return false;
      if (this.#peek(')')) { this.#at++; return true; }
      if (this.#peek('|')) { this.#at++; continue; }
      if (this.#operator() !== undefined) return false;
      this.#readWord(false);
    }
  }

  /** `[[ … ]]`: operators and patterns, in which only expansions run anything. */
  #readTest(start: number): void {
    for (let previous = ''; ;) {
      this.#skipNewlines();
      if (this.#at >= this.#end) return this.#doubt('[[ without ]]', start);
      if (this.#isWord(']]')) { this.#at += 2; return; }
      if (/[()<>|&;]/.test(this.#text[this.#at]!) && !this.#peek('<(') && !this.#peek('>(')) {
        if (previous === '=~') this.#doubt('a pattern in [[ that is no plain word');
        this.#at++;
        continue;
      }
      const word = this.#readWord(true);
      previous = this.#text.slice(word.start, word.end);
      // Numbers are compared after arithmetic has read them, and that follows names to whatever they hold.
      if (/^-(eq|ne|lt|le|gt|ge|v|R)$/.test(previous)) this.#doubt('a comparison in [[ that reads arithmetic', word.start);
    }
  }

  /** Where `))` closes arithmetic that begins here; nothing where it is a group in a group. */
  #arithmeticEnd(from: number): number | undefined {
    let depth = 0;
    for (let index = from; index < this.#end; index++) {
      const character = this.#text[index]!;
      if (character === '\\') index++;
      else if (character === '(') depth++;
      else if (character === ')') {
        if (depth === 0) return this.#text[index + 1] === ')' && index + 1 < this.#end ? index : undefined;
        depth--;
      } else if (character === '\'' || character === '"' || character === '`') return undefined;
    }
    return undefined;
  }

  #readArithmetic(start: number, end: number): void {
    const source = this.#text.slice(start, end);
    if (/[^0-9\s+\-*/%()<>=!&|^~?:,]/.test(source)) this.#doubt('arithmetic that reads variables', start);
    this.#readExpansions(start, end);
  }

  /** @param inTest whether parentheses and the like belong to the word's surroundings in `[[` */
  #readWord(inTest: boolean): Word {
    const start = this.#at;
    const parts: Part[] = [];
    while (this.#at < this.#end) {
      const character = this.#text[this.#at]!;
      if (character === '\\') this.#readEscape(parts);
      else if (character === '\'') this.#readSingle(parts);
      else if (character === '"') this.#readDouble(parts);
      else if (character === '$' || character === '`') this.#readExpansion(parts, false);
      else if ((character === '<' || character === '>') && this.#text[this.#at + 1] === '(') this.#readProcess(parts);
      else if (character === ' ' || character === '\t' || character === '\n' || ';&|<>)'.includes(character)) break;
      else if (character === '(') {
        if (!this.#readArray(parts, start)) break;
      } else {
        this.#at++;
        parts.push(toUnquoted(character, parts, inTest));
      }
    }
    if (this.#at === start) { this.#doubt('nothing where a word belongs'); this.#at++; }
    const word = { start, end: this.#at, parts: joinTexts(parts) };
    if (/^[A-Za-z_]\w*\[/.test(this.#text.slice(start, start + 80)) && /^[A-Za-z_]\w*\[(?!\d+\]\+?=)[^]*?\]\+?=/.test(this.#text.slice(start, this.#at))) this.#doubt('an index that is arithmetic', start);
    return word;
  }

  #readEscape(parts: Part[]): void {
    if (this.#at + 1 >= this.#end) { this.#doubt('a backslash at the end'); this.#at++; return; }
    const next = this.#text[this.#at + 1]!;
    this.#at += 2;
    if (next !== '\n') parts.push({ kind: 'text', text: next, quoted: true });
  }

  #readSingle(parts: Part[]): void {
    const close = this.#text.indexOf('\'', this.#at + 1);
    if (close === -1 || close >= this.#end) { this.#doubt('a quote that is not closed'); this.#at = this.#end; return; }
    parts.push({ kind: 'text', text: this.#text.slice(this.#at + 1, close), quoted: true });
    this.#at = close + 1;
  }

  #readDouble(parts: Part[]): void {
    const start = this.#at++;
    parts.push({ kind: 'text', text: '', quoted: true });
    for (;;) {
      if (this.#at >= this.#end) return this.#doubt('a quote that is not closed', start);
      const character = this.#text[this.#at]!;
      if (character === '"') { this.#at++; return; }
      if (character === '$' || character === '`') { this.#readExpansion(parts, true); continue; }
      this.#at++;
      if (character === '\\' && this.#at < this.#end && '$`"\\\n'.includes(this.#text[this.#at]!)) {
        const escaped = this.#text[this.#at++]!;
        if (escaped !== '\n') parts.push({ kind: 'text', text: escaped, quoted: true });
      } else {
        parts.push({ kind: 'text', text: character, quoted: true });
      }
    }
  }

  /** What begins with a dollar sign or a backtick. */
  #readExpansion(parts: Part[], quoted: boolean): void {
    const start = this.#at;
    const push = (): void => { parts.push({ kind: 'expansion', text: this.#text.slice(start, this.#at), quoted }); };
    if (this.#text[start] === '`') { this.#readBackticks(); return push(); }
    if (this.#peek('$((')) {
      const end = this.#arithmeticEnd(start + 3);
      if (end !== undefined) { this.#readArithmetic(start + 3, end); this.#at = end + 2; return push(); }
    }
    if (this.#peek('$(')) { this.#at += 2; this.#nest().#readGroup(this); return push(); }
    if (this.#peek('${')) { this.#readBraced(); return push(); }
    if (this.#peek('$[')) { this.#doubt('arithmetic in the old form'); this.#at += 2; return push(); }
    if (!quoted && this.#peek('$\'')) return this.#readAnsi(parts);
    if (!quoted && this.#peek('$"')) { this.#doubt('a text that is translated'); this.#at++; return; }
    const name = /[A-Za-z_]\w*|[0-9@*#?$!-]/y;
    name.lastIndex = start + 1;
    const found = start + 1 < this.#end ? name.exec(this.#text)?.[0] : undefined;
    this.#at = start + 1 + (found?.length ?? 0);
    if (found === undefined) parts.push({ kind: 'text', text: '$', quoted: true });
    else push();
  }

  #readBackticks(): void {
    const start = this.#at + 1;
    let end = start;
    let isEscaped = false;
    while (end < this.#end && this.#text[end] !== '`') {
      if (this.#text[end] === '\\') { isEscaped = true; end++; }
      end++;
    }
    this.#at = Math.min(end + 1, this.#end);
    if (end >= this.#end) return this.#doubt('a backtick that is not closed', start - 1);
    if (isEscaped) this.#doubt('a backslash in backticks', start);
    new Lexer(this.#text, start, end, this.found, this.#depth + 1).readAll();
  }

  /** `${…}`: forms that do arithmetic, follow names or expand what they find are not certain. */
  #readBraced(): void {
    const start = this.#at;
    this.#at += 2;
    const head = /[#!]?(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])(?:\[(?:\d+|[@*])\])?/y;
    head.lastIndex = this.#at;
    const name = head.exec(this.#text)?.[0];
    if (name === undefined) { this.#doubt('an expansion of an unknown form', start); }
    else {
      this.#at += name.length;
      if (name.startsWith('!') && name.length > 1) this.#doubt('an expansion through another name', start);
      const rest = this.#text.slice(this.#at, this.#at + 2);
      if (rest.startsWith('@') || rest.startsWith('[')) this.#doubt('an expansion that expands what it finds', start);
      if (rest.startsWith(':') && !/^:[-=+?]/.test(rest)) this.#doubt('an expansion with arithmetic', start);
    }
    this.#checkDepth();
    this.#depth++;
    this.#readBracedRest(start);
    this.#depth--;
  }

  #readBracedRest(start: number): void {
    const parts: Part[] = [];
    for (;;) {
      if (this.#at >= this.#end) return this.#doubt('an expansion that is not closed', start);
      const character = this.#text[this.#at]!;
      if (character === '}') { this.#at++; return; }
      if (character === '\\') this.#readEscape(parts);
      else if (character === '\'') {
        // Within double quotes it is a character, outside it quotes: whoever reads it may be wrong.
        this.#doubt('a quote in an expansion');
        this.#at++;
      } else if (character === '"') this.#readDouble(parts);
      else if (character === '$' || character === '`') this.#readExpansion(parts, true);
      else if ((character === '<' || character === '>') && this.#text[this.#at + 1] === '(') this.#readProcess(parts);
      else this.#at++;
    }
  }

  #readAnsi(parts: Part[]): void {
    const start = this.#at + 2;
    let end = start;
    while (end < this.#end && this.#text[end] !== '\'') end += this.#text[end] === '\\' ? 2 : 1;
    this.#at = Math.min(end + 1, this.#end);
    if (end >= this.#end) return this.#doubt('a quote that is not closed', start - 2);
    const decoded = decodeAnsi(this.#text.slice(start, end));
    if (decoded === undefined) this.#doubt('an escape that is no character', start);
    parts.push({ kind: 'text', text: decoded ?? '', quoted: true });
  }

  /** `<(…)` */
  #readProcess(parts: Part[]): void {
    const start = this.#at;
    this.#at += 2;
    this.#nest().#readGroup(this);
    parts.push({ kind: 'expansion', text: this.#text.slice(start, this.#at), quoted: false });
  }

  /** `name=(…)`. @returns false where the parenthesis is not part of the word */
  #readArray(parts: Part[], start: number): boolean {
    const source = this.#text.slice(start, this.#at);
    if (/[@?*+!]$/.test(source) && parts.length > 0) this.#doubt('an extended pattern', start);
    if (!/^[A-Za-z_]\w*\+?=$/.test(source)) return false;
    this.#at++;
    for (;;) {
      this.#skipNewlines();
      if (this.#at >= this.#end) { this.#doubt('an array that is not closed', start); return true; }
      if (this.#peek(')')) { this.#at++; break; }
      if (this.#peek('[')) this.#doubt('an index that is arithmetic');
      if (this.#operator() !== undefined && !this.#peek('<(') && !this.#peek('>(')) { this.#doubt('an operator in an array'); this.#at++; continue; }
      this.#readWord(false);
    }
    parts.push({ kind: 'expansion', text: this.#text.slice(start, this.#at), quoted: false });
    return true;
  }

  #operator(): (typeof OPERATORS)[number] | undefined {
    if (this.#at >= this.#end || !'\n;&|<>()'.includes(this.#text[this.#at]!)) return undefined;
    if (this.#peek('<(') || this.#peek('>(')) return undefined; // A word: process substitution.
    return OPERATORS.find((operator) => this.#peek(operator));
  }

  /** Blanks, continued lines, comments. */
  #skipBlanks(): void {
    for (;;) {
      const character = this.#at < this.#end ? this.#text[this.#at] : undefined;
      if (character === ' ' || character === '\t') this.#at++;
      else if (character === '\\' && this.#text[this.#at + 1] === '\n' && this.#at + 1 < this.#end) this.#at += 2;
      else if (character === '#' && this.#isTokenStart()) {
        const newline = this.#text.indexOf('\n', this.#at);
        this.#at = newline === -1 || newline > this.#end ? this.#end : newline;
      } else return;
    }
  }

  #isTokenStart(): boolean {
    return this.#at === 0 || /[\s;&|()<>`]/.test(this.#text[this.#at - 1]!);
  }

  #skipNewlines(): void {
    for (;;) {
      this.#skipBlanks();
      if (!this.#peek('\n')) return;
      this.#at++;
      this.#readHeredocs();
    }
  }

  #flush({ assignments, words, redirects, start, end }: Pending): void {
    if (assignments.length > 0 || words.length > 0) this.found.commands.push({ start, end, assignments, words, redirects });
    else this.found.redirects.push(...redirects);
  }
}

function newPending(): Pending {
  return { assignments: [], words: [], redirects: [], isFirst: true, start: -1, end: -1 };
}

function take(pending: Pending, word: Word): void {
  if (pending.start === -1) pending.start = word.start;
  pending.end = Math.max(pending.end, word.end);
  pending.isFirst = false;
}

/** A word without quotes, expansions and patterns: only such a one can be reserved. */
function toPlain({ parts }: Word): string | undefined {
  if (parts.length === 0) return undefined;
  let plain = '';
  for (const part of parts) {
    if (part.kind === 'expansion' || (part.kind === 'text' && part.quoted)) return undefined;
    plain += part.text;
  }
  return plain;
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

const ANSI_SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', v: '\v', '\\': '\\', '\'': '\'', '"': '"', '?': '?' };

/** The text of `$'…'`; nothing where an escape makes no plain character. */
function decodeAnsi(source: string): string | undefined {
  let isPlain = true;
  const text = source.replace(/\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|([^]))/g, (_, x?: string, u?: string, U?: string, octal?: string, other?: string) => {
    const code = octal === undefined ? parseInt(x ?? u ?? U ?? '', 16) : parseInt(octal, 8);
    if (!Number.isNaN(code)) {
      // Bytes beyond ASCII are parts of characters, and a zero ends the text.
      if (code === 0 || code > 0x10ffff || (code > 0x7f && (x !== undefined || octal !== undefined))) isPlain = false;
      return isPlain ? String.fromCodePoint(code) : '';
    }
    const simple = ANSI_SIMPLE[other!];
    if (simple === undefined) isPlain = false;
    return simple ?? '';
  });
  return isPlain ? text : undefined;
}
