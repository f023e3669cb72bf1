import { definePlugin } from '@pith/kernel';
import { optionsSchema, type PricingOptions } from './options.ts';

export default definePlugin({
  name: 'pricing',
  options: optionsSchema,
  services: {
    pricing: async ({ options }) => (await import('./pricing.ts')).createPricing(options as PricingOptions),
  },
});
