import assert from 'node:assert/strict';
import { ask, type Asker, definePlugin, type Message, type ModelEvent, PithError, type PluginDefinition, type ToolDeclaration } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});
const GRACE_MS = 20;

interface Scenario { plugins: (reached: () => void) => PluginDefinition[]; script?: (reached: () => void) => ScriptStep[]; asker?: (reached: () => void) => Asker; ran?: number }

function tool(execute: Extract<ToolDeclaration, { execute: unknown }>['execute'], more: Partial<ToolDeclaration> = {}): PluginDefinition {
  return definePlugin({ name: 'owner', tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: 'a' }], execute, ...more } as ToolDeclaration] });
}

const touch = tool(async () => 'touched');
const CALLS: ScriptStep[] = [{ calls: [{ name: 'touch' }, { name: 'touch' }] }];

/** Every place in which a turn can be when it is told to stop. What hangs there ignores the signal, unless it says otherwise. */
const PLACES: Record<string, Scenario> = {
  'an input tap': { plugins: (reached) => [definePlugin({ name: 'x', setup({ hooks }) { hooks.input.tap('h', () => { reached(); return never(); }); } })] },
  'a context tap': { plugins: (reached) => [definePlugin({ name: 'x', setup({ hooks }) { hooks.context.tap('h', () => { reached(); return never(); }); } })] },
  'a model tap': { plugins: (reached) => [definePlugin({ name: 'x', setup({ hooks }) { hooks.model.tap('h', (next) => async function* (request, turn) { reached(); await never(); yield* next(request, turn); }); } })] },
  'a model tap, in the middle of its stream': { plugins: (reached) => [definePlugin({ name: 'x', setup({ hooks }) { hooks.model.tap('h', (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; reached(); await never(); } }); } })] },
  'a model stream': { plugins: () => [], script: (reached) => [() => (async function* (): AsyncIterable<ModelEvent> { yield { type: 'start', id: null, model: null }; yield { type: 'text-delta', index: 0, text: 'half' }; reached(); await never(); })()] },
  'a model stream that stops by itself': { plugins: () => [definePlugin({ name: 'p', providers: [{ name: 'own', models: ['m'], rank: 1, load: async () => ({ async *stream(_, turn) { reached2?.(); await new Promise((_resolve, reject) => { turn.signal.addEventListener('abort', () => reject(turn.signal.reason as Error)); }); yield { type: 'start', id: null, model: null }; } }) }] })] },
  'a prepare tap': { plugins: (reached) => [touch, definePlugin({ name: 'x', setup({ hooks }) { hooks.tool.tap({ name: 'h', zone: 'prepare' }, () => () => { reached(); return never(); }); } })], script: () => CALLS },
  'the targets of a tool': { plugins: (reached) => [tool(async () => '', { targets: () => { reached(); return never(); } })], script: () => CALLS },
  'a permission tap': { plugins: (reached) => [touch, definePlugin({ name: 'x', setup({ hooks }) { hooks.permission.tap('h', () => { reached(); return never(); }); } })], script: () => CALLS },
  'a question': { plugins: () => [touch, definePlugin({ name: 'x', setup({ hooks }) { hooks.permission.tap('h', () => ask('why')); } })], script: () => CALLS, asker: (reached) => () => { reached(); return never(); } },
  'an execute tap': { plugins: (reached) => [touch, definePlugin({ name: 'x', setup({ hooks }) { hooks.tool.tap('h', () => () => { reached(); return never(); }); } })], script: () => CALLS },
  'a tool': { plugins: (reached) => [tool(() => { reached(); return never(); })], script: () => CALLS },
  'a tool that stops by itself': { plugins: (reached) => [tool((_, { signal }) => { reached(); return new Promise((resolve) => { signal.addEventListener('abort', () => resolve('partly')); }); })], script: () => CALLS },
  'a sub-turn': { plugins: (reached) => [tool(async (_, { turn }) => (await turn.runSubTurn({ name: 'a', text: 'x' })).text, { effect: 'agent' }), definePlugin({ name: 'x', setup({ hooks }) { hooks.context.tap('h', (_, turn) => (turn.parentRunId === undefined ? undefined : (reached(), never()))); } })], script: () => CALLS },
  'a tool call of a tap': { plugins: (reached) => [tool(() => { reached(); return never(); }), definePlugin({ name: 'x', setup({ hooks }) { hooks.input.tap('h', async (_, turn) => { await turn.callTool({ name: 'touch', input: {} }); }); } })] },
  'a model call of a tap': { plugins: () => [definePlugin({ name: 'x', setup({ hooks }) { hooks.input.tap('h', async (_, turn) => { await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, { purpose: 'test' }); }); } })], script: (reached) => [() => { reached(); return (async function* (): AsyncIterable<ModelEvent> { await never(); yield { type: 'start', id: null, model: null }; })(); }] },
  'a service that is being made': { plugins: (reached) => [definePlugin({ name: 'x', services: { pricing: () => { reached(); return never(); } }, setup({ hooks }) { hooks.input.tap('h', async (_, turn) => { await turn.service('pricing'); }); } })] },
  'a tool source': { plugins: (reached) => [definePlugin({ name: 'x', toolSources: [{ name: 's', list: () => { reached(); return never(); } }] })] },
};
let reached2: (() => void) | undefined;

