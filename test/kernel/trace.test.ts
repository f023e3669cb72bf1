import assert from 'node:assert/strict';
import { ask, definePlugin, deny, type Hooks, type TapOutcome, textResult } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { Trace, TRACE_LIMIT } from '../../src/kernel/trace.ts';

const echo = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });
const never = (): Promise<never> => new Promise(() => {});
const boom = (): never => { throw new Error('boom'); };
const tap = { name: 't', timeoutMs: 30 };
const end = (async function* () { yield { type: 'end' as const, reply: { status: 'complete' as const, id: null, model: null, stop: null, blocks: [], usage: null } }; });

/** What a tap of each hook can do, and the outcome that the trace must show for it. */
const OUTCOMES: [hook: string, outcome: TapOutcome, setup: (hooks: Hooks) => void][] = [
  ['input', 'passed', (hooks) => hooks.input.tap(tap, () => undefined)],
  ['input', 'passed', (hooks) => hooks.input.tap(tap, (input) => input)],
  ['input', 'changed', (hooks) => hooks.input.tap(tap, (input) => ({ ...input }))],
  ['input', 'threw', (hooks) => hooks.input.tap(tap, boom)],
  ['input', 'timed-out', (hooks) => hooks.input.tap(tap, never)],
  ['context', 'passed', (hooks) => hooks.context.tap(tap, async () => undefined)],
  ['context', 'changed', (hooks) => hooks.context.tap(tap, async (request) => ({ ...request }))],
  ['context', 'threw', (hooks) => hooks.context.tap(tap, boom)],
  ['context', 'timed-out', (hooks) => hooks.context.tap(tap, never)],
  ['model', 'passed', (hooks) => hooks.model.tap(tap, (next) => next)],
  ['model', 'passed', (hooks) => hooks.model.tap(tap, (next) => async function* (request, turn) { yield* next(request, turn); })],
  ['model', 'changed', (hooks) => hooks.model.tap(tap, (next) => (request, turn) => next({ ...request }, turn))],
  ['model', 'answered', (hooks) => hooks.model.tap({ ...tap, answers: true }, () => end)],
  ['model', 'threw', (hooks) => hooks.model.tap(tap, () => boom)],
  ['model', 'timed-out', (hooks) => hooks.model.tap(tap, () => never)],
  ['tool', 'passed', (hooks) => hooks.tool.tap(tap, (next) => next)],
  ['tool', 'changed', (hooks) => hooks.tool.tap(tap, (next) => async (call, turn) => ({ ...await next(call, turn) }))],
  ['tool', 'changed', (hooks) => hooks.tool.tap({ ...tap, zone: 'prepare' }, (next) => (call, turn) => next({ ...call }, turn))],
  ['tool', 'answered', (hooks) => hooks.tool.tap({ ...tap, answers: true }, () => async () => textResult('x'))],
  ['tool', 'answered', (hooks) => hooks.tool.tap({ ...tap, zone: 'prepare', answers: true }, () => async () => textResult('x'))],
  ['tool', 'threw', (hooks) => hooks.tool.tap(tap, () => boom)],
  ['tool', 'timed-out', (hooks) => hooks.tool.tap(tap, () => never)],
  ['permission', 'passed', (hooks) => hooks.permission.tap(tap, () => undefined)],
  ['permission', 'answered', (hooks) => hooks.permission.tap(tap, () => ask('why'))],
  ['permission', 'refused', (hooks) => hooks.permission.tap(tap, () => deny('no'))],
  ['permission', 'threw', (hooks) => hooks.permission.tap(tap, boom)],
  ['permission', 'timed-out', (hooks) => hooks.permission.tap(tap, never)],
  ['output', 'passed', (hooks) => hooks.output.tap(tap, () => {})],
  ['output', 'threw', (hooks) => hooks.output.tap(tap, boom)],
];

describe('the trace', () => {
  for (const [hook, outcome, setup] of OUTCOMES) {
    it(`shows ${outcome} for ${String(setup).replace(/^.*?tap\((?:tap|\{.*?\}), /, `${hook}: `).slice(0, 90)}`, async () => {
      const model = testModel([{ calls: [{ name: 'echo' }] }]);
      const { session, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll, definePlugin({ name: 'plugin', setup: ({ hooks }) => setup(hooks) })] });
      await session.runTurn({ text: 'hi' });
      await close();
      const entries = session.lastTrace.filter(({ plugin }) => plugin === 'plugin');
      assert.ok(entries.length > 0);
      for (const entry of entries) {
        assert.deepEqual({ hook: entry.hook, tap: entry.tap, outcome: entry.outcome }, { hook, tap: 't', outcome });
        assert.ok(entry.ownMs >= 0 && entry.ownMs < 5000);
        assert.equal(entry.callId, hook === 'tool' || hook === 'permission' ? 'call-1-0' : undefined);
      }
    });
  }

  it('keeps the newest entries of a very long turn, and counts the others', () => {
    const trace = new Trace();
    const made = { hook: 'input' as const, plugin: 'p', name: 't', stage: 0, timeoutMs: 1, answers: false, durable: false, queueLimit: 1, fn: undefined };
    for (let step = 0; step < TRACE_LIMIT + 10; step++) trace.add(made, { runId: 'r', step }, 'passed', 0);
    assert.equal(trace.dropped, 10);
    assert.equal(trace.entries().length, TRACE_LIMIT);
    assert.deepEqual([trace.entries()[0]!.step, trace.entries().at(-1)!.step], [10, TRACE_LIMIT + 9]);
  });
});
