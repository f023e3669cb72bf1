import type { Lexed, Redirect } from './cursor.ts';
import type { Word } from './word.ts';
import { WordReader } from './word-reader.ts';

export type { Body, Doubt, Lexed, LexedCommand, Mark, Redirect } from './cursor.ts';

const REDIRECTS = new Set(['&>>', '<<<', '<<-', '&>', '<<', '<&', '<>', '>>', '>&', '>|', '<', '>']);
/** After these a command begins. */
const LEADERS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'time']);
/** These end something; a command may not follow, a redirect may. */
const CLOSERS = new Set(['fi', 'done', 'esac', '}']);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*(\+?=)/;

/** Reads a text as bash does, by its own rules of words and quotes: the second opinion beside the grammar. */
export function lex(text: string): Lexed {
  const lexer = new Lexer(text, 0, text.length, { commands: [], redirects: [], doubts: [], marks: [], bodies: [], tests: [], joins: new Set() }, 0);
  lexer.readAll();
  // Bash takes such line ends out before it looks at anything, so that `$`, line end, `(` is an expansion. Between words they are harmless.
  for (const { 0: line, index } of text.matchAll(/(?<!\\)(?:\\\\)*\\\n/g)) {
    if (!lexer.found.joins.has(index + line.length - 2) && !isBetweenWords(text[index - 1]) && !isBetweenWords(text[index + line.length])) lexer.doubt('a line that goes on within a word', index);
  }
  return lexer.found;
}

function isBetweenWords(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\t' || character === '\n';
}

/** The command at hand. `isFirst`: a reserved word may stand here. */
interface Pending { assignments: Word[]; words: Word[]; redirects: Redirect[]; isFirst: boolean; start: number; end: number }

type Close = ')' | ';;' | '';

class Lexer extends WordReader {
  /** A line end in here may begin the text of a here-document further out. */
  #awaitsText = false;
  #heredocs: { delimiter: string; quoted: boolean; stripsTabs: boolean }[] = [];