function assertValid(messages: readonly Message[]): void {
  for (const [index, { role, content }] of messages.entries()) {
    const calls = content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
    if (role !== 'assistant' || calls.length === 0) continue;
    assert.deepEqual(messages[index + 1]?.content.map((block) => (block.type === 'tool-result' ? block.toolCallId : block.type)), calls, 'every call has its result');
  }
}

describe('a turn that is interrupted', () => {
  for (const [place, { plugins, script, asker }] of Object.entries(PLACES)) {
    it(`in ${place}: ends once, as interrupted, with a history that can go on, and nothing left waiting`, async () => {
      const arrived = Promise.withResolvers<void>();
      reached2 = arrived.resolve;
      const model = testModel(script?.(arrived.resolve) ?? []);
      const asking = asker?.(arrived.resolve);
      const allowing = asking === undefined ? [allowAll] : [];
      const { session, events, close } = await createTestKernel({ plugins: [model.plugin, ...allowing, ...plugins(arrived.resolve)], graceMs: GRACE_MS, session: asking === undefined ? {} : { asker: asking } });
      const stop = new AbortController();

      const running = session.runTurn({ text: 'go' }, { signal: stop.signal });
      await arrived.promise;
      const before = events.length;
      stop.abort();
      const result = await running;

      assert.deepEqual([result.status, result.exitCode, result.reason], ['interrupted', 130, 'The turn was interrupted']);
      assert.deepEqual(events.filter(({ type }) => type === 'turn-end').map((event) => event.type === 'turn-end' && event.status), ['interrupted']);
      assert.equal(events.at(-1)!.type, 'turn-end');
      const BEGINNINGS = ['input-accepted', 'context-ready', 'model-start', 'tool-start', 'run-start', 'permission-asked'];
      assert.deepEqual(events.slice(before).filter(({ type }) => BEGINNINGS.includes(type)), [], 'nothing further begins');
      assertValid(session.messages);
      assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
      await close();
    });
  }

  it('before it began does nothing at all', async () => {
    const model = testModel();
    let inputs = 0;
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, definePlugin({ name: 'x', setup({ hooks }) { hooks.input.tap('i', () => { inputs++; }); } })] });
    const result = await session.runTurn({ text: 'go' }, { signal: AbortSignal.abort() });
    assert.equal(result.status, 'interrupted');
    assert.deepEqual([inputs, model.requests.length, session.messages.length], [0, 0, 0]);
    assert.deepEqual(events.map(({ type }) => type), ['session-start', 'turn-start', 'turn-end']);
    await close();
  });

  it('while it waits to write lets the other one write, and runs nothing', async () => {
    const began = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<string>();
    let runs = 0;
    const model = testModel(Array.from({ length: 6 }, () => ({ messages }) => (messages.length === 1 ? { calls: [{ name: 'touch' }] } : 'done')));
    const { kernel, session, folder, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, tool(() => { runs++; began.resolve(); return finish.promise; })] });
    const other = kernel.openSession({ cwd: folder });
    const writing = other.runTurn({ text: 'go' });
    await began.promise;
    const stop = new AbortController();
    const decided = Promise.withResolvers<void>();
    session.sink = (event) => { events.push(event); if (event.type === 'permission-decided') decided.resolve(); };
    const waiting = session.runTurn({ text: 'go' }, { signal: stop.signal });
    await decided.promise;
    stop.abort();
    assert.equal((await waiting).status, 'interrupted');
    assert.deepEqual(events.filter((event) => event.type === 'tool-end').map(({ status, content }) => [status, content[0]]), [['interrupted', { type: 'text', text: 'Not run: The turn was interrupted' }]]);
    finish.resolve('written');
    assert.equal((await writing).status, 'done');
    assert.equal(runs, 1);
    assertValid(session.messages);
    await close();
  });

  it('keeps what was shown, and the next turn goes on from there', async () => {
    const shown = Promise.withResolvers<void>();
    const model = testModel([() => (async function* (): AsyncIterable<ModelEvent> { yield { type: 'thinking-delta', index: 0, text: 'hm' }; yield { type: 'text-delta', index: 1, text: 'half an ans' }; shown.resolve(); await never(); })(), 'the rest']);
    const { session, close } = await createTestKernel({ plugins: [model.plugin], graceMs: GRACE_MS });
    const stop = new AbortController();
    const running = session.runTurn({ text: 'go' }, { signal: stop.signal });
    await shown.promise;
    stop.abort();
    assert.equal((await running).text, 'half an ans');
    assert.equal((await session.runTurn({ text: 'on' })).text, 'the rest');
    assert.deepEqual(model.requests[1]!.messages.map(({ role, content }) => [role, ...content.map((block) => (block.type === 'text' ? block.text : block.type))]), [['user', 'go'], ['assistant', 'half an ans'], ['user', 'on']]);
    await close();
  });

  it('says what a tool had done by then, and what was not run', async () => {
    const began = Promise.withResolvers<void>();
    const { session, events, close } = await createTestKernel({ plugins: [testModel(CALLS).plugin, allowAll, tool(() => { began.resolve(); return never(); })], graceMs: GRACE_MS });
    const stop = new AbortController();
    const running = session.runTurn({ text: 'go' }, { signal: stop.signal });
    await began.promise;
    stop.abort('Escape was pressed');
    assert.equal((await running).error?.code, 'INTERRUPTED');
    assert.deepEqual(events.flatMap((event) => (event.type === 'tool-end' ? [event.error?.code] : [])), ['TOOL_INTERRUPTED', 'TOOL_INTERRUPTED']);
    assert.deepEqual(session.messages.at(-1)!.content.map((block) => (block.type === 'tool-result' && block.content[0]?.type === 'text' ? block.content[0].text : '')), [
      'Interrupted while it ran (Escape was pressed). What it had done by then stays done.', 'Not run: Escape was pressed',
    ]);
    await close();
  });

  it('has the exit code of what ended it', async () => {
    for (const [reason, status, exitCode] of [
      [undefined, 'interrupted', 130], [new PithError('told to end', { code: 'TERMINATED' }), 'interrupted', 143], [new PithError('no money', { code: 'LIMIT_COST' }), 'limit', 4], [new Error('odd'), 'interrupted', 130],
    ] as const) {
      const { session, close } = await createTestKernel({ plugins: [testModel().plugin] });
      const result = await session.runTurn({ text: 'go' }, { signal: AbortSignal.abort(reason) });
      assert.deepEqual([result.status, result.exitCode], [status, exitCode]);
      await close();
    }
  });

  it('is, when its session or its kernel is closed', async () => {
    for (const what of ['session', 'kernel'] as const) {
      const began = Promise.withResolvers<void>();
      const made = await createTestKernel({ plugins: [testModel(CALLS).plugin, allowAll, tool(() => { began.resolve(); return never(); })], graceMs: GRACE_MS });
      const running = made.session.runTurn({ text: 'go' });
      await began.promise;
      await made[what].close();
      assert.equal((await running).status, 'interrupted');
      assert.deepEqual(made.events.slice(-2).map(({ type }) => type), ['turn-end', 'session-end']);
      await assert.rejects(made.session.runTurn({ text: 'again' }), { code: 'KERNEL_CLOSED' });
      await made.close();
    }
  });
});

