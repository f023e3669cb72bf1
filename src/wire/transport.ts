import { EXIT, PithError } from '@pith/kernel';

type Env = Readonly<Record<string, string | undefined>>;
export type Fetch = typeof globalThis.fetch;

/** An answer that is no success is read up to here. */
const MAX_ERROR_BYTES = 64 * 1024;

/** What is used of the package `undici`, which is loaded only where there is a proxy. */
export interface Undici {
  fetch: unknown;
  EnvHttpProxyAgent: new (options: { httpProxy?: string; httpsProxy?: string; noProxy?: string; headersTimeout: number; bodyTimeout: number }) => object;
}

/**
 * The `fetch` that an official client is given. Silence is limited by the kernel, so Node's own limits of five minutes
 * are lifted; redirects are answers, not orders; an error's body is bounded. A proxy named in the environment is used,
 * unless Node does so itself (`NODE_USE_ENV_PROXY`).
 */
export function createTransport({ env, loadUndici }: { env: Env; loadUndici: () => Promise<Undici> }): Fetch {
  const proxy = proxyOf(env);
  let proxied: Promise<{ fetch: Fetch; dispatcher: object }> | undefined;
  return async (input, init) => {
    const { fetch, dispatcher } = proxy === undefined ? { fetch: globalThis.fetch, dispatcher: patientDispatcher(init?.body) } : await (proxied ??= useProxy(proxy, loadUndici));
    const options: RequestInit = { ...init, redirect: 'manual', ...(dispatcher === undefined ? {} : { dispatcher: dispatcher as RequestInit['dispatcher'] }) };
    const response = await fetch(input, options);
    return response.ok ? response : bound(response);
  };
}

/** @returns nothing where no proxy is named, or where Node itself goes through it */
export function proxyOf(env: Env): { httpProxy?: string; httpsProxy?: string; noProxy?: string } | undefined {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const all = read('ALL_PROXY');
  const every = all !== undefined && /^https?:/.test(all) ? all : undefined;
  const httpProxy = read('HTTP_PROXY') ?? every;
  const httpsProxy = read('HTTPS_PROXY') ?? every;
  const noProxy = read('NO_PROXY');
  if (env['NODE_USE_ENV_PROXY'] === '1' || (httpProxy ?? httpsProxy) === undefined) return undefined;
  return { ...(httpProxy === undefined ? {} : { httpProxy }), ...(httpsProxy === undefined ? {} : { httpsProxy }), ...(noProxy === undefined ? {} : { noProxy }) };
}

async function useProxy(proxy: NonNullable<ReturnType<typeof proxyOf>>, loadUndici: () => Promise<Undici>): Promise<{ fetch: Fetch; dispatcher: object }> {
  const { fetch, EnvHttpProxyAgent } = await loadUndici();
  return { fetch: fetch as Fetch, dispatcher: new EnvHttpProxyAgent({ ...proxy, headersTimeout: 0, bodyTimeout: 0 }) };
}

interface Dispatcher { dispatch(options: object, handler: object): boolean }

/**
 * Node's own dispatcher, whatever it is set to, with its limits of silence lifted. It is given the body as it is: `fetch`
 * makes a stream of it, and copies that for a second attempt which it never makes.
 */
function patientDispatcher(given: unknown): object | undefined {
  const dispatcher = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')] as Dispatcher | undefined;
  if (dispatcher === undefined) return undefined;
  const body = typeof given === 'string' || given instanceof Uint8Array ? { body: given } : {};
  return { dispatch: (options: object, handler: object) => dispatcher.dispatch({ ...options, ...body, headersTimeout: 0, bodyTimeout: 0 }, handler) };
}

async function bound(response: Response): Promise<Response> {
  const { status, headers, body } = response;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
      parts.push(part.subarray(0, MAX_ERROR_BYTES - bytes));
      bytes += part.length;
      if (bytes >= MAX_ERROR_BYTES) break;
    }
  } catch {
    // The connection broke within the error; its status says enough.
  }
  return new Response(parts.length === 0 ? null : Buffer.concat(parts), { status, headers: new Headers([...headers]) });
}

/**
 * Where a provider's requests go.
 * @throws PithError PROVIDER_ADDRESS_INVALID
 */
export function parseBaseUrl(text: string, from: string): URL {
  const url = URL.parse(text);
  const wrong = (what: string): PithError => new PithError(`${from} ${what}`, { code: 'PROVIDER_ADDRESS_INVALID', exitCode: EXIT.usage, hint: 'Give an address like https://api.example.com/v1' });
  if (url === null) throw wrong('is no address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`begins with ${url.protocol}; allowed are https: and http:`);
  if (url.username !== '' || url.password !== '') throw wrong('holds a name or password, which does not belong into an address');
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}
