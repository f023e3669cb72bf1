import { VALUE_MIN } from './needles.ts';

/** Fields of messages that are bytes in base64: only values that are known are looked for in them. */
const SEALED: ReadonlySet<string> = new Set(['signature', 'data', 'encrypted_content', 'encrypted_index']);
const TEXT_TYPE = /^(?:text\/|application\/(?:json|x?html|xml|x-yaml|yaml|toml|x-sh|javascript))/;

/** What was found out of frozen values: what was made of each, and the last long list in which nothing was found. */
export interface Known { made: WeakMap<object, object>; lastClean: readonly unknown[] }

export function knowNothing(): Known {
  return { made: new WeakMap(), lastClean: [] };
}

/** What is made of the texts on the way, and of those that are bytes. */
export interface TextRedactor { redact(text: string): string; redactKnown(text: string): string }

/** What is needed on the way: what is known of frozen values, and what was made of the others in this very walk. */
interface Walk { redactor: TextRedactor; known: Known; seen: Map<object, object> }

/** The messages of a long conversation; a shorter list is looked through as quickly. */
const LONG_LIST = 32;

/** @see Redactor.redactDeep */
export function redactDeep(value: unknown, redactor: TextRedactor, known: Known): unknown {
  return clean(value, { redactor, known, seen: new Map() });
}

function clean(value: unknown, walk: Walk): unknown {
  if (typeof value === 'string') return walk.redactor.redact(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const known = walk.known.made.get(value) ?? walk.seen.get(value);
  if (known !== undefined) return known;
  walk.seen.set(value, value); // A value that holds itself is nothing that is ever written down.
  const copy = Array.isArray(value) ? cleanArray(value, walk) : cleanObject(value as Readonly<Record<string, unknown>>, walk);
  if (!Object.isFrozen(value)) {
    if (copy !== value) walk.seen.set(value, copy);
    return copy;
  }
  walk.known.made.set(value, copy);
  if (copy !== value) walk.known.made.set(Object.freeze(copy), copy);
  return copy;
}

function cleanArray(list: readonly unknown[], walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined;
  const same = list.length < LONG_LIST ? 0 : countSame(list, walk.known.lastClean);
  for (let index = same; index < list.length; index++) {
    const item = clean(list[index], walk);
    if (item !== list[index]) (copy ??= [...list])[index] = item;
  }
  if (copy === undefined && list.length >= LONG_LIST && Object.isFrozen(list) && list.slice(same).every(Object.isFrozen)) walk.known.lastClean = list;
  return copy ?? list;
}

/** How far a list is the one of before: a conversation grows, so that only what is new in it is looked at. */
function countSame(list: readonly unknown[], before: readonly unknown[]): number {
  const most = Math.min(list.length, before.length);
  let same = 0;
  while (same < most && list[same] === before[same]) same++;
  return same;
}

function cleanObject(given: Readonly<Record<string, unknown>>, walk: Walk): object {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(given)) {
    const item = given[key];
    const shown = typeof item === 'string' ? cleanField(key, item, given, walk.redactor) : clean(item, walk);
    const name = key.length < VALUE_MIN ? key : walk.redactor.redact(key);
    if (shown === item && name === key) continue;
    copy ??= { ...given };
    if (name !== key) delete copy[key];
    copy[name] = shown;
  }
  return copy ?? given;
}

function cleanField(key: string, text: string, { mediaType, kind }: Readonly<Record<string, unknown>>, redactor: TextRedactor): string {
  if (!SEALED.has(key)) return redactor.redact(text);
  if (kind === 'base64' && typeof mediaType === 'string' && TEXT_TYPE.test(mediaType)) {
    const told = Buffer.from(text, 'base64').toString();
    const shown = redactor.redact(told);
    return shown === told ? text : Buffer.from(shown).toString('base64');
  }
  return redactor.redactKnown(text);
}
