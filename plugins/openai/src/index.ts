import { definePlugin, type ProviderDeclaration } from '@pith/kernel';
import { imageTokens } from './image-tokens.ts';
import { optionsOf, optionsSchema } from './options.ts';
import { findBaseUrl, hasKey, type ServerName } from './server.ts';

export type { OpenAiOptions, ServerOptions } from './options.ts';

export default definePlugin({
  name: 'openai',
  options: optionsSchema,
  providers: [
    declare('openai', { rank: 20, models: ['gpt-6.1-sol', 'gpt-6-astra', 'gpt-6.1-terra', 'gpt-6-luna'], serves: (model) => /^(?:gpt-|chatgpt-|codex-|o[1-4](?:-|$))/.test(model) }),
    declare('openrouter', { rank: 10, models: ['anthropic/claude-sonnet-5.5', 'openai/gpt-6.1-sol'], serves: (model) => model.includes('/') }),
    // An account brings its own address.
    declare('local', { rank: 5, models: [], serves: (_, { env, options, hasSecret }) => findBaseUrl('local', optionsOf('local', options), env) !== undefined || hasSecret('local/') }),
  ],
});

function declare(name: ServerName, facts: Pick<ProviderDeclaration, 'rank' | 'models' | 'serves'>): ProviderDeclaration {
  return {
    ...facts, name, imageTokens,
    defaultModel: ({ options }) => optionsOf(name, options).defaultModel,
    ready: (env, options, hasSecret) => hasKey(name, optionsOf(name, options), env) || hasSecret(name === 'local' ? 'local/' : name),
    load: async (context) => (await import('./provider.ts')).createProvider(name, context),
  };
}
