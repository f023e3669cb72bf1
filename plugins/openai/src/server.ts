import type { ServerOptions } from './options.ts';

export type ServerName = 'openai' | 'openrouter' | 'local';
type Env = Readonly<Record<string, string | undefined>>;

/** What is known of a server before anything is asked of it. */
export interface ServerFacts {
  /** As people call it. */
  title: string;
  keyVariable: string;
  addressVariable: string;
  /** Where it is when nobody says otherwise. */
  baseUrl: string | undefined;
}

export const SERVERS: Readonly<Record<ServerName, ServerFacts>> = {
  openai: { title: 'OpenAI', keyVariable: 'OPENAI_API_KEY', addressVariable: 'OPENAI_BASE_URL', baseUrl: 'https://api.openai.com/v1' },
  openrouter: { title: 'OpenRouter', keyVariable: 'OPENROUTER_API_KEY', addressVariable: 'OPENROUTER_BASE_URL', baseUrl: 'https://openrouter.ai/api/v1' },
  local: { title: 'The local server', keyVariable: 'PITH_LOCAL_API_KEY', addressVariable: 'PITH_LOCAL_BASE_URL', baseUrl: undefined },
};

/** @returns the address and what names it; nothing where no local server was named */
export function findBaseUrl(name: ServerName, options: ServerOptions, env: Env): { text: string; from: string } | undefined {
  const { addressVariable, baseUrl } = SERVERS[name];
  if (options.baseUrl !== undefined) return { text: options.baseUrl, from: name === 'openai' ? 'option baseUrl of plugin openai' : `option ${name}.baseUrl of plugin openai` };
  const named = env[addressVariable];
  if (named) return { text: named, from: addressVariable };
  const ollama = name === 'local' ? env['OLLAMA_HOST'] : undefined;
  if (ollama) return { text: toOllamaUrl(ollama), from: 'OLLAMA_HOST' };
  return baseUrl === undefined ? undefined : { text: baseUrl, from: addressVariable };
}

/** Ollama's own variable says where it listens: `0.0.0.0`, `:11435`, `host:port` or a whole address. */
function toOllamaUrl(host: string): string {
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host.startsWith(':') ? `127.0.0.1${host}` : host}`);
  if (url === null) return host;
  if (url.port === '' && !/^https?:/.test(host)) url.port = '11434';
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.pathname === '/') url.pathname = '/v1';
  return url.href;
}

export function findKey(name: ServerName, env: Env): string | undefined {
  return env[SERVERS[name].keyVariable]?.trim() || undefined;
}

/** Whether the server can be asked: with a key, with a header that holds one, or locally without. */
export function hasKey(name: ServerName, options: ServerOptions, env: Env): boolean {
  if (name === 'local') return findBaseUrl(name, options, env) !== undefined;
  return findKey(name, env) !== undefined || bringsKey(options.headers ?? {});
}

/** Whether these headers hold a key of their own. */
export function bringsKey(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => ['authorization', 'api-key'].includes(name.toLowerCase()));
}

/** OpenAI itself, in whatever region: it takes what its followers may not know. */
export function isOpenAi({ hostname }: URL): boolean {
  return hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com');
}
