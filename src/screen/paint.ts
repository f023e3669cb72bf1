import { toSafe } from './safe.ts';
import type { Line } from './span.ts';
import type { Theme } from './theme.ts';

/**
 * A line as it is written to the terminal, without its line end. The only place where codes are made; what a span holds is
 * looked at once more, so that a layout that forgot it harms nobody.
 */
export function paintLine(line: Line, theme: Theme): string {
  return line.map(({ text, roles = [], href }) => {
    const painted = roles.reduceRight((inner, role) => theme.paint(role, inner), toSafe(text, { ascii: !theme.unicode }).replaceAll('\t', ' '));
    return href === undefined || !theme.links || !/^[\x21-\x7e]+$/.test(href) ? painted : `\u001b]8;;${href}\u001b\\${painted}\u001b]8;;\u001b\\`;
  }).join('');
}
