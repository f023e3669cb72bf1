import type { Word } from './word.ts';

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
  marks: readonly Mark[];
  bodies: readonly Body[];
  tests: readonly Word[];
}

/** Text of a here-document in which nothing is expanded. */
export interface Body { start: number; end: number; delimiter: string }

/** What was met, in the order of the text: of this the structure is made. What stands within a word comes before its command. */
export type Mark =
  | { kind: 'command'; command: LexedCommand }
  /** Something that runs no program: `[[ … ]]`, `((…))`, redirects alone. */
  | { kind: 'nothing' }
  | { kind: 'operator'; text: string }
  /** A reserved word: of `if`, `while`, `{` and their ends. */
  | { kind: 'word'; text: string }
  | { kind: 'open'; isSubshell: boolean }
  | { kind: 'close' }
  /** After its words. Nothing where arithmetic leads the loop. */
  | { kind: 'for'; variable?: string; words?: readonly Word[] }
  | { kind: 'function'; name?: string }
  | { kind: 'case' | 'arm' | 'esac' };

export interface Found { commands: LexedCommand[]; redirects: Redirect[]; doubts: Doubt[]; marks: Mark[]; bodies: Body[]; /** Files that `[[` looks at. */ tests: Word[]; /** Where lines go on within quoted text, which joins nothing but letters. */ joins: Set<number> }

const OPERATORS = ['&>>', '<<<', '<<-', ';;&', '&&', '||', '|&', ';;', ';&', '&>', '<<', '<&', '<>', '>>', '>&', '>|', ';', '&', '|', '<', '>', '(', ')', '\n'] as const;
/** Nesting beyond this is not followed: it asks. */
const DEPTH_MAX = 200;

/** A place in a text, and what was found so far. Offsets count UTF-16 units of the whole text. */
export class Cursor {
  readonly found: Found;
  readonly text: string;
  readonly end: number;
  /** How many expansions and groups lie around this. */
  depth: number;
  at: number;

  constructor(text: string, start: number, end: number, found: Found, depth: number) {
    this.text = text;
    this.at = start;
    this.end = end;
    this.found = found;
    this.depth = depth;
  }

  doubt(reason: string, at = this.at): void {
    this.found.doubts.push({ at, reason });
  }

  mark(mark: Mark): void {
    this.found.marks.push(mark);
  }

  peek(text: string): boolean {
    return this.text.startsWith(text, this.at) && this.at + text.length <= this.end;
  }

  /** What lies deeper is not read. */
  checkDepth(): void {
    if (this.depth < DEPTH_MAX) return;
    this.doubt(`more than ${DEPTH_MAX} levels`);
    this.at = this.end;
  }

  isWord(word: string): boolean {
    return this.peek(word) && (this.at + word.length >= this.end || /[\s;&|()<>]/.test(this.text[this.at + word.length]!));
  }

  operator(): (typeof OPERATORS)[number] | undefined {
    if (this.at >= this.end || !'\n;&|<>()'.includes(this.text[this.at]!)) return undefined;
    if (this.peek('<(') || this.peek('>(')) return undefined; // A word: process substitution.
    return OPERATORS.find((operator) => this.peek(operator));
  }

  /** Blanks, continued lines, comments. */
  skipBlanks(): void {
    for (;;) {
      const character = this.at < this.end ? this.text[this.at] : undefined;
      if (character === ' ' || character === '\t') this.at++;
      else if (character === '\\' && this.text[this.at + 1] === '\n' && this.at + 1 < this.end) this.at += 2;
      else if (character === '#' && this.isTokenStart()) {
        const newline = this.text.indexOf('\n', this.at);
        this.at = newline === -1 || newline > this.end ? this.end : newline;
      } else return;
    }
  }

  isTokenStart(): boolean {
    return this.at === 0 || /[\s;&|()<>`]/.test(this.text[this.at - 1]!);
  }
}
