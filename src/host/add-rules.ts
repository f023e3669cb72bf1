import { isDeepStrictEqual } from 'node:util';
import { findJsonPlaces, type JsonPlace } from '@pith/kernel';

type List = 'allow' | 'ask' | 'deny';
interface WithRules { permissions?: Partial<Record<List, unknown[]>> }

/**
 * Adds rules at the end of a list of a settings file, and leaves every other byte of it as it is.
 * @param text JSON; nothing where there is no file yet
 */
export function addRules(text: string | undefined, list: List, rules: readonly string[]): string {
  if (text === undefined) return `${JSON.stringify({ permissions: { [list]: rules } }, null, 2)}\n`;
  const settings = parse(text);
  const known = settings.permissions?.[list] ?? [];
  const missing = rules.filter((rule) => !known.some((entry) => entry === rule || (entry as { rule?: unknown } | null)?.rule === rule));
  if (missing.length === 0) return text;
  const wanted = { ...settings, permissions: { ...settings.permissions, [list]: [...known, ...missing] } };
  const added = insert(text, list, missing);
  // Whatever is odd about the text: what it says is what counts.
  return isDeepStrictEqual(tryParse(added), wanted) ? added : `${JSON.stringify(wanted, null, 2)}\n`;
}

function insert(text: string, list: List, rules: readonly string[]): string {
  const items = rules.map((rule) => JSON.stringify(rule));
  const places = findJsonPlaces(text, 'permissions');
  const listed = places?.get(`.${list}`);
  if (listed !== undefined) return append(text, listed, items);
  const held = `"${list}": [${items.join(', ')}]`;
  if (places !== undefined) return append(text, places.get('')!, [held]);
  return append(text, { start: text.indexOf('{'), end: text.trimEnd().length }, [`"permissions": { ${held} }`]);
}

/** Before the closing bracket, with the white space that stands in front of the first item. */
function append(text: string, { start, end }: JsonPlace, items: readonly string[]): string {
  const inside = text.slice(start + 1, end - 1);
  const space = /^\s*/.exec(inside)![0];
  const isEmpty = space.length === inside.length;
  const last = start + 1 + inside.trimEnd().length;
  const added = items.map((item, index) => `${isEmpty && index === 0 ? '' : ','}${isEmpty && index > 0 ? ' ' : isEmpty ? '' : space || ' '}${item}`).join('');
  return text.slice(0, isEmpty ? start + 1 : last) + added + text.slice(isEmpty ? end - 1 : last);
}

function parse(text: string): WithRules {
  return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) as WithRules;
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
