import { BaseAnthropic } from '@anthropic-ai/sdk/client';
import { type Fetch, withoutLines } from '@pith/wire';
import type { Key } from './key.ts';

export const DEFAULT_BASE_URL = 'https://api.anthropic.com';

/** The kernel limits silence; the client's own clock must not. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * The official client without its many resources: of these only one address is used.
 * @param isAccount each request brings its own key, and nothing of the environment goes with it
 */
export function createClient({ key, headers, url, fetch, isAccount = false }: {
  key: Key; headers: Readonly<Record<string, string>>; url: URL; fetch: Fetch; isAccount?: boolean;
}): BaseAnthropic {
  return new BaseAnthropic({
    ...(key ?? { apiKey: 'in a header' }),
    baseURL: url.href.replace(/\/$/, ''), maxRetries: 0, timeout: NEVER_MS, logLevel: 'off', openTelemetry: false,
    fetch,
    defaultHeaders: {
      ...(isAccount ? withoutLines(process.env['ANTHROPIC_CUSTOM_HEADERS']) : {}),
      // Servers that only speak like Anthropic may look for the key in its former place.
      ...(key !== undefined && 'apiKey' in key && url.origin !== DEFAULT_BASE_URL ? { 'x-api-key': key.apiKey } : {}),
      ...(key === undefined ? { authorization: null } : {}),
      'x-stainless-timeout': null,
      ...headers,
    },
  });
}
