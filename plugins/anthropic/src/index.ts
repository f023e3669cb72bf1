import { defineOptions, definePlugin, isFlag } from '@pith/kernel';
import { PROVIDER_CHECKS, type ProviderOptions } from '@pith/wire/options';
import { imageTokens } from './image-tokens.ts';
import { hasKey } from './key.ts';

export interface AnthropicOptions extends ProviderOptions {
  /** Send cache breakpoints: those of plugin context, or the ends of the system prompt and of the conversation where nobody has set any. Default true. */
  cache?: boolean;
}

export default definePlugin<AnthropicOptions>({
  name: 'anthropic',
  options: defineOptions<AnthropicOptions>({ ...PROVIDER_CHECKS, cache: isFlag }),
  providers: [{
    name: 'anthropic',
    models: ['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5', 'claude-fable-5-2', 'claude-mythos-5-2'],
    rank: 30,
    takesTaskBudget: true,
    imageTokens,
    serves: (model) => model.startsWith('claude-'),
    defaultModel: ({ options }) => (options as AnthropicOptions | undefined)?.defaultModel,
    ready: (env, options, hasSecret) => hasKey(env, options as AnthropicOptions | undefined) || hasSecret('anthropic'),
    load: async (context) => (await import('./provider.ts')).createProvider(context),
  }],
});
