import { cutMiddle, defineToolBody, type ToolBody, type ToolResult } from '@pith/kernel';
import { type FetchReply, guardedFetch } from '@pith/net';
import { toolError } from './errors.ts';
import { type WebSearchInput, webSearchInput } from './inputs.ts';
import { type AddressSource, QUERY } from './options.ts';
import { formatResults } from './search-results.ts';

const LIMIT_MS = 30_000;
const MAX_BYTES = 1024 * 1024;
const MAX_CHARACTERS = 30_000;
const TEXT = /^(?:text\/(?!html)|application\/(?!xhtml)(?:[\w.+-]*\+)?(?:json|xml|yaml|x-ndjson)$)/;

/** A search of the web by one request. */
export function createAddressSearch({ template, policy }: AddressSource): ToolBody<WebSearchInput> {
  return defineToolBody<WebSearchInput>({
    input: webSearchInput,
    targets: ({ query }) => [{ family: 'WebSearch', name: query }],
    execute: async ({ query }, { signal, env }) => {
      const reply = await guardedFetch(toAddress(template, query), {
        policy, signal, env, maxBytes: MAX_BYTES, timeoutMs: LIMIT_MS, idleMs: LIMIT_MS, headers: { accept: 'application/json, text/plain;q=0.5', 'user-agent': 'pith' },
      });
      return toResult(reply);
    },
  });
}

/** All that could mean something in an address is encoded, so the query stays within its part. It is well-formed: its schema sees to that. */
export function toAddress(template: string, query: string): string {
  return template.replaceAll(QUERY, () => encodeURIComponent(query));
}

function toResult(reply: FetchReply): ToolResult {
  const { status, mediaType, truncated, body } = reply;
  const failed = status < 200 || status >= 300;
  const details = { status, mediaType, bytes: body.length, truncated };
  if (mediaType !== null && mediaType !== '' && !TEXT.test(mediaType)) {
    throw toolError(`The search was answered with ${mediaType}${failed ? ` and status ${status}` : ''}, not with JSON or text`, 'SEARCH_REPLY_INVALID', 'Go on without it; whoever set webSearch up can ask the server for JSON, often with format=json.');
  }
  const notes = [failed ? `[status ${status}]` : '', truncated ? `[only the first ${MAX_BYTES / 1024 / 1024} MiB]` : ''].filter((note) => note !== '');
  const text = reply.text();
  const shown = (failed || truncated ? undefined : formatResults(text)) ?? text;
  return { content: [{ type: 'text', text: cutMiddle([...notes, shown.trim() === '' ? '[no results]' : shown].join('\n'), MAX_CHARACTERS) }], details, ...(failed ? { isError: true } : {}) };
}
