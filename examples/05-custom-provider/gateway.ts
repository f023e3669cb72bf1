// A model provider for a company's own gateway: POST {GATEWAY_URL}/generate with { model, messages }, answered with one
// JSON object a line: { "text": "…" } as it comes, then { "done": true, "usage": { "input": 12, "output": 3 } }.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { definePlugin, type ModelEvent, type ModelRequest, PithError, type Provider, type Reply, toText } from '@pith/kernel';

interface Line { text?: string; done?: boolean; usage?: { input: number; output: number } }

/** Only text: this gateway knows no tools and no images. */
export function toBody({ model, system, messages }: ModelRequest): string {
  return JSON.stringify({ model, system: system.map(({ text }) => text).join('\n\n'), messages: messages.map(({ role, content }) => ({ role, text: toText(content) })) });
}

/** The events of a reply. A stream that ends without `done` is truncated: what came of it is kept, and nobody takes it for whole. */
export async function* toEvents(lines: AsyncIterable<string>, model: string): AsyncGenerator<ModelEvent> {
  yield { type: 'start', id: null, model };
  let text = '';
  for await (const line of lines) {
    const { text: more = '', done = false, usage } = JSON.parse(line) as Line;
    if (more !== '') yield { type: 'text-delta', index: 0, text: more };
    text += more;
    if (!done) continue;
    const blocks = [{ type: 'text' as const, text }];
    yield { type: 'block', index: 0, block: blocks[0]! };
    const reply: Reply = { status: 'complete', id: null, model, stop: 'end', blocks, usage: usage ?? null };
    yield { type: 'end', reply, ...(usage === undefined ? {} : { usage }) };
    return;
  }
}

function createProvider(url: string): Provider {
  return {
    async *stream(request, { signal }) {
      const response = await fetch(`${url}/generate`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: toBody(request), signal });
      // What another attempt may cure says so by its origin; a wrong request does not get better.
      if (!response.ok) throw new PithError(`The gateway answered ${response.status}`, { code: 'PROVIDER_FAILED', ...(response.status >= 500 || response.status === 429 ? { origin: 'provider' } : {}) });
      yield* toEvents(createInterface({ input: Readable.fromWeb(response.body as ReadableStream) }), request.model);
    },
  };
}

export default definePlugin({
  name: 'gateway',
  providers: [{
    name: 'gateway',
    models: ['gateway-large', 'gateway-small'],
    ready: (env) => env['GATEWAY_URL'] !== undefined,
    load: async ({ env }) => {
      const url = env['GATEWAY_URL'];
      if (url === undefined) throw new PithError('The gateway has no address', { code: 'PROVIDER_MISSING', hint: 'Set GATEWAY_URL, as http://models.internal:8080' });
      return createProvider(url.replace(/\/$/, ''));
    },
  }],
});
