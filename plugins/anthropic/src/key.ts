import type { AnthropicOptions } from './index.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A key of the API, or a token that stands for one; nothing where requests bring their own in a header. */
export type Key = { apiKey: string } | { authToken: string } | undefined;

export function findKey(env: Env): Key {
  const apiKey = env['ANTHROPIC_API_KEY']?.trim();
  if (apiKey) return { apiKey };
  const authToken = env['ANTHROPIC_AUTH_TOKEN']?.trim();
  return authToken ? { authToken } : undefined;
}

export function hasKey(env: Env, options: AnthropicOptions | undefined): boolean {
  return findKey(env) !== undefined || bringsKey(options?.headers ?? {});
}

/** Whether these headers hold a key of their own. */
export function bringsKey(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => ['authorization', 'x-api-key'].includes(name.toLowerCase()));
}
