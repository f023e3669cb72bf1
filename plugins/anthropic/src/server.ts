import type { BaseAnthropic } from '@anthropic-ai/sdk/client';
import { type ContributionContext, EXIT, type ModelAccess, PithError } from '@pith/kernel';
import { accountUrl, checkKey, createTransport, mergeHeaders, parseBaseUrl, placesOf, readStoredKey, secretsOf, storedKeyPlace, type Undici, withoutCredentials } from '@pith/wire';
import { createClient, DEFAULT_BASE_URL } from './client.ts';
import type { AnthropicOptions } from './index.ts';
import { bringsKey, findKey, type Key } from './key.ts';

/** Where a request goes, and with what. */
export interface Server {
  client: BaseAnthropic;
  url: URL;
  /** What to change when the address or the key is wrong. */
  from: string;
  keyPlace: string;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  /** What the account of this very request brings. */
  credential: Readonly<Record<string, string>>;
  secrets: readonly string[];
}

/** Clients of accounts are kept by their address; a pool has few. */
const MAX_CLIENTS = 32;

/** A header brings it. */
const NO_KEY: { key: Key; place: string } = { key: undefined, place: 'option headers of plugin anthropic' };

/** Finds the server of a request: the provider's own, looked for once and only when it is needed, or that of an account. */
export function createServers(options: AnthropicOptions, { env, service }: Pick<ContributionContext, 'env' | 'service'>): (access?: ModelAccess) => Server | Promise<Server> {
  const fetch = createTransport({ env, loadUndici: () => import('undici') as Promise<Undici> });
  const clients = new Map<string, BaseAnthropic>();
  let own: Promise<Server> | undefined;

  async function connect(): Promise<Server> {
    const { url, from } = findAddress(options, env);
    const headers = mergeHeaders(options.headers);
    const { key, place: keyPlace } = findKey(env) ?? (bringsKey(headers) ? NO_KEY : await readKey(service));
    for (const value of Object.values(key ?? {})) checkKey(value, keyPlace);
    return { client: createClient({ key, headers, url, fetch }), url, from, keyPlace, headers, credential: {}, secrets: [...Object.values(key ?? {}), ...secretsOf(headers)] };
  }

  function connectAccount(access: ModelAccess): Server {
    const url = accountUrl(access, DEFAULT_BASE_URL);
    const headers = withoutCredentials(mergeHeaders(options.headers));
    const credential = mergeHeaders(access.authorize());
    let client = clients.get(url.href);
    if (client === undefined) {
      if (clients.size >= MAX_CLIENTS) clients.clear();
      clients.set(url.href, client = createClient({ key: undefined, headers, url, fetch, isAccount: true }));
    }
    return { client, url, ...placesOf(access), headers, credential, secrets: secretsOf(credential) };
  }

  return (access) => (access === undefined ? own ??= connect().catch((error: unknown) => { own = undefined; throw error; }) : connectAccount(access));
}

/** The client adds the version's path by itself, so an address that ends in it has it taken away. */
function findAddress(options: AnthropicOptions, env: ContributionContext['env']): { url: URL; from: string } {
  const from = options.baseUrl === undefined ? 'ANTHROPIC_BASE_URL' : 'option baseUrl of plugin anthropic';
  const url = parseBaseUrl(options.baseUrl ?? (env['ANTHROPIC_BASE_URL'] || DEFAULT_BASE_URL), from);
  url.pathname = url.pathname.replace(/\/v1$/, '');
  return { url, from };
}

/** The key that a person keeps. @throws PithError PROVIDER_KEY_MISSING */
async function readKey(service: ContributionContext['service']): Promise<{ key: Key; place: string }> {
  const apiKey = await readStoredKey(service, 'anthropic');
  if (apiKey !== undefined) return { key: { apiKey }, place: storedKeyPlace('anthropic') };
  throw new PithError('Provider anthropic has no API key', {
    code: 'PROVIDER_KEY_MISSING', exitCode: EXIT.usage, hint: 'Keep one with: pith auth set anthropic. Or set ANTHROPIC_API_KEY, or choose another provider with --provider.',
  });
}
