import type { Links, MarkedToken, Token } from 'marked';

export type { Links };

/** What a text consists of, in order. */
export type Lex = (text: string, links: Links) => MarkedToken[];

/** A line that begins sixty blocks in each other, or a thousand marks of one kind: `marked` would take seconds for it, and nobody means it. */
// Each part takes all spaces in front of it, so that there is one way to read a line.
const ENDLESS = /^(?:[ \t]{0,4}(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){60}|([~`])\1{999}/m;

/** The reader of Markdown, loaded when there is something to read. Links that are defined in a text are added to `links`. */
export async function loadLexer(): Promise<Lex> {
  const { Lexer } = await import('marked');
  return (text, links) => {
    if (ENDLESS.test(text)) return asPlain(text);
    const lexer = new Lexer({ gfm: true });
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
