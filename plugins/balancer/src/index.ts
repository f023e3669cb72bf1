import { definePlugin } from '@pith/kernel';
import { type BalancerOptions, optionsSchema } from './options.ts';
import type { Balancer } from './service.ts';

declare module '@pith/kernel' {
  interface Services { balancer: Balancer }
}

/** One pool of accounts for all model calls. Nothing of it is loaded before it is asked for. */
export default definePlugin<BalancerOptions>({
  name: 'balancer',
  options: optionsSchema,
  services: { balancer: async (context) => (await import('./service.ts')).createBalancer(context) },
  examine: async (context) => (await import('./examine.ts')).examine(context),
});
