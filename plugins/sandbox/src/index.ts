import { allow, definePlugin, STAGE, type ToolResult } from '@pith/kernel';
import { mayStayInside } from './inside.ts';
import { optionsSchema } from './options.ts';
import type { Sandbox } from './sandbox.ts';

/** Looking through a large working folder takes a while. */
const timeoutMs = 60_000;

/** Confines what commands can write and reach. Nothing of it is loaded before the first command. */
export default definePlugin({
  name: 'sandbox',
  // Without it commands would run as if nobody had asked for a sandbox.
  required: true,
  capabilities: ['permission:allow'],
  options: optionsSchema,
  services: { sandbox: async (context) => new (await import('./sandbox.ts')).Sandbox(context) },
  setup({ hooks, options, service }) {
    /** Calls that passed because of the sandbox alone. */
    const inside = new Set<string>();
    let sandbox: Sandbox | undefined;

    const load = async (): Promise<Sandbox> => sandbox ??= await service('sandbox');

    // Late: the last to change how a process is started, it stands around all of it.
    hooks.tool.tap({ name: 'confine', stage: STAGE.late, timeoutMs }, (next) => async (call, turn) => {
      if (call.effect !== 'exec') return next(call, turn);
      const isInside = inside.delete(`${call.runId} ${call.id}`);
      // What is found out here, a replay is told: it starts nothing.
      const { warning } = await turn.recorded('begin', async () => (await load()).begin({ call, turn, isInside }));
      if (warning !== undefined) turn.emit({ type: 'notice', level: 'warning', code: 'SANDBOX_MISSING', text: warning });
      let result: ToolResult;
      try {
        result = await next(call, turn);
      } catch (error) {
        await sandbox?.end({ call, turn });
        throw error;
      }
      const { note, isError } = await turn.recorded('end', async () => (await load()).end({ call, turn, result }));
      return note === undefined ? result : { ...result, content: [...result.content, { type: 'text', text: `\n[${note}]` }], ...(isError ? { isError } : {}) };
    });
    // Asked only where a person would be, so a rule that allows is not narrowed by it.
    hooks.permission.tap({ name: 'inside', beforeAsking: true, timeoutMs }, async (call, turn) => {
      if (!mayStayInside(call, options)) return undefined;
      const mayPass = await turn.recorded(`inside ${call.id}`, async () => (await load()).mayPass(call, turn));
      return mayPass ? allow('it runs in the sandbox: it can write nothing but unprotected files below the working folder, and reach no network') : undefined;
    });
    // Durable, so that the decision is known before the call runs.
    hooks.output.tap({ name: 'decisions', durable: true }, (event) => {
      if (event.type === 'permission-decided') {
        const key = `${event.runId} ${event.callId}`;
        if (event.verdict === 'allow' && event.by === 'sandbox') inside.add(key);
        else inside.delete(key);
      } else if (event.type === 'turn-end' || event.type === 'run-end') {
        for (const key of inside) if (key.startsWith(`${event.runId} `)) inside.delete(key);
      } else if (event.type === 'session-end') {
        sandbox?.forget(event.sessionId);
      }
    });
  },
});
