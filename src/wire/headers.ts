import { EXIT, PithError } from '@pith/kernel';

type Headers = Readonly<Record<string, string>>;

/** Headers of which each is a list that grows; any other is replaced by the later one. */
const LISTS = new Set(['anthropic-beta', 'openai-beta']);

/** Names in lower case, so that the same header is never sent twice. */
export function mergeHeaders(...all: readonly (Headers | undefined)[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const headers of all) {
    for (const [name, value] of Object.entries(headers ?? {})) {
      const key = name.toLowerCase();
      const own = merged[key];
      merged[key] = own !== undefined && LISTS.has(key) ? joinLists(own, value) : value;
    }
  }
  return merged;
}

function joinLists(...lists: readonly string[]): string {
  return [...new Set(lists.flatMap((list) => list.split(',').map((word) => word.trim())))].join(',');
}

/** The values of headers that hold a key, by their names. */
export function secretsOf(headers: Headers): string[] {
  return Object.entries(headers).filter(([name]) => /auth|key|token|secret|cookie/i.test(name)).flatMap(([, value]) => [value, value.replace(/^\w+ /, '')]);
}

/**
 * The key, which goes into a header.
 * @param place its variable, or what else it is in
 * @throws PithError PROVIDER_KEY_INVALID, without the key
 */
export function checkKey<K extends string | undefined>(key: K, place: string): K {
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  throw new PithError(`The key in ${place} holds a blank or another character that no key has`, { code: 'PROVIDER_KEY_INVALID', exitCode: EXIT.usage, hint: `Set it anew; perhaps a quote or a line too much was copied.` });
}
