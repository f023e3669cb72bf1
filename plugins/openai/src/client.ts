import { OpenAI } from 'openai';
import { createTransport, type Undici } from '@pith/wire';
import type { ServerName } from './server.ts';

/** The kernel limits silence; the client's own clock must not. */
const NEVER_MS = 2 ** 31 - 1;

/** The official client. */
export function createClient({ name, key, headers, url, env }: {
  name: ServerName; key: string | undefined; headers: Readonly<Record<string, string>>; url: URL; env: Readonly<Record<string, string | undefined>>;
}): OpenAI {
  const own = name === 'openai';
  return new OpenAI({
    apiKey: key ?? 'none', adminAPIKey: null, webhookSecret: null,
    organization: own ? env['OPENAI_ORG_ID'] ?? null : null, project: own ? env['OPENAI_PROJECT_ID'] ?? null : null,
    baseURL: url.href.replace(/\/$/, ''), maxRetries: 0, timeout: NEVER_MS, logLevel: 'off',
    fetch: createTransport({ env, loadUndici: () => import('undici') as Promise<Undici> }),
    defaultHeaders: {
      ...(own ? {} : withoutCustomHeaders()),
      ...(key === undefined ? { authorization: null } : {}),
      'x-stainless-timeout': null,
      ...headers,
    },
  });
}

/** The client sends these with every request, whoever the server is; they are meant for OpenAI. */
function withoutCustomHeaders(): Record<string, null> {
  const lines = process.env['OPENAI_CUSTOM_HEADERS']?.split('\n') ?? [];
  return Object.fromEntries(lines.filter((line) => line.includes(':')).map((line) => [line.slice(0, line.indexOf(':')).trim(), null]));
}