  readAll(): void {
    while (this.at < this.end) {
      this.#readList('');
      if (this.at < this.end) {
        this.doubt('a parenthesis or ;; that closes nothing');
        this.at++;
      }
    }
    if (this.#heredocs.length > 0) this.doubt('a here-document without its text');
  }

  /** Commands until what closes the list, which is left unread; in a `case`, `esac` closes it too, and is read. @returns how it ended */
  #readList(close: Close): 'close' | 'esac' | 'end' {
    let pending = newPending();
    const flush = (): void => {
      this.#flush(pending);
      pending = newPending();
    };
    for (;;) {
      this.skipBlanks();
      if (this.at >= this.end) { flush(); return 'end'; }
      const operator = this.operator();
      if (operator === undefined) {
        const ended = this.#readInCommand(pending, flush);
        if (ended === 'esac' && close === ';;') { flush(); return 'esac'; }
        continue;
      }
      if (operator === ')' || operator.startsWith(';;') || operator === ';&') {
        flush();
        if (close === (operator === ')' ? ')' : ';;')) return 'close';
        if (close === '' || operator !== ')') { this.doubt(`${operator} that closes nothing`); this.at += operator.length; continue; }
        return 'close';
      }
      if (REDIRECTS.has(operator)) { this.#readRedirect(pending, operator); continue; }
      if (operator === '(') { this.#readParenthesis(pending, flush); continue; }
      this.at += operator.length;
      flush();
      this.mark({ kind: 'operator', text: operator });
      if (operator === '\n') this.#readHeredocs();
    }
  }

  /** A word of the command at hand, or a reserved word that begins or ends something. */
  #readInCommand(pending: Pending, flush: () => void): 'esac' | undefined {
    const word = this.readWord(false);
    const plain = toPlain(word);
    if (pending.isFirst && plain !== undefined) {
      if (LEADERS.has(plain)) {
        this.mark({ kind: 'word', text: plain });
        if (plain === 'time') this.#skipTimeOption();
        return undefined;
      }
      if (plain === 'esac') return 'esac';
      if (CLOSERS.has(plain)) { this.mark({ kind: 'word', text: plain }); pending.isFirst = false; pending.start = pending.end = word.end; return undefined; }
      switch (plain) {
        case '[[': this.#readTest(word.start); this.mark({ kind: 'nothing' }); pending.isFirst = false; return undefined;
        case 'case': this.#readCase(); pending.isFirst = false; return undefined;
        case 'for': case 'select': this.#readFor(); flush(); return undefined;
        case 'function': this.skipBlanks(); this.#markFunction(this.readWord(false)); return undefined;
        case 'coproc': this.doubt('coproc', word.start); return undefined;
        case 'in': this.doubt('“in” where a command belongs', word.start); break;
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
    return first?.kind === 'text' && !first.quoted && this.text.startsWith(first.text, start) ? first.text : '';
  }

  #skipTimeOption(): void {
    this.skipBlanks();
    const match = /-p(?=[ \t\n])/y;
    match.lastIndex = this.at;
    if (match.test(this.text)) this.at += 2;
  }

  /** `(…)` a group, `name()` a function, `((…))` arithmetic. */
  #readParenthesis(pending: Pending, flush: () => void): void {
    const start = this.at;
    if (pending.isFirst && this.peek('((')) {
      const end = this.arithmeticEnd(this.at + 2);
      if (end !== undefined) {
        this.readArithmetic(this.at + 2, end);
        this.at = end + 2;
        this.mark({ kind: 'nothing' });
        pending.isFirst = false;
        return;
      }
    }
    const isFunction = pending.words.length === 1 && pending.assignments.length === 0;
    if (!pending.isFirst && !isFunction) this.doubt('a parenthesis within a command', start);
    this.at++;
    if (isFunction) {
      this.skipBlanks();
      if (this.peek(')')) { this.at++; this.#markFunction(pending.words[0]!); pending.words.length = 0; pending.start = pending.end = -1; pending.isFirst = true; this.skipNewlines(); return; }
      this.doubt('a parenthesis within a command', start);
    }
    flush();
    this.readGroup(true);
  }

  #markFunction(word: Word): void {
    const name = toPlain(word);
    this.mark({ kind: 'function', ...(name === undefined ? {} : { name }) });
  }

  readGroup(isSubshell = false): void {
    this.mark({ kind: 'open', isSubshell });
    const inner = this.#nest();
    const ended = inner.#readList(')');
    if (ended === 'close' && inner.peek(')')) inner.at++;
    else inner.doubt('a parenthesis that is not closed');
    if (inner.#heredocs.length > 0) inner.doubt('a here-document whose text lies outside of its parentheses');
    this.mark({ kind: 'close' });
    this.at = inner.at;
  }

  within(start: number, end: number): Lexer {
    return new Lexer(this.text, start, end, this.found, this.depth + 1);
  }

  #nest(): Lexer {
    this.checkDepth();
    const inner = this.within(this.at, this.end);
    inner.#awaitsText = this.#awaitsText || this.#heredocs.length > 0;
    return inner;
  }

  #readRedirect(pending: Pending, operator: string): void {
    const start = this.at;
    this.at += operator.length;
    this.skipBlanks();
    if (this.at >= this.end || (this.operator() !== undefined && !this.peek('<(') && !this.peek('>('))) return this.doubt('a redirect without a target');
    const target = this.readWord(false);
    // A number, or a name in braces, that stands directly in front is the descriptor.
    const last = pending.words.at(-1);
    const hasDescriptor = last !== undefined && last.end === start && /^(\d+|\{[A-Za-z_]\w*\})$/.test(this.text.slice(last.start, last.end));
    if (hasDescriptor) {
      pending.words.pop();
      if (this.text[last.start] === '{') this.doubt('a redirect to a variable', last.start);
    }
    pending.redirects.push({ start: hasDescriptor ? last.start : start, end: target.end, operator, target });
    if (pending.start === -1) pending.start = start;
    pending.end = Math.max(pending.end, target.end);
    pending.isFirst = false;
    if (operator === '<<' || operator === '<<-') this.#heredocs.push({ ...this.#toDelimiter(target), stripsTabs: operator === '<<-' });
  }

