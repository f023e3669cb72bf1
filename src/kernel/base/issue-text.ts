import { describe, nearest } from '../errors.ts';
import type { SchemaResult } from '../plugin.ts';

type Issues = Extract<SchemaResult<unknown>, { issues: readonly unknown[] }>['issues'];

/** What was checked, and the keys that it may have, where they are known. */
export interface Checked { value: unknown; keys?: readonly string[] }

/**
 * All issues of a failed check in one sentence: `edits[0].old is missing; it must be a text`. The words of schema libraries
 * are for whoever wrote the schema; what a check says in words of its own is left as it is.
 */
export function toIssueText(issues: Issues, checked: Checked): string {
  return issues.map(({ message, path = [] }) => toSentence(message, path.map((part) => (typeof part === 'object' ? part.key : part)), checked)).join('; ');
}

function toSentence(message: string, path: readonly PropertyKey[], { value, keys = [] }: Checked): string {
  const place = path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
  const unknown = /^Unrecognized keys?: (.+)$/.exec(message)?.[1];
  if (unknown !== undefined) return `${place === '' ? 'there is' : `${place} has`} no ${unknown}${path.length > 0 || keys.length === 0 ? '' : toAllowedKeys(unknown, keys)}`;
  const demand = toDemand(message);
  if (demand === undefined) return place === '' ? message : `${place}: ${message}`;
  const found = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
  const subject = place === '' ? 'it' : place;
  return found === undefined ? `${subject} is missing; it must ${demand}` : `${subject} is ${describe(found)}; it must ${demand}`;
}

function toAllowedKeys(unknown: string, keys: readonly string[]): string {
  const near = nearest(unknown.replaceAll('"', ''), keys);
  return near.length > 0 ? `; did you mean ${near.join(' or ')}?` : `; there are ${keys.join(', ')}`;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'an object', record: 'an object', null: 'null',
};

/** What zod says of what it takes, in other words; nothing for other messages. */
export function toDemand(message: string): string | undefined {
  const [, kind] = /^Invalid input: expected (\w+)(?:, received .+)?$/.exec(message) ?? [];
  if (kind !== undefined) return `be ${KINDS[kind] ?? kind}`;
  const [, options] = /^Invalid (?:option: expected one of|input: expected) (["\d].*)$/.exec(message) ?? [];
  if (options !== undefined) return `be ${options.split('|').join(' or ')}`;
  const [, , sign, bound, unit] = /^Too (small|big): expected .+? to (?:be|have) ([<>]=?)(-?[\d.]+)(?: (\w+))?$/.exec(message) ?? [];
  if (sign === undefined) return undefined;
  const words: Readonly<Record<string, string>> = { '>=': `${bound} or more`, '<=': `${bound} or less`, '>': `more than ${bound}`, '<': `less than ${bound}` };
  return unit === undefined ? `be ${words[sign]}` : `have ${words[sign]} ${unit === 'items' ? 'entries' : unit}`;
}
