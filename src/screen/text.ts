import type { Line, Role } from './span.ts';
import { type Look, toSpan } from './markdown/look.ts';
import { wrapLine } from './wrap.ts';

/** Any text with its own line ends and spaces; what is longer than a row is wrapped. At least one row. */
export function layoutText(text: string, { width, theme }: Pick<Look, 'width' | 'theme'>, ...roles: Role[]): Line[] {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n').flatMap((line) => wrapLine([toSpan(line, { theme }, ...roles)], { width, keepSpaces: true }));
}
