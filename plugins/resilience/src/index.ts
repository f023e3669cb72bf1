import { definePlugin, STAGE } from '@pith/kernel';
import { optionsSchema } from './options.ts';

/** Waits out a busy provider, tries again what failed before anything was shown, and goes to the next model. */
export default definePlugin({
  name: 'resilience',
  options: optionsSchema,
  setup({ hooks, options }) {
    let load: Promise<typeof import('./attempts.ts')> | undefined;
    let chains: import('./chain.ts').Chains | undefined;

    // It plays along in a replay: its waits take no time there, and chance, clock and streams are those of then.
    hooks.model.tap({ name: 'retry', stage: STAGE.resilience }, (next) => async (request, turn) => {
      const { attempts, createChains } = await (load ??= import('./attempts.ts'));
      return attempts(next, { request, turn, options, chains: chains ??= createChains(options.fallback) });
    });
  },
});
