import { toSafe } from '@pith/screen';
import type { Show } from './layout.ts';
import type { Units } from './units.ts';

/** How what cannot stand on the screen as it is stands there: units by their labels, control characters as `^X`, what hides or steers written out. */
export function createShow(units: Units, { ascii }: { ascii: boolean }): Show {
  return (grapheme) => {
    if (/^[\x20-\x7e]$/.test(grapheme)) return undefined;
    const label = units.labelOf(grapheme);
    if (label !== undefined) return ascii ? toSafe(label.replaceAll('×', 'x'), { ascii }) : label;
    const code = grapheme.codePointAt(0)!;
    if (grapheme.length === 1 && (code < 0x20 || code === 0x7f)) return `^${String.fromCharCode(code ^ 0x40)}`;
    const safe = toSafe(grapheme, { ascii });
    return safe === grapheme ? undefined : safe;
  };
}
