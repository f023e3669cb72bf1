import { definePlugin, STAGE } from '@pith/kernel';
import { ROUTES } from './api/routes.ts';
import { type BalancerOptions, optionsSchema } from './options.ts';
import type { Balancer } from './service.ts';

declare module '@pith/kernel' {
  interface Services { balancer: Balancer }
}

/** A token may have to be fetched first, which somebody else may be about. */
const CREDENTIAL_MS = 120_000;

/** One pool of accounts for all model calls. Nothing of it is loaded before it is asked for. */
export default definePlugin<BalancerOptions>({
  name: 'balancer',
  options: optionsSchema,
  routes: ROUTES,
  services: { balancer: async (context) => (await import('./service.ts')).createBalancer(context) },
  examine: async (context) => (await import('./examine.ts')).examine(context),
  setup({ hooks, secrets }) {
    let tap: Promise<import('./wrap/tap.ts').ModelTap> | undefined;

    hooks.model.tap({ name: 'accounts', stage: STAGE.balancer, replay: 'recorded', timeoutMs: CREDENTIAL_MS }, (next) => async (request, turn) => {
      const run = await (tap ??= import('./wrap/tap.ts').then(({ createTap }) => createTap(secrets)));
      return run(next, request, turn);
    });
  },
});
