/** Stands in a word for what an expansion will put there. */
export const WILD = '\uffff';

/** One command that a text might hold, or what stands behind a redirect. */
export interface Segment { words: readonly string[]; redirect: boolean }

interface Frame { close: string; quoted: boolean; word: string | undefined; words: string[]; redirect: boolean }

/**
 * Every command that a shell might find in a text, wherever it is nested: generous, for rules that forbid. With `quotes`
 * it goes by quotes as the shell does; without, it looks through them, so that the text of `sh -c "…"` counts too.
 */
export function looseSegments(text: string, { quotes }: { quotes: boolean }): Segment[] {
  const scan = new Scan(decodeAnsiQuotes(text.replaceAll('\\\n', '')), quotes);
  return scan.run();
}

/** Whether quotes in this text surely begin and end where a reader of quotes thinks: no comments, here-documents, escapes or nested spellings. */
export function hasPlainQuotes(text: string): boolean {
  if (/[#`\\]|<<|\$[{'"]/.test(text)) return false;
  let open = '';
  for (const character of text) {
    if (open === '' ? character === '\'' || character === '"' : character === open) open = open === '' ? character : '';
  }
  return open === '';
}

class Scan {
  readonly #text: string;
  readonly #quotes: boolean;
  readonly #segments: Segment[] = [];
  readonly #stack: Frame[] = [newFrame('')];
  #index = 0;
  #braces = 0;

  constructor(text: string, quotes: boolean) {
    this.#text = text;
    this.#quotes = quotes;
  }

  run(): Segment[] {
    while (this.#index < this.#text.length) this.#step(this.#text[this.#index++]!);
    while (this.#stack.length > 0) this.#pop();
    return this.#segments;
  }

  get #top(): Frame { return this.#stack.at(-1)!; }

  #step(character: string): void {
    const top = this.#top;
    if (character === '$') return this.#expansion();
    if (character === '`') return this.#backtick();
    if (character === '\\') return this.#backslash();
    if (character === '"' || (character === '\'' && !top.quoted)) return this.#quote(character);
    if (top.quoted) return this.#add(character);
    if (character === top.close) return this.#pop();
    switch (character) {
      case '(': this.#push(')'); break;
      case ';': case '&': case '|': case '\n': case ')': this.#endSegment(false); break;
      case '<': case '>':
        // A number that stands directly in front is the descriptor, not a word.
        if (top.word !== undefined && /^\d+$/.test(top.word)) top.word = undefined;
        this.#endSegment(true);
        break;
      case '!': this.#endWord(); break;
      case '{': this.#braces++; this.#endWord(); break;
      case '}': this.#braces = Math.max(0, this.#braces - 1); this.#endWord(); break;
      case ',':
        if (this.#braces > 0) this.#endWord(); // `{rm,-rf,x}` is three words.
        else this.#add(character);
        break;
      default:
        if (/\s/.test(character)) this.#endWord();
        else this.#add(character);
    }
  }

  #expansion(): void {
    const rest = this.#text[this.#index] ?? '';
    if (rest === '(') { this.#index++; this.#add(WILD); this.#push(')'); return; }
    if (rest === '{') {
      this.#index++;
      if (this.#text.startsWith('IFS}', this.#index)) { this.#index += 4; this.#endWord(); return; }
      this.#add(WILD);
      this.#push('}');
      return;
    }
    if (rest === '\'' || rest === '"') return;
    NAME.lastIndex = this.#index;
    const name = NAME.exec(this.#text)?.[0] ?? '';
    this.#index += name.length;
    if (name === 'IFS') this.#endWord();
    else this.#add(name === '' ? '$' : WILD);
  }

  #backtick(): void {
    // Which one opens and which closes is a matter of backslashes, too: either way a command may begin there.
    if (!this.#quotes) return this.#endSegment(false);
    if (this.#stack.some(({ close }) => close === '`')) {
      while (this.#top.close !== '`') this.#pop();
      this.#pop();
    } else {
      this.#add(WILD);
      this.#push('`');
    }
  }

  #backslash(): void {
    if (this.#quotes && this.#index < this.#text.length) this.#add(this.#text[this.#index++]!);
  }

  #quote(character: string): void {
    if (!this.#quotes) return;
    const top = this.#top;
    top.word ??= '';
    if (character === '"') { top.quoted = !top.quoted; return; }
    const close = this.#text.indexOf('\'', this.#index);
    const end = close === -1 ? this.#text.length : close;
    top.word += this.#text.slice(this.#index, end);
    this.#index = end + 1;
  }

  #add(text: string): void {
    const top = this.#top;
    top.word = (top.word ?? '') + text;
  }

  #endWord(): void {
    const top = this.#top;
    if (top.word !== undefined) top.words.push(top.word);
    top.word = undefined;
  }

  #endSegment(redirect: boolean): void {
    this.#endWord();
    const top = this.#top;
    if (top.words.length > 0) this.#segments.push({ words: top.words, redirect: top.redirect });
    top.words = [];
    top.redirect = redirect;
  }

  #push(close: string): void {
    this.#stack.push(newFrame(close));
  }

  #pop(): void {
    this.#endSegment(false);
    this.#stack.pop();
    if (this.#stack.length === 0 && this.#index < this.#text.length) this.#stack.push(newFrame(''));
  }
}

const NAME = /[A-Za-z_]\w*|[0-9@*#?$!-]/y;

function newFrame(close: string): Frame {
  return { close, quoted: false, word: undefined, words: [], redirect: false };
}

/** `$'\x72m'` as the shell reads it. */
function decodeAnsiQuotes(text: string): string {
  if (!text.includes('$\'')) return text;
  return text.replace(/\$'((?:[^'\\]|\\[^])*)'/g, (_, inner: string) => inner.replace(ANSI_ESCAPE, (escape, x?: string, u?: string, U?: string, octal?: string) => {
    const hex = x ?? u ?? U;
    if (hex !== undefined) return toCharacter(parseInt(hex, 16));
    if (octal !== undefined) return toCharacter(parseInt(octal, 8) & 0xff);
    return ANSI_SIMPLE[escape[1]!] ?? escape[1]!;
  }));
}

const ANSI_ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|[^])/g;
const ANSI_SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', v: '\v' };

function toCharacter(code: number): string {
  return code > 0x10ffff ? WILD : String.fromCodePoint(code);
}
