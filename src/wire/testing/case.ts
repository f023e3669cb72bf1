import type { Reply } from '@pith/kernel';

/** A reply as a vendor streams it, and what must be understood. */
export interface StreamCase {
  name: string;
  stream: string;
  reply: Reply;
}

/** Named events, as Anthropic and the Responses API send them. */
export function namedEvents(...events: readonly ({ type: string } & Record<string, unknown>)[]): string {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

/** Bare data, as Chat Completions sends it. */
export function dataEvents(...chunks: readonly (object | string)[]): string {
  return chunks.map((chunk) => `data: ${typeof chunk === 'string' ? chunk : JSON.stringify(chunk)}\n\n`).join('');
}

/** A reply with the usual facts; a case states what is different. */
export function reply(facts: Partial<Reply>, usual: Partial<Reply>): Reply {
  return { status: 'complete', id: null, model: null, stop: null, blocks: [], usage: null, ...usual, ...facts };
}

/** Ways to cut a stream that have broken readers before: everywhere, inside characters, around line ends, inside JSON. */
export function awkwardCuts(bytes: Uint8Array): { name: string; chunks: Uint8Array[] }[] {
  const at = (name: string, isCut: (byte: number, before: number) => boolean) => {
    const chunks: Uint8Array[] = [];
    let start = 0;
    for (let index = 1; index < bytes.length; index++) {
      if (!isCut(bytes[index]!, bytes[index - 1]!)) continue;
      chunks.push(bytes.subarray(start, index));
      start = index;
    }
    return { name, chunks: [...chunks, bytes.subarray(start)] };
  };
  return [
    { name: 'whole', chunks: [bytes] },
    at('byte by byte', () => true),
    at('inside every character of several bytes', (byte) => (byte & 0xc0) === 0x80),
    at('before every line end', (byte) => byte === 0x0a || byte === 0x0d),
    at('after every line end, so between CR and LF too', (_, before) => before === 0x0a || before === 0x0d),
    at('after every colon, quote and backslash', (_, before) => before === 0x3a || before === 0x22 || before === 0x5c),
    at('before every brace', (byte) => byte === 0x7b || byte === 0x7d),
  ];
}
