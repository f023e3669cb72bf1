import { definePlugin } from '@pith/kernel';
import { isOneOf, isOptions, PROVIDER_CHECKS, type ProviderOptions, toSchema } from '@pith/wire/options';
import { findBaseUrl, hasKey, type ServerName } from './server.ts';

export interface ServerOptions extends ProviderOptions {
  /** Which of OpenAI's two APIs the server is asked by. Default: `responses` of OpenAI itself, `chat` of everybody else. */
  api?: 'chat' | 'responses';
}

/** The options of provider `openai`, and those of its two neighbours under their names. */
export interface OpenAiOptions extends ServerOptions {
  openrouter?: ServerOptions;
  local?: ServerOptions;
}

const SERVER_CHECKS = { ...PROVIDER_CHECKS, api: isOneOf('chat', 'responses') };

export function optionsOf(name: ServerName, options: unknown): ServerOptions {
  const all = (options ?? {}) as OpenAiOptions;
  return name === 'openai' ? all : all[name] ?? {};
}

const declare = (name: ServerName, models: readonly string[], rank: number, serves: (model: string) => boolean) => ({
  name, models, rank,
  serves: (model: string, { env, options }: { env: Readonly<Record<string, string | undefined>>; options: unknown }) =>
    serves(model) && (name !== 'local' || findBaseUrl(name, optionsOf(name, options), env) !== undefined),
  defaultModel: ({ options }: { options: unknown }) => optionsOf(name, options).defaultModel,
  ready: (env: Readonly<Record<string, string | undefined>>, options: unknown) => hasKey(name, optionsOf(name, options), env),
  load: async (context: Parameters<typeof import('./provider.ts').createProvider>[1]) => (await import('./provider.ts')).createProvider(name, context),
});

export default definePlugin<OpenAiOptions>({
  name: 'openai',
  options: toSchema(isOptions({ ...SERVER_CHECKS, openrouter: isOptions(SERVER_CHECKS), local: isOptions(SERVER_CHECKS) })),
  providers: [
    declare('openai', ['gpt-6.1-sol', 'gpt-6-astra', 'gpt-6.1-terra', 'gpt-6-luna'], 20, (model) => /^(?:gpt-|chatgpt-|codex-|o[1-4](?:-|$))/.test(model)),
    declare('openrouter', ['anthropic/claude-sonnet-5.5', 'openai/gpt-6.1-sol'], 10, (model) => model.includes('/')),
    declare('local', [], 5, () => true),
  ],
});
