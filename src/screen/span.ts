/** What a stretch of text is; how that looks, the theme says. */
export type Role =
  | 'heading' | 'strong' | 'emphasis' | 'struck' | 'code' | 'link' | 'address' | 'quote' | 'sign' | 'dim' | 'html'
  | 'keyword' | 'string' | 'number' | 'comment' | 'name' | 'type'
  | 'added' | 'removed' | 'added-word' | 'removed-word' | 'line-number' | 'hunk' | 'file';

/** Text of one look. It went through `toSafe`, so it holds no line end and nothing that steers a terminal. */
export interface Span {
  text: string;
  /** Outermost first. */
  roles?: readonly Role[];
  /** Where a click leads, as `toHref` made it. */
  href?: string;
}

/** One row of the screen. */
export type Line = readonly Span[];

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}

/** The same spans with one look more around them. */
export function within(role: Role, line: Line): Span[] {
  return line.map((span) => ({ ...span, roles: [role, ...span.roles ?? []] }));
}

/** Spans of one look side by side become one: fewer codes, and words that are whole. */
export function joinSpans(line: Line): Span[] {
  const joined: Span[] = [];
  for (const span of line) {
    const last = joined.at(-1);
    if (span.text === '') continue;
    if (last !== undefined && last.href === span.href && sameRoles(last.roles, span.roles)) joined[joined.length - 1] = { ...last, text: last.text + span.text };
    else joined.push(span);
  }
  return joined;
}

function sameRoles(a: readonly Role[] = [], b: readonly Role[] = []): boolean {
  return a.length === b.length && a.every((role, index) => role === b[index]);
}
