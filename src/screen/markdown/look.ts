import { expandTabs } from '../width.ts';
import { type Role, type Span } from '../span.ts';
import { toSafe } from '../safe.ts';
import type { Theme } from '../theme.ts';
import type { Highlighter } from '../code/highlight.ts';

/** How a text is laid out. */
export interface Look {
  width: number;
  theme: Theme;
  /** Asked when code is laid out: until it is loaded, code is plain. */
  highlighter?: () => Highlighter | undefined;
  /** So many lists and quotes it stands in. */
  depth?: number;
}

/** Foreign text as a span. Every span of Markdown, code and diffs is made here. */
export function toSpan(text: string, { theme }: Pick<Look, 'theme'>, ...roles: Role[]): Span {
  const safe = expandTabs(toSafe(text, { ascii: !theme.unicode }));
  return roles.length === 0 ? { text: safe } : { text: safe, roles };
}
