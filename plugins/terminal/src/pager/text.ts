import { layoutText, type Line, type Role, type Theme } from '@pith/screen';

export interface PagerLook { width: number; theme: Theme }

/** What a pager shows, in parts that are laid out only when they are seen: a line of an output, a paragraph of an answer. */
export interface PagerText {
  readonly length: number;
  /** At least one row. */
  layout(index: number, look: PagerLook): readonly Line[];
  /** As it came: for searching. It may hold anything. */
  plain(index: number): string;
}

/** Any text, line by line. Where nothing steers the screen nothing is changed; the rest is written out. */
export function fromText(text: string, ...roles: Role[]): PagerText {
  const lines = text.replace(/\r\n/g, '\n').replace(/\n$/, '').split('\n');
  return { length: lines.length, plain: (index) => lines[index]!, layout: (index, look) => layoutText(lines[index]!, look, ...roles) };
}

/** One behind the other. */
export function joinTexts(first: PagerText, second: PagerText): PagerText {
  const at = (index: number): [PagerText, number] => (index < first.length ? [first, index] : [second, index - first.length]);
  return {
    length: first.length + second.length,
    plain: (index) => { const [text, own] = at(index); return text.plain(own); },
    layout: (index, look) => { const [text, own] = at(index); return text.layout(own, look); },
  };
}
