import { BaseAnthropic } from '@anthropic-ai/sdk/client';
import { createTransport, type Undici } from '@pith/wire';
import type { Key } from './key.ts';

export const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** The kernel limits silence; the client's own clock must not. */
const NEVER_MS = 2 ** 31 - 1;

/** The official client without its many resources: of these only one address is used. */
export function createClient({ key, headers, url, env }: {
  key: Key; headers: Readonly<Record<string, string>>; url: URL; env: Readonly<Record<string, string | undefined>>;
}): BaseAnthropic {
  return new BaseAnthropic({
    ...(key ?? { apiKey: 'in a header' }),
    baseURL: url.href.replace(/\/$/, ''), maxRetries: 0, timeout: NEVER_MS, logLevel: 'off', openTelemetry: false,
    fetch: createTransport({ env, loadUndici: () => import('undici') as Promise<Undici> }),
    defaultHeaders: {
      // Servers that only speak like Anthropic may look for the key in its former place.
      ...(key !== undefined && 'apiKey' in key && url.origin !== DEFAULT_BASE_URL ? { 'x-api-key': key.apiKey } : {}),
      ...(key === undefined ? { authorization: null } : {}),
      'x-stainless-timeout': null,
      ...headers,
    },
  });
}
