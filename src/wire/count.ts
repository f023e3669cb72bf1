import { PithError } from '@pith/kernel';
import { asCount, asRecord, type Json } from './json.ts';

/** A count is a short answer. */
const MAX_BYTES = 64 * 1024;

/** Those fields of a body that an address for counting takes. */
export function pick(body: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
}

/**
 * The `input_tokens` of an answer.
 * @throws PithError PROVIDER_PROTOCOL where it says nothing of the kind
 */
export async function readCount(response: Response, name: string): Promise<number> {
  const tokens = asCount(asRecord(parse(await readText(response)))['input_tokens']);
  if (tokens !== undefined) return tokens;
  throw new PithError(`${name} was asked how many tokens a request has, and answered something else`, { code: 'PROVIDER_PROTOCOL', origin: 'provider', hint: 'Leave out --count; the estimate needs no answer.' });
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > MAX_BYTES) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Said by the caller, like everything else that is no count.
  }
}
