import { definePlugin } from '@pith/kernel';
import type { Guard } from './guard.ts';
import { optionsSchema } from './options.ts';

/** Modes and rules: what may run, what asks, what is refused. */
export default definePlugin({
  name: 'permissions',
  // A wrong rule keeps the plugin from loading, and then no turn may run.
  required: true,
  capabilities: ['permission:allow'],
  options: optionsSchema,
  setup({ hooks, options, env }) {
    let guard: Guard | undefined;

    hooks.permission.tap('permissions', async (call, { sessionId }) => {
      if (guard === undefined) {
        const { Guard } = await import('./guard.ts');
        guard ??= new Guard(options, env); // Another call may have waited for the import, too.
      }
      return guard.judge(call, sessionId);
    });
    hooks.output.tap('answers', (event) => guard?.observe(event));
  },
});
