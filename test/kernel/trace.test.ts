import assert from 'node:assert/strict';
import { ask, definePlugin, deny, estimateRequest, type Hooks, type Message, placeOf, type TapOutcome, textResult, type TraceEntry, type TurnTrace } from '@pith/kernel';
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

  it('says what each context tap added and took away, in tokens, and who broke the prefix', async () => {
    const long = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
    const plugin = definePlugin({
      name: 'plugin',
      setup({ hooks }) {
        hooks.context.tap({ name: 'adds', stage: 1 }, (request) => ({ ...request, messages: [...request.messages, long('x'.repeat(400))] }));
        hooks.context.tap({ name: 'drops', stage: 2 }, (request) => ({ ...request, messages: request.messages.slice(0, -1) }));
        hooks.context.tap({ name: 'cuts', stage: 3 }, (request, turn) => (turn.step === 3 ? { ...request, messages: request.messages.slice(2) } : request));
        hooks.context.tap({ name: 'copies', stage: 4 }, (request) => ({ ...request, messages: request.messages.map((message) => ({ ...message })) }));
      },
    });
    const call = { calls: [{ name: 'echo' }] };
    const { session, close } = await createTestKernel({ plugins: [testModel([call, call]).plugin, echo, allowAll, plugin] });
    await session.runTurn({ text: 'hi' });
    await close();

    const seen = (tap: string) => session.lastTrace.filter((entry) => entry.tap === tap).map(({ outcome, tokens, brokePrefix }) => [outcome, tokens, brokePrefix]);
    const added = estimateRequest({ messages: [long('x'.repeat(400))] });
    assert.deepEqual(seen('adds'), Array(3).fill(['changed', added, undefined]));
    assert.deepEqual(seen('drops'), Array(3).fill(['changed', -added, undefined]));
    assert.deepEqual(seen('copies'), Array(3).fill(['changed', 0, undefined]));
    const [first, second, third] = seen('cuts');
    assert.deepEqual([first, second], Array(2).fill(['passed', undefined, undefined]));
    assert.ok((third![1] as number) < -10);
    assert.equal(third![2], true);
  });

  it('shows what a prepare wrap made of the call, also where the tool fails', async () => {
    const wrap = (name: string, text: string) => definePlugin({
      name, setup({ hooks }) { hooks.tool.tap({ name, zone: 'prepare' }, (next) => (call, turn) => next({ ...call, input: { text } }, turn)); },
    });
    const failing = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => { throw new Error('broken'); } }] });
    for (const tool of [echo, failing]) {
      const { session, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'echo', input: { text: 'a' } }] }]).plugin, tool, allowAll, wrap('one', 'b'), wrap('two', 'c')] });
      await session.runTurn({ text: 'hi' });
      await close();
      const changes = session.lastTrace.filter(({ zone }) => zone === 'prepare').map(({ tap, outcome, change }) => [tap, outcome, change?.before.input, change?.after.input]);
      assert.deepEqual(changes, [['two', 'changed', { text: 'b' }, { text: 'c' }], ['one', 'changed', { text: 'a' }, { text: 'b' }]]);
    }
  });

  it('blames a failure on the tap that it is from, not on those it passes on its way out', async () => {
    const wraps = (name: string, inner: 'prepare' | 'execute' | 'model' | undefined) => definePlugin({
      name, setup({ hooks }) {
        hooks.tool.tap({ name, zone: 'prepare' }, (next) => (inner === 'prepare' ? boom : (call, turn) => next(call, turn)));
        hooks.tool.tap(name, (next) => (inner === 'execute' ? boom : (call, turn) => next(call, turn)));
        hooks.model.tap(name, (next) => (inner === 'model' ? boom : async function* (request, turn) { yield* next(request, turn); }));
      },
    });
    for (const where of ['prepare', 'execute', 'model'] as const) {
      const { session, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'echo' }] }]).plugin, echo, allowAll, wraps('a', undefined), wraps('b', where)] });
      await session.runTurn({ text: 'hi' });
      await close();
      const failed = session.lastTrace.filter(({ error }) => error !== undefined).map(({ plugin, hook, zone, outcome, error }) => [plugin, zone ?? hook, outcome, error]);
      assert.deepEqual(failed, [['b', where, 'threw', `Plugin b failed in hook ${where === 'model' ? 'model' : 'tool'} (tap b): boom`]]);
      assert.ok(session.lastTrace.filter(({ plugin }) => plugin === 'a').every(({ outcome }) => outcome === 'passed'));
    }
  });

  it('blames a time limit on the tap that let it pass, and an interrupt on nobody', async () => {
    const outer = definePlugin({ name: 'outer', setup({ hooks }) { hooks.tool.tap({ name: 'o', stage: -1 }, (next) => (call, turn) => next(call, turn)); } });
    const inner = definePlugin({ name: 'inner', setup({ hooks }) { hooks.tool.tap(tap, () => never); } });
    const stop = new AbortController();
    const hang = definePlugin({ name: 'hang', setup({ hooks }) { hooks.input.tap('h', () => { stop.abort(); return never(); }); } });
    const outcomes = async (plugins: ReturnType<typeof definePlugin>[], signal?: AbortSignal) => {
      const { session, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'echo' }] }]).plugin, echo, allowAll, ...plugins] });
      await session.runTurn({ text: 'hi' }, signal === undefined ? {} : { signal });
      await close();
      return session.lastTrace.filter(({ plugin }) => plugins.some(({ name }) => name === plugin)).map(({ plugin, outcome, error }) => [plugin, outcome, error === undefined]);
    };
    assert.deepEqual(await outcomes([outer, inner]), [['inner', 'timed-out', false], ['outer', 'passed', true]]);
    assert.deepEqual(await outcomes([hang], stop.signal), [['hang', 'interrupted', true]]);
  });

  it('counts no time of what is further in, not even what that does before it first waits', async () => {
    const limited = definePlugin({ name: 'limited', setup({ hooks }) { hooks.tool.tap({ name: 'l', stage: -1, timeoutMs: 40 }, (next) => (call, turn) => next(call, turn)); } });
    const busy = definePlugin({
      name: 'busy', setup({ hooks }) {
        hooks.tool.tap('b', (next) => async (call, turn) => {
          for (const endMs = performance.now() + 100; performance.now() < endMs;);
          // The watchdog, which looks every ten milliseconds, has looked by then.
          await new Promise((resolve) => { setTimeout(resolve, 50); });
          return next(call, turn);
        });
      },
    });
    const { session, events, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'echo' }] }]).plugin, echo, allowAll, limited, busy] });
    await session.runTurn({ text: 'hi' });
    await close();
    assert.deepEqual(events.flatMap((event) => (event.type === 'tool-end' ? [event.status] : [])), ['done']);
  });

  it('says changed of a wrap that made a result of a failure', async () => {
    const failing = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => { throw new Error('broken'); } }] });
    const rescue = definePlugin({ name: 'rescue', setup({ hooks }) { hooks.tool.tap('r', (next) => async (call, turn) => next(call, turn).catch(() => textResult('mended'))); } });
    const { session, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'echo' }] }]).plugin, failing, allowAll, rescue] });
    await session.runTurn({ text: 'hi' });
    await close();
    assert.equal(session.lastTrace.find(({ plugin }) => plugin === 'rescue')?.outcome, 'changed');
  });

  it('is handed on once a turn, and a failure of that harms no turn', async () => {
    const kept: TurnTrace[] = [];
    const { session, kernel, folder, close } = await createTestKernel({ plugins: [testModel().plugin, echo, allowAll], keepTrace: async (trace) => { kept.push(trace); } });
    await session.runTurn({ text: 'hi' });
    await session.callTool({ name: 'echo', input: {} });
    assert.deepEqual(kept.map(({ sessionId, cwd, dropped }) => [sessionId, cwd, dropped]), Array(2).fill([session.id, folder, 0]));
    assert.equal(new Set(kept.map(({ turnId }) => turnId)).size, 2);
    assert.deepEqual(kept[1]!.entries satisfies readonly TraceEntry[], session.lastTrace);
    assert.deepEqual(kernel.troubles, []);
    await close();

    const broken = await createTestKernel({ plugins: [testModel(['fine']).plugin], keepTrace: () => { throw new Error('disk full'); } });
    assert.equal((await broken.session.runTurn({ text: 'hi' })).status, 'done');
    assert.deepEqual(broken.kernel.troubles, [{ plugin: 'kernel', tap: 'trace', code: 'TRACE_NOT_KEPT', text: 'What the plugins did in this turn could not be kept: disk full' }]);
    await broken.close();
  });

  it('names file and line of a tap that did anything else than pass', async () => {
    const { stackTraceLimit } = Error;
    const plugin = definePlugin({
      name: 'plugin',
      setup({ hooks }) {
        hooks.input.tap('passes', () => undefined);
        hooks.input.tap('changes', (input) => ({ ...input }));
        hooks.output.tap('throws', boom);
      },
    });
    const line = Number(/trace\.test\.ts:(\d+)/.exec(new Error('here').stack!)![1]) - 4;
    const { session, kernel, close } = await createTestKernel({ plugins: [testModel().plugin, plugin] });
    await session.runTurn({ text: 'hi' });
    await close();

    assert.equal(Error.stackTraceLimit, stackTraceLimit);
    const file = import.meta.filename;
    assert.deepEqual(kernel.generation.taps.map(placeOf), [`${file}:${line - 1}`, `${file}:${line}`, `${file}:${line + 1}`]);
    assert.deepEqual(session.lastTrace.filter(({ plugin: name }) => name === 'plugin').map(({ tap, source }) => [tap, source]), [['passes', undefined], ['changes', `${file}:${line}`], ['throws', `${file}:${line + 1}`]]);
    assert.equal(placeOf({ site: { stack: 'nothing of the kind' } }), undefined);
  });

  it('keeps the newest entries of a very long turn, and counts the others', () => {
    const trace = new Trace();
    const made = { hook: 'input' as const, plugin: 'p', name: 't', stage: 0, timeoutMs: 1, answers: false, durable: false, queueLimit: 1, fn: undefined };
    for (let step = 0; step < TRACE_LIMIT + 10; step++) trace.add(made, { runId: 'r', step }, 'passed', 0);
    assert.equal(trace.dropped, 10);
    assert.equal(trace.entries().length, TRACE_LIMIT);
    assert.deepEqual([trace.entries()[0]!.step, trace.entries().at(-1)!.step], [10, TRACE_LIMIT + 9]);
  });
});
