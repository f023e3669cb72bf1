import type { OpenAI } from 'openai';
import { type ContributionContext, EXIT, type ModelAccess, PithError } from '@pith/kernel';
import { accountUrl, checkKey, createTransport, mergeHeaders, parseBaseUrl, placesOf, readStoredKey, secretsOf, storedKeyPlace, type Undici, withoutCredentials } from '@pith/wire';
import { createClient } from './client.ts';
import type { ServerOptions } from './options.ts';
import { bringsKey, findBaseUrl, findKey, isOpenAi, type ServerName, SERVERS } from './server.ts';

export type Api = 'chat' | 'responses';

/** What is found out of a server while it is used. */
export interface Learned {
  /** Which of OpenAI's two APIs it has. */
  api: Api | undefined;
  /** The model of a server that has only one. */
  onlyModel?: string;
}

/** Where a request goes, and with what. */
export interface Server {
  name: ServerName;
  client: OpenAI;
  url: URL;
  /** What to change when the address or the key is wrong. */
  from: string;
  keyPlace: string;
  /** Sent with every request. */
  headers: Readonly<Record<string, string>>;
  /** What the account of this very request brings; nothing where the provider's own key is used. */
  credential: Readonly<Record<string, string>> | undefined;
  secrets: readonly string[];
  learned: Learned;
}

/** Clients of accounts are kept by their address; a pool has few. */
const MAX_CLIENTS = 32;

/** Finds the server of a request: the provider's own, looked for once and only when it is needed, or that of an account. */
export function createServers(name: ServerName, options: ServerOptions, { env, service }: Pick<ContributionContext, 'env' | 'service'>): (access?: ModelAccess) => Server | Promise<Server> {
  const fetch = createTransport({ env, loadUndici: () => import('undici') as Promise<Undici> });
  const clients = new Map<string, Pick<Server, 'client' | 'learned'>>();
  let own: Promise<Server> | undefined;

  async function connect(): Promise<Server> {
    const { url, from } = findAddress(name, options, env);
    const headers = mergeHeaders(options.headers);
    const { key, keyPlace } = await readKey(name, headers, { env, service });
    return {
      name, url, from, keyPlace, headers, client: createClient({ name, key, headers, url, env, fetch }), credential: undefined,
      secrets: [...(key === undefined ? [] : [key]), ...secretsOf(headers)], learned: { api: options.api ?? apiOf(url) },
    };
  }

  function connectAccount(access: ModelAccess): Server {
    const url = addressOf(name, access);
    const headers = withoutCredentials(mergeHeaders(options.headers));
    const credential = mergeHeaders(access.authorize());
    let known = clients.get(url.href);
    if (known === undefined) {
      if (clients.size >= MAX_CLIENTS) clients.clear();
      const client = createClient({ name, key: undefined, headers, url, env, fetch, isAccount: true });
      clients.set(url.href, known = { client, learned: { api: isOpenAi(url) ? options.api ?? 'responses' : undefined } });
    }
    return { name, url, ...placesOf(access), headers, credential, ...known, secrets: secretsOf(credential) };
  }

  return (access) => (access === undefined ? own ??= connect().catch((error: unknown) => { own = undefined; throw error; }) : connectAccount(access));
}

/** The API that the provider's own server surely has. */
export function ownApi(name: ServerName, options: ServerOptions, env: ContributionContext['env']): Api | undefined {
  const url = URL.parse(findBaseUrl(name, options, env)?.text ?? '');
  return options.api ?? (url === null ? undefined : apiOf(url));
}

const apiOf = (url: URL): Api | undefined => (isOpenAi(url) ? 'responses' : undefined);

/** @throws PithError PROVIDER_ADDRESS_MISSING, PROVIDER_ADDRESS_INVALID */
function findAddress(name: ServerName, options: ServerOptions, env: ContributionContext['env']): { url: URL; from: string } {
  const address = findBaseUrl(name, options, env);
  if (address === undefined) {
    throw new PithError('No local server is named', { code: 'PROVIDER_ADDRESS_MISSING', exitCode: EXIT.usage, hint: 'Set PITH_LOCAL_BASE_URL, for example to http://127.0.0.1:11434/v1' });
  }
  return { url: parseBaseUrl(address.text, address.from), from: address.from };
}

/** @throws PithError PROVIDER_ADDRESS_MISSING, PROVIDER_ADDRESS_INVALID */
function addressOf(name: ServerName, access: ModelAccess): URL {
  const { baseUrl } = SERVERS[name];
  if (access.baseUrl === undefined && baseUrl === undefined) throw new PithError(`Account ${access.account} names no address`, { code: 'PROVIDER_ADDRESS_MISSING', exitCode: EXIT.usage, hint: 'Remove it, and add it with an address.' });
  const url = accountUrl(access, baseUrl!);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1`;
  return url;
}

/** @throws PithError PROVIDER_KEY_MISSING, PROVIDER_KEY_INVALID */
async function readKey(name: ServerName, headers: Record<string, string>, { env, service }: Pick<ContributionContext, 'env' | 'service'>): Promise<{ key: string | undefined; keyPlace: string }> {
  const { keyVariable } = SERVERS[name];
  const own = checkKey(findKey(name, env), keyVariable);
  const key = own ?? (bringsKey(headers) ? undefined : await readStoredKey(service, name));
  if (key === undefined && name !== 'local' && !bringsKey(headers)) {
    throw new PithError(`Provider ${name} has no API key`, { code: 'PROVIDER_KEY_MISSING', exitCode: EXIT.usage, hint: `Keep one with: pith auth set ${name}. Or set ${keyVariable}, or choose another provider with --provider.` });
  }
  return { key, keyPlace: own === undefined && key !== undefined ? storedKeyPlace(name) : keyVariable };
}