describe('a limit', () => {
  it('of time ends the turn where it is', async () => {
    const { session, close } = await createTestKernel({ plugins: [testModel(CALLS).plugin, allowAll, tool(never)], graceMs: GRACE_MS });
    const result = await session.runTurn({ text: 'go' }, { timeoutMs: 30 });
    assert.deepEqual([result.status, result.exitCode, result.error?.code], ['limit', 4, 'LIMIT_TIME']);
    assertValid(session.messages);
    await close();
  });

  it('of time may be longer than a timer can wait', async () => {
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, tool(async () => '', { timeoutMs: Infinity })] });
    assert.equal((await session.runTurn({ text: 'go' }, { timeoutMs: 2 ** 40 })).status, 'done');
    await close();
  });

  it('of steps ends the turn before the next model call', async () => {
    const model = testModel(Array.from({ length: 9 }, () => ({ text: 'working', calls: [{ name: 'touch' }] })));
    const { session, close } = await createTestKernel({ plugins: [model.plugin, allowAll, touch] });
    const result = await session.runTurn({ text: 'go' }, { maxSteps: 3 });
    assert.deepEqual([result.status, result.exitCode, result.error?.code, result.steps, result.text], ['limit', 4, 'LIMIT_STEPS', 3, 'working']);
    assert.match(result.reason ?? '', /after 3 model calls, with work left/);
    assert.equal(model.requests.length, 3);
    assertValid(session.messages);
    await close();
  });

  const pricing = (cost: unknown) => definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: () => cost as number }) } });
  const working = () => testModel(Array.from({ length: 9 }, () => ({ calls: [{ name: 'touch' }] })));

  it('of cost ends the turn when it is reached', async () => {
    const { session, close } = await createTestKernel({ plugins: [working().plugin, allowAll, touch, pricing(400)] });
    const result = await session.runTurn({ text: 'go' }, { maxCostMicroUsd: 1000 });
    assert.deepEqual([result.status, result.error?.code, result.costMicroUsd, result.steps], ['limit', 'LIMIT_COST', 1200, 3]);
    assert.match(result.reason ?? '', /at a cost of \$0\.001200/);
    await close();
  });

  it('of cost holds for the model calls of plugins, too', async () => {
    const codes: unknown[] = [];
    const spender = definePlugin({ name: 'spender', setup({ hooks }) { hooks.permission.tap('s', async (_, turn) => { await turn.callModel({ messages: [] }, { purpose: 'judge' }).catch((error: PithError) => codes.push(error.code)); }); } });
    const { session, close } = await createTestKernel({ plugins: [working().plugin, allowAll, touch, pricing(600), spender] });
    await session.runTurn({ text: 'go' }, { maxCostMicroUsd: 1000 });
    assert.deepEqual(codes, [], 'the first is within the limit');
    await session.runTurn({ text: 'go' }, { maxCostMicroUsd: 600 });
    assert.deepEqual(codes, ['LIMIT_COST']);
    await close();
  });

  it('of cost tells a tap what is left of it', async () => {
    const left: number[] = [];
    const looking = definePlugin({ name: 'looking', setup({ hooks }) { hooks.model.tap('look', (next) => (request, turn) => { left.push(turn.leftMicroUsd); return next(request, turn); }); } });
    for (const [cost, maxCostMicroUsd] of [[400, 1000], [0.5, Infinity]] as const) {
      const { session, close } = await createTestKernel({ plugins: [working().plugin, allowAll, touch, pricing(cost), looking] });
      await session.runTurn({ text: 'go' }, { maxSteps: 3, maxCostMicroUsd });
      await close();
    }
    assert.deepEqual(left, [1000, 600, 200, Infinity, Infinity, Infinity]);
  });

  it('counts what a call has cost that was interrupted, though the prices were never asked for before', async () => {
    const abort = new AbortController();
    const usage = { input: 10, output: 2 };
    const model = testModel([() => (async function* (): AsyncIterable<ModelEvent> {
      yield { type: 'start', id: null, model: null };
      yield { type: 'alive', usage };
      yield { type: 'text-delta', index: 0, text: 'half' };
      abort.abort(new PithError('stop', { code: 'INTERRUPTED' }));
      await never();
    })()]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, pricing(700)] });

    const result = await session.runTurn({ text: 'go' }, { signal: abort.signal });

    assert.deepEqual([result.status, result.costMicroUsd], ['interrupted', 700]);
    assert.deepEqual(events.filter(({ type }) => type === 'notice'), []);
    await close();
  });

  for (const unknown of [null, undefined, Number.NaN, -5, Infinity, '12']) {
    it(`of cost cannot hold where a price is ${String(unknown)}, so it ends the turn`, async () => {
      const { session, close } = await createTestKernel({ plugins: [working().plugin, allowAll, touch, pricing(unknown)] });
      const result = await session.runTurn({ text: 'go' }, { maxCostMicroUsd: 1000 });
      assert.deepEqual([result.status, result.error?.code, result.costMicroUsd, result.steps], ['limit', 'LIMIT_COST', null, 1]);
      await close();
    });
  }
});
