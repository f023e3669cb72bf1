import type { Links, MarkedToken, Token } from 'marked';

export type { Links };

/** What a text consists of, in order. */
export type Lex = (text: string, links: Links) => MarkedToken[];

/** The reader of Markdown, loaded when there is something to read. Links that are defined in a text are added to `links`. */
export async function loadLexer(): Promise<Lex> {
  const { Lexer } = await import('marked');
  return (text, links) => {
    const lexer = new Lexer({ gfm: true });
    lexer.tokens.links = links;
    try {
      return known(lexer.lex(text));
    } catch (error) {
      // Thousands of quotes in each other: it is no reason not to show the text.
      if (error instanceof RangeError) return [{ type: 'paragraph', raw: text, text, tokens: [{ type: 'text', raw: text, text, escaped: false }] }];
      throw error;
    }
  };
}

/** Without extensions there are no other tokens than those that marked knows itself. */
export function known(tokens: readonly Token[] = []): MarkedToken[] {
  return tokens as MarkedToken[];
}
