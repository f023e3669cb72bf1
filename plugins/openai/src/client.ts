import { OpenAI } from 'openai';
import { type Fetch, withoutLines } from '@pith/wire';
import type { ServerName } from './server.ts';

/** The kernel limits silence; the client's own clock must not. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * The official client.
 * @param isAccount each request brings its own key, and nothing of the environment goes with it
 */
export function createClient({ name, key, headers, url, env, fetch, isAccount = false }: {
  name: ServerName; key: string | undefined; headers: Readonly<Record<string, string>>; url: URL; env: Readonly<Record<string, string | undefined>>; fetch: Fetch; isAccount?: boolean;
}): OpenAI {
  const own = name === 'openai' && !isAccount;
  return new OpenAI({
    apiKey: key ?? 'none', adminAPIKey: null, webhookSecret: null,
    organization: own ? env['OPENAI_ORG_ID'] ?? null : null, project: own ? env['OPENAI_PROJECT_ID'] ?? null : null,
    baseURL: url.href.replace(/\/$/, ''), maxRetries: 0, timeout: NEVER_MS, logLevel: 'off',
    fetch,
    defaultHeaders: {
      ...(own ? {} : withoutLines(process.env['OPENAI_CUSTOM_HEADERS'])), // They are meant for OpenAI.
      ...(key === undefined ? { authorization: null } : {}),
      'x-stainless-timeout': null,
      ...headers,
    },
  });
}
