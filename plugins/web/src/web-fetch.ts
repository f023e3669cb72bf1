import { cutMiddle, defineToolBody, isPithError, PithError, type ToolBody } from '@pith/kernel';
import { type FetchReply, guardedFetch } from '@pith/net';
import { z } from 'zod';
import type { WebOptions } from './options.ts';

/** What is read of a page. */
const MAX_BYTES = 5 * 1024 * 1024;
/** What the model gets of it. */
export const MAX_CHARACTERS = 60_000;
const TIMEOUT_MS = 40_000;
/** Text by its media type; anything else is named and not shown. */
const TEXT = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|yaml|javascript|ecmascript|x-ndjson|toml|sql)$)/;

const input = z.strictObject({ url: z.string().min(1) });

export function createWebFetch(policy: WebOptions): ToolBody<z.output<typeof input>> {
  return defineToolBody<z.output<typeof input>>({
    input,
    targets: ({ url }) => [{ family: 'WebFetch', url }],
    execute: async ({ url }, { signal, env }) => {
      const reply = await guardedFetch(url, { policy, signal, env, maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, headers: { accept: 'text/html, text/*, application/json, */*;q=0.1', 'user-agent': 'pith' } }).catch(sayRedirect);
      const text = await toText(reply);
      const details = { url: reply.url, status: reply.status, mediaType: reply.mediaType, bytes: reply.body.length, truncated: reply.truncated };
      const notes = [reply.status >= 200 && reply.status < 300 ? '' : `[status ${reply.status}]`, reply.truncated ? `[only the first ${MAX_BYTES / 1024 / 1024} MiB]` : ''].filter((note) => note !== '');
      return { content: [{ type: 'text', text: [...notes, text].join('\n') }], details, ...(reply.status >= 400 ? { isError: true } : {}) };
    },
  });
}

/** A redirect is a failure; the model may fetch where it leads to, which is judged anew. */
function sayRedirect(error: unknown): never {
  const location = isPithError(error) ? error.details?.['location'] : undefined;
  if (!isPithError(error) || typeof location !== 'string') throw error;
  throw new PithError(`${error.message}. It leads to ${location}`, { code: error.code, hint: 'Fetch that address, if it is the one you want.', cause: error });
}

async function toText(reply: FetchReply): Promise<string> {
  const { mediaType, body } = reply;
  if (mediaType !== null && mediaType !== '' && !TEXT.test(mediaType) && mediaType !== 'application/xhtml+xml') return `[${mediaType}, ${body.length} bytes: not text]`;
  const text = reply.text();
  return cutMiddle(/^(?:text\/html|application\/xhtml\+xml)$/.test(mediaType ?? '') ? await fromHtml(text, reply.url) : text, MAX_CHARACTERS);
}

async function fromHtml(html: string, url: string): Promise<string> {
  const { convert } = await import('./html.ts');
  return convert(html, url);
}