  #toDelimiter({ start, end, parts }: Word): { delimiter: string; quoted: boolean } {
    const source = this.text.slice(start, end);
    if (parts.some(({ kind }) => kind === 'expansion')) this.doubt('a delimiter of a here-document that is expanded', start);
    return { delimiter: parts.map(({ text }) => text).join(''), quoted: /['"\\]/.test(source) };
  }

  /** The texts of the here-documents whose line has just ended. */
  #readHeredocs(): void {
    if (this.#awaitsText) this.doubt('a line end within a line that a here-document follows');
    for (const { delimiter, quoted, stripsTabs } of this.#heredocs.splice(0)) {
      const start = this.at;
      let isContinued = false;
      for (;;) {
        if (this.at >= this.end) { this.doubt('a here-document that does not end', start); break; }
        const newline = this.text.indexOf('\n', this.at);
        const end = newline === -1 || newline >= this.end ? this.end : newline;
        const line = this.text.slice(this.at, end);
        const from = this.at;
        this.at = Math.min(end + 1, this.end);
        if (!isContinued && (stripsTabs ? line.replace(/^\t+/, '') : line) === delimiter) {
          if (!quoted) this.readExpansions(start, from);
          if (quoted || !/[$`\\]/.test(this.text.slice(start, from))) this.found.bodies.push({ start, end: from, delimiter });
          // The line end after the delimiter ends the line of the command as well, which was read.
          break;
        }
        isContinued = !quoted && /(?:^|[^\\])(?:\\\\)*\\$/.test(line);
      }
    }
  }

  /** `for NAME in words` or `for ((…))`, up to the separator. */
  #readFor(): void {
    this.skipBlanks();
    if (this.peek('((')) {
      const end = this.arithmeticEnd(this.at + 2);
      if (end === undefined) return this.doubt('arithmetic that is not closed');
      this.readArithmetic(this.at + 2, end);
      this.at = end + 2;
      return this.mark({ kind: 'for' });
    }
    if (this.operator() !== undefined) return this.doubt('for without a name');
    const variable = toPlain(this.readWord(false)) ?? '';
    this.skipNewlines();
    if (!this.isWord('in')) return this.mark({ kind: 'for', variable });
    this.at += 2;
    const words: Word[] = [];
    for (;;) {
      this.skipBlanks();
      if (this.at >= this.end || (this.operator() !== undefined && !this.peek('<(') && !this.peek('>('))) return this.mark({ kind: 'for', variable, words });
      words.push(this.readWord(false));
    }
  }

  #readCase(): void {
    this.skipBlanks();
    if (this.operator() !== undefined) return this.doubt('case without a word');
    this.readWord(false);
    this.skipNewlines();
    if (!this.isWord('in')) return this.doubt('case without “in”');
    this.at += 2;
    this.mark({ kind: 'case' });
    for (;;) {
      this.skipNewlines();
      if (this.at >= this.end) return this.doubt('case without “esac”');
      if (this.isWord('esac')) { this.at += 4; return this.mark({ kind: 'esac' }); }
      if (this.peek('(')) this.at++;
      if (!this.#readPatterns()) return this.doubt('a pattern of case that does not end');
      this.mark({ kind: 'arm' });
      const inner = this.#nest();
      const ended = inner.#readList(';;');
      this.at = inner.at;
      if (ended === 'esac') return this.mark({ kind: 'esac' });
      if (ended === 'end') return this.doubt('case without “esac”');
      const operator = this.operator();
      if (operator === undefined || !/^;[;&]/.test(operator)) return this.doubt('an unexpected parenthesis in case');
      this.at += operator.length;
    }
  }

  #readPatterns(): boolean {
    for (;;) {
      this.skipBlanks();
      if (this.at >= this.end) return false;
      if (this.peek(')')) { this.at++; return true; }
      if (this.peek('|')) { this.at++; continue; }
      if (this.operator() !== undefined) return false;
      this.readWord(false);
    }
  }

  /** `[[ … ]]`: operators and patterns, in which only expansions run anything. */
  #readTest(start: number): void {
    let last: Word | undefined;
    for (let previous = ''; ;) {
      this.skipNewlines();
      if (this.at >= this.end) return this.doubt('[[ without ]]', start);
      if (this.isWord(']]')) { this.at += 2; return; }
      if (/[()<>|&;]/.test(this.text[this.at]!) && !this.peek('<(') && !this.peek('>(')) {
        if (previous === '=~') this.doubt('a pattern in [[ that is no plain word');
        this.at++;
        continue;
      }
      const word = this.readWord(true);
      if (/^-(?:[abcdefghkprstuwxGLNOS]|[no]t|ef)$/.test(previous)) this.found.tests.push(word);
      previous = this.text.slice(word.start, word.end);
      if (/^-(?:[no]t|ef)$/.test(previous) && last !== undefined) this.found.tests.push(last);
      last = word;
      // Numbers are compared after arithmetic has read them, and that follows names to whatever they hold.
      if (/^-(eq|ne|lt|le|gt|ge|v|R)$/.test(previous)) this.doubt('a comparison in [[ that reads arithmetic', word.start);
    }
  }

  skipNewlines(): void {
    for (;;) {
      this.skipBlanks();
      if (!this.peek('\n')) return;
      this.at++;
      this.#readHeredocs();
    }
  }

  #flush({ assignments, words, redirects, start, end }: Pending): void {
    if (assignments.length === 0 && words.length === 0) {
      this.found.redirects.push(...redirects);
      if (redirects.length > 0) this.mark({ kind: 'nothing' });
      return;
    }
    const command = { start, end, assignments, words, redirects };
    this.found.commands.push(command);
    this.mark({ kind: 'command', command });
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
