import type { AnthropicOptions } from './index.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A key of the API, or a token that stands for one; nothing where requests bring their own in a header. */
export type Key = { apiKey: string } | { authToken: string } | undefined;

/** The key of the environment, and its variable. */
export function findKey(env: Env): { key: Key; place: string } | undefined {
  const apiKey = env['ANTHROPIC_API_KEY']?.trim();
  if (apiKey) return { key: { apiKey }, place: 'ANTHROPIC_API_KEY' };
  const authToken = env['ANTHROPIC_AUTH_TOKEN']?.trim();
  return authToken ? { key: { authToken }, place: 'ANTHROPIC_AUTH_TOKEN' } : undefined;
}

export function hasKey(env: Env, options: AnthropicOptions | undefined): boolean {
  return findKey(env) !== undefined || bringsKey(options?.headers ?? {});
}

/** Whether these headers hold a key of their own. */
export function bringsKey(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => ['authorization', 'x-api-key'].includes(name.toLowerCase()));
}
