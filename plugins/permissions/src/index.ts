import { homedir } from 'node:os';
import { definePlugin, isPithError, type LocalSettings } from '@pith/kernel';
import type { Guard } from './guard.ts';
import { hasTests, optionsSchema, type PermissionOptions } from './options.ts';
import type { Memory } from './answers/remember.ts';

declare module '@pith/kernel' {
  interface Services { 'permission-answers': Memory }
}

/** Modes and rules: what may run, what asks, what is refused. */
export default definePlugin({
  name: 'permissions',
  // A wrong rule keeps the plugin from loading, and then no turn may run.
  required: true,
  capabilities: ['permission:allow'],
  options: optionsSchema,
  services: {
    'permission-answers': async () => new (await import('./answers/remember.ts')).Memory(),
    permissions: ({ options, env }) => {
      const at = { env, home: env['HOME'] ?? homedir() };
      return {
        explain: async (call, place) => (await import('./explain.ts')).explain(call, place, options as PermissionOptions, at),
        onlyLooks: async (call) => (await import('./only-looks.ts')).onlyLooks(call, at),
      };
    },
  },
  async setup({ hooks, options, env, paths, service }) {
    if (hasTests(options.policy)) await (await import('./policy-tests/prove-rules.ts')).proveRules(options.policy, paths.cache);
    let guard: Guard | undefined;

    hooks.permission.tap('permissions', async (call, turn) => {
      if (guard === undefined) {
        const [{ Guard }, memory] = await Promise.all([import('./guard.ts'), service('permission-answers')]);
        guard ??= new Guard(options, env, { memory, local: () => service('local-settings').catch(orNone) }); // Another call may have waited for the import, too.
      }
      return guard.judge(call, turn);
    });
    hooks.output.tap('answers', (event) => guard?.observe(event));
  },
});

/** Not every host can keep rules. */
function orNone(error: unknown): LocalSettings | undefined {
  if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
  throw error;
}
