import type { Links, MarkedToken, Token, Tokens } from 'marked';

export type { Links };

/** What a text consists of, in order. */
export type Lex = (text: string, links: Links) => MarkedToken[];

/** A line that begins sixty blocks in each other, or a thousand marks of one kind: `marked` would take seconds for it, and nobody means it. */
// Each part takes all spaces in front of it, so that there is one way to read a line.
const ENDLESS = /^(?:[ \t]{0,4}(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){60}|([~`])\1{999}/m;

/** For each sign that opens emphasis `marked` looks through all that follows: so many characters of a text it may look through in vain. */
const IN_VAIN_MAX = 256 * 1024;
/** Signs that open nothing, as before a space, are passed by at once. */
const EMPHASIS = /^[*_]+(?=[^*_\s])/;
const DELETION = /^~+(?=[^~\s])/;

/** The reader of Markdown, loaded when there is something to read. Links that are defined in a text are added to `links`. */
export async function loadLexer(): Promise<Lex> {
  const { Lexer, Tokenizer } = await import('marked');
  /** Of signs by the thousand that nothing closes, the later ones are text without a further look. */
  class PatientTokenizer extends Tokenizer {
    #inVain = 0;

    override emStrong(text: string, masked: string, before = ''): Tokens.Em | Tokens.Strong | undefined {
      return EMPHASIS.test(text) ? this.#find(text, before, () => super.emStrong(text, masked, before)) : undefined;
    }

    override del(text: string, masked: string, before = ''): Tokens.Del | undefined {
      return DELETION.test(text) ? this.#find(text, before, () => super.del(text, masked, before)) : undefined;
    }

    #find<T>(text: string, before: string, find: () => T | undefined): T | undefined {
      if (this.#inVain > IN_VAIN_MAX) return undefined;
      const found = find();
      // Within a word it is no sign, which is seen at once.
      if (found === undefined && !(text.startsWith('_') && /\w/.test(before))) this.#inVain += text.length;
      return found;
    }
  }
  return (text, links) => {
    if (ENDLESS.test(text)) return asPlain(text);
    const lexer = new Lexer({ gfm: true, tokenizer: new PatientTokenizer() });
    lexer.tokens.links = links;
    try {
      return known(lexer.lex(text));
    } catch (error) {
      // Thousands of quotes in each other: it is no reason not to show the text.
      if (error instanceof RangeError) return asPlain(text);
      throw error;
    }
  };
}

function asPlain(text: string): MarkedToken[] {
  return [{ type: 'paragraph', raw: text, text, tokens: [{ type: 'text', raw: text, text, escaped: false }] }];
}

/** Without extensions there are no other tokens than those that marked knows itself. */
export function known(tokens: readonly Token[] = []): MarkedToken[] {
  return tokens as MarkedToken[];
}
