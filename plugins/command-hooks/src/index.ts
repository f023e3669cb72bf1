import { definePlugin, type PluginDefinition, STAGE } from '@pith/kernel';
import { TIMEOUT_MAX_MS } from './events.ts';
import { managedHooksFile } from './hook-files.ts';
import { type CommandHooksOptions, optionsSchema } from './options.ts';
import type { Taps } from './taps.ts';

/** Hooks limit themselves; a tap that waits for them may take a little longer than any of them. */
const timeoutMs = TIMEOUT_MAX_MS + 60_000;

/** Runs hook files written for Claude Code. Nothing of it is loaded before the first turn. @param managedFile tests give another one */
export function commandHooks(managedFile = managedHooksFile()): PluginDefinition<CommandHooksOptions> {
  return definePlugin({
    name: 'command-hooks',
    // A guard among the hooks must not get lost with the plugin.
    required: true,
    capabilities: ['permission:allow'],
    options: optionsSchema,
    services: { 'command-hooks': async (context) => new (await import('./hook-sessions.ts')).HookSessions(context, managedFile) },
    projectFiles: async ({ project, env }) => (await import('./hook-set.ts')).listProjectFiles({ project, env, managedFile }),
    setup({ hooks, service }) {
      /** Of sessions that began before anything was loaded. */
      const models = new Map<string, string>();
      let taps: Taps | undefined;
      let loading: Promise<Taps> | undefined;
      const load = async (): Promise<Taps> => taps = new (await import('./taps.ts')).Taps(await service('command-hooks'), models);
      const ready = (): Promise<Taps> => loading ??= load().catch((error: unknown) => { loading = undefined; throw error; });

      hooks.input.tap({ name: 'prompt', stage: STAGE.early, timeoutMs }, async (input, turn) => (await ready()).onInput(input, turn));
      // Behind what other plugins make of the prompt: nobody expands it.
      hooks.input.tap({ name: 'added', stage: STAGE.late, timeoutMs }, (input, turn) => taps?.addTexts(input, turn));
      hooks.context.tap({ name: 'stopped', stage: STAGE.early, timeoutMs }, async (request, turn) => (await ready()).onContext(request, turn));
      hooks.model.tap({ name: 'stop', stage: STAGE.replay - 100, timeoutMs }, (next) => (request, turn) => taps?.watch(request, turn, next) ?? next(request, turn));
      // Innermost: what the other plugins have made of the call is what the hooks see.
      hooks.tool.tap({ name: 'before-tool', zone: 'prepare', stage: STAGE.late, timeoutMs }, (next) => async (call, turn) => (await ready()).onPrepare(call, turn, next));
      hooks.permission.tap({ name: 'before-tool', timeoutMs }, async (call, turn) => (await ready()).onPermission(call, turn));
      hooks.permission.tap({ name: 'permission-request', beforeAsking: true, timeoutMs }, async (call, turn) => (await ready()).onAsking(call, turn));
      hooks.tool.tap({ name: 'after-tool', stage: STAGE.early, timeoutMs }, (next) => async (call, turn) => (await ready()).onExecute(call, turn, next));
      hooks.output.tap({ name: 'observer', timeoutMs }, (event) => {
        if (event.type === 'session-start') models.set(event.sessionId, event.model);
        else if (event.type === 'session-end') models.delete(event.sessionId);
        return taps?.observe(event);
      });
    },
  });
}

export default commandHooks();
