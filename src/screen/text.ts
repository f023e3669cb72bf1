import { type Line, type Role, textOf } from './span.ts';
import { type Look, toSpan } from './markdown/look.ts';
import { wrapLine } from './wrap.ts';

/** Any text with its own line ends and spaces; what is longer than a row is wrapped. At least one row. */
export function layoutText(text: string, { width, theme }: Pick<Look, 'width' | 'theme'>, ...roles: Role[]): Line[] {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n').flatMap((line) => wrapLine([toSpan(line, { theme }, ...roles)], { width, keepSpaces: true }));
}

/** A row of a list, as `name  what it is`, goes on so far in. */
const LIST_INDENT = 4;
const LIST = /^ *\S+(?: \S+)* {2,}\S/;

/** What a command answers: its lines as they are, and what is longer than a row goes on below its own beginning. */
export function layoutAnswer(text: string, { width, theme }: Pick<Look, 'width' | 'theme'>): Line[] {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n').flatMap((line) => {
    const span = toSpan(line, { theme });
    const rows = wrapLine([span], { width, keepSpaces: true });
    const [first] = rows;
    const indent = Math.min(Math.floor(width / 3), / */.exec(span.text)![0].length + (LIST.test(span.text) ? LIST_INDENT : 0));
    if (first === undefined || rows.length === 1 || indent === 0) return rows;
    const rest = wrapLine([{ ...span, text: span.text.slice(textOf(first).length) }], { width: width - indent, keepSpaces: true });
    return [first, ...rest.map((row): Line => [{ text: ' '.repeat(indent) }, ...row])];
  });
}
