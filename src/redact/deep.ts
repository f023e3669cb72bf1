import { VALUE_MIN } from './needles.ts';
import type { Redactor } from './redactor.ts';

/** Fields of messages that are bytes in base64: only values that are known are looked for in them. */
const SEALED: ReadonlySet<string> = new Set(['signature', 'data', 'encrypted_content', 'encrypted_index']);
const TEXT_TYPE = /^(?:text\/|application\/(?:json|x?html|xml|x-yaml|yaml|toml|x-sh|javascript))/;

/** What is needed on the way: what was made of frozen values, and of the others in this very walk. */
interface Walk { redactor: Redactor; made: WeakMap<object, object>; seen: Map<object, object> }

/** @see Redactor.redactDeep */
export function redactDeep(value: unknown, redactor: Redactor, made: WeakMap<object, object>): unknown {
  return clean(value, { redactor, made, seen: new Map() });
}

function clean(value: unknown, walk: Walk): unknown {
  if (typeof value === 'string') return walk.redactor.redact(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const known = walk.made.get(value) ?? walk.seen.get(value);
  if (known !== undefined) return known;
  walk.seen.set(value, value); // A value that holds itself is nothing that is ever written down.
  const copy = Array.isArray(value) ? cleanArray(value, walk) : cleanObject(value as Readonly<Record<string, unknown>>, walk);
  if (!Object.isFrozen(value)) {
    if (copy !== value) walk.seen.set(value, copy);
    return copy;
  }
  walk.made.set(value, copy);
  if (copy !== value) walk.made.set(Object.freeze(copy), copy);
  return copy;
}

function cleanArray(list: readonly unknown[], walk: Walk): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = clean(list[index], walk);
    if (item !== list[index]) (copy ??= [...list])[index] = item;
  }
  return copy ?? list;
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

function cleanField(key: string, text: string, { mediaType, kind }: Readonly<Record<string, unknown>>, redactor: Redactor): string {
  if (!SEALED.has(key)) return redactor.redact(text);
  if (kind === 'base64' && typeof mediaType === 'string' && TEXT_TYPE.test(mediaType)) {
    const told = Buffer.from(text, 'base64').toString();
    const shown = redactor.redact(told);
    return shown === told ? text : Buffer.from(shown).toString('base64');
  }
  return redactor.redactKnown(text);
}
