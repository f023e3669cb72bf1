import { definePlugin, type PreparedCall, toMessage, type ToolResult, type Turn } from '@pith/kernel';
import { type CheckpointOptions, optionsSchema } from './options.ts';
import type { CheckpointService } from './service.ts';

/** The first look at a large folder takes a while. */
const timeoutMs = 130_000;

/** Keeps what files are before each call that can change them. Nothing of it is loaded before the first such call. */
export default definePlugin({
  name: 'checkpoints',
  options: optionsSchema,
  services: {
    checkpoints: async ({ options, ...at }) => new (await import('./service.ts')).CheckpointService({ ...at, options: options as CheckpointOptions, now: Date.now }),
  },
  examine: async (context) => (await import('./examine.ts')).examine(context),
  setup({ hooks, service }) {
    const load = async (): Promise<CheckpointService['keeper']> => (await service('checkpoints') as CheckpointService).keeper;

    hooks.tool.tap({ name: 'keep', timeoutMs }, (next) => async (call, turn) => {
      if (call.effect !== 'write' && call.effect !== 'exec') return next(call, turn);
      const atMs = turn.now();
      // What is found on the disk, a replay is told: it looks at nothing.
      const { id, notes } = await turn.recorded('begin', async () => {
        const { sessionId, turnId, step, signal } = turn;
        try {
          if (await onlyLooks(call, turn)) return { id: null, notes: [] };
          return await (await load()).begin(call, { sessionId, turnId, step, signal, atMs });
        } catch (error) {
          turn.signal.throwIfAborted();
          return { id: null, notes: [`files were not kept before a call of ${call.name}: ${toMessage(error)}`] };
        }
      });
      say(turn, notes);
      if (id === null) return next(call, turn);
      let result: ToolResult | undefined;
      try {
        return result = await next(call, turn);
      } finally {
        const ended = await turn.recorded('end', async () => {
          try {
            return await (await load()).end(id);
          } catch (error) {
            return { changes: 0, notKept: [], notes: [`what a call of ${call.name} has changed was not seen: ${toMessage(error)}`] };
          }
        });
        say(turn, ended.notes);
        if (ended.changes > 0) turn.emit({ type: 'plugin-event', name: 'kept', data: { id, callId: call.id, step: turn.step, files: ended.changes, notKept: ended.notKept, failed: result === undefined } });
      }
    });
  },
});

/** By the word of whoever judges commands. Where that cannot be had, the files are looked at. */
async function onlyLooks(call: PreparedCall, turn: Turn): Promise<boolean> {
  if (call.effect !== 'exec') return false;
  const permissions = await turn.service('permissions').catch(() => undefined);
  return await permissions?.onlyLooks(call).catch(() => false) === true;
}

/** Each once in a session. */
function say(turn: Turn, notes: readonly string[]): void {
  const said = turn.session.get('checkpoints said', () => new Set<string>());
  for (const note of notes) {
    if (said.has(note)) continue;
    said.add(note);
    turn.emit({ type: 'notice', level: 'warning', code: 'CHECKPOINT_INCOMPLETE', text: `Checkpoints: ${note}` });
  }
}
