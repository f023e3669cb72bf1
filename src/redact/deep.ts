import type { Redactor } from './redactor.ts';

/** Fields of messages that are bytes in base64: only values that are known are looked for in them. */
const SEALED: ReadonlySet<string> = new Set(['signature', 'data', 'encrypted_content', 'encrypted_index']);
const TEXT_TYPE = /^(?:text\/|application\/(?:json|x?html|xml|x-yaml|yaml|toml|x-sh|javascript))/;

/** @see Redactor.redactDeep */
export function redactDeep(value: unknown, redactor: Redactor, made: WeakMap<object, object>): unknown {
  if (typeof value === 'string') return redactor.redact(value);
  if (typeof value !== 'object' || value === null) return value;
  const known = made.get(value);
  if (known !== undefined) return known;
  const clean = Array.isArray(value) ? cleanArray(value, redactor, made) : ArrayBuffer.isView(value) ? value : cleanObject(value as Readonly<Record<string, unknown>>, redactor, made);
  if (Object.isFrozen(value)) {
    made.set(value, clean);
    if (clean !== value) made.set(Object.freeze(clean), clean);
  }
  return clean;
}

function cleanArray(list: readonly unknown[], redactor: Redactor, made: WeakMap<object, object>): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    const clean = redactDeep(item, redactor, made);
    if (clean !== item) (copy ??= [...list])[index] = clean;
  }
  return copy ?? list;
}

function cleanObject(given: Readonly<Record<string, unknown>>, redactor: Redactor, made: WeakMap<object, object>): object {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(given)) {
    const item = given[key];
    const clean = typeof item === 'string' ? cleanField(key, item, given, redactor) : redactDeep(item, redactor, made);
    const name = redactor.redact(key);
    if (clean === item && name === key) continue;
    copy ??= { ...given };
    if (name !== key) delete copy[key];
    copy[name] = clean;
  }
  return copy ?? given;
}

function cleanField(key: string, text: string, { mediaType, kind }: Readonly<Record<string, unknown>>, redactor: Redactor): string {
  if (!SEALED.has(key)) return redactor.redact(text);
  if (kind === 'base64' && typeof mediaType === 'string' && TEXT_TYPE.test(mediaType)) {
    const told = Buffer.from(text, 'base64').toString();
    const clean = redactor.redact(told);
    return clean === told ? text : Buffer.from(clean).toString('base64');
  }
  return redactor.redactKnown(text);
}
