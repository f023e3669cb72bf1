import { fingerprint, type ModelRequest } from '@pith/kernel';

/** Of parts that many requests have in common, each is written out once. */
const digests = new WeakMap<object, string>();

/** What the requests of a conversation begin with, and a vendor may have cached: model, tools, system prompt, first message. */
export function toCachePrefix({ model, tools, system, messages: [first] }: ModelRequest): string | undefined {
  if (first === undefined) return undefined;
  const stable = system.filter(({ stability }) => stability === 'stable');
  return `${model}:${fingerprint([...tools, ...stable, first].map(digestOf).join(' '))}`;
}

function digestOf(part: object): string {
  let digest = digests.get(part);
  if (digest === undefined) digests.set(part, digest = fingerprint(JSON.stringify(part, withoutMarks)));
  return digest;
}

/** Where the cache ends wanders on with the conversation. */
const withoutMarks = (key: string, value: unknown): unknown => (key === 'cache' ? undefined : value);
