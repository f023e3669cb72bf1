import assert from 'node:assert/strict';
import { type CallModelRequest, definePlugin, type Hooks, isPithError, type ModelEvent, PithError, type PluginDefinition, type Reply, STAGE, type Turn, type Usage } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});
const ask: CallModelRequest = { messages: [{ role: 'user', content: [{ type: 'text', text: 'is it safe?' }] }] };
const reply = (text: string): Reply => ({ status: 'complete', id: null, model: null, stop: 'end', blocks: [{ type: 'text', text }], usage: null });

const plugin = (name: string, setup: (hooks: Hooks) => void) => definePlugin({ name, setup: ({ hooks }) => setup(hooks) });
const wrap = (name: string, make: Parameters<Hooks['model']['tap']>[1], more: { stage?: number; timeoutMs?: number; answers?: boolean } = {}) => plugin(name, (hooks) => hooks.model.tap({ name, ...more }, make));

async function run(plugins: PluginDefinition[], script: ScriptStep[] = ['hello'], options: Parameters<typeof createTestKernel>[0] & { signal?: AbortSignal } = {}) {
  const model = testModel(script, { deltas: 3 });
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, ...plugins], graceMs: 30, idleTimeoutMs: 60, ...options });
  const result = await session.runTurn({ text: 'hi' }, options.signal === undefined ? {} : { signal: options.signal });
  await close();
  return { result, events, session, requests: model.requests, shown: events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join(''), trace: session.lastTrace.filter(({ hook }) => hook === 'model') };
}

const busy = () => new PithError('busy', { code: 'VENDOR_BUSY', origin: 'provider' });

/** Tries again, as the resilience plugin does: only what the provider is to blame for. */
const retry = (attempts: number, log: string[] = []) => wrap('retry', (next) => async function* (request, turn) {
  for (let attempt = 1; ; attempt++) {
    try {
      yield* next(request, turn);
      return;
    } catch (error) {
      if (attempt === attempts || !isPithError(error) || error.origin !== 'provider') throw error;
      log.push(error.code);
      turn.emit({ type: 'retry', attempt, waitMs: 1000, reason: error.message });
      await turn.sleep(1000);
    }
  }
}, { stage: STAGE.resilience });

describe('a model wrap', () => {
  it('may look at every event, change the request and change what is said', async () => {
    const shout = wrap('shout', (next) => async function* (request, turn) {
      for await (const event of next({ ...request, options: { ...request.options, maxOutputTokens: 5 } }, turn)) {
        if (event.type === 'text-delta') yield { ...event, text: event.text.toUpperCase() };
        else if (event.type === 'end') yield { ...event, reply: { ...event.reply, blocks: [{ type: 'text', text: 'HELLO' }] } };
        else yield event;
      }
    });
    const { result, shown, requests, trace } = await run([shout]);
    assert.deepEqual([result.text, shown, requests[0]!.options], ['HELLO', 'HELLO', { maxOutputTokens: 5 }]);
    assert.deepEqual(trace.map(({ plugin: by, outcome }) => [by, outcome]), [['test-model', 'passed'], ['shout', 'changed']]);
  });

  it('may ask another model, which the end of the call then names and which it is priced by', async () => {
    const asked: string[] = [];
    const pricing = definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: ({ requestedModel }: { requestedModel?: string }) => { asked.push(requestedModel!); return 7; } }) as never } });
    const other = wrap('other', (next) => async function* (request, turn) {
      const { model, provider } = await turn.chooseModel({ model: 'test/other' });
      await assert.rejects(turn.chooseModel({ model: 'nobody' }), { code: 'MODEL_UNKNOWN' });
      yield* next({ ...request, model, provider }, turn);
    });
    const { events, result } = await run([other, pricing]);
    assert.deepEqual(events.flatMap((event) => (event.type === 'model-start' || event.type === 'model-end' ? [[event.type, event.provider, event.model]] : [])), [['model-start', 'test', 'model'], ['model-end', 'test', 'other']]);
    assert.deepEqual([asked, result.costMicroUsd], [['other'], 7]);
  });

  it('that hands back what next gave is no layer of the stream', async () => {
    let stream: unknown;
    const outer = wrap('a-outer', (next) => (request, turn) => { stream = next(request, turn); return stream as AsyncIterable<ModelEvent>; });
    let passed: unknown;
    const inner = wrap('b-inner', (next) => (request, turn) => { passed = next(request, turn); return passed as AsyncIterable<ModelEvent>; });
    const { result, trace } = await run([outer, inner]);
    assert.equal(result.text, 'hello');
    assert.equal(stream, passed, 'the outer one was given the very stream of the provider');
    assert.deepEqual(trace.map(({ plugin: by, outcome }) => [by, outcome]), [['b-inner', 'passed'], ['a-outer', 'passed'], ['test-model', 'passed']]);
  });

  it('may give its stream later, as a promise', async () => {
    const { result } = await run([wrap('slow', (next) => async (request, turn) => { await turn.sleep(5); return next(request, turn); })]);
    assert.equal(result.text, 'hello');
  });

  it('may answer by itself where it says so, and the provider is not asked', async () => {
    const { result, requests, trace } = await run([wrap('cache', () => async function* () { yield { type: 'end', reply: reply('from the cache') }; }, { answers: true, stage: STAGE.replay })]);
    assert.deepEqual([result.text, requests.length], ['from the cache', 0]);
    assert.deepEqual(trace.map(({ plugin: by, outcome }) => [by, outcome]), [['cache', 'answered']]);
  });

  it('that calls next again gives everything further in a new attempt', async () => {
    const attempts: string[] = [];
    const log: string[] = [];
    const see = (name: string, stage: number) => wrap(name, (next) => (request, turn) => { attempts.push(`${name} ${turn.attemptId.replace(turn.runId, '')}`); return next(request, turn); }, { stage });
    const { result, events } = await run([retry(3, log), see('billing', STAGE.billing), see('outside', STAGE.replay)], [busy(), busy(), 'third time']);
    assert.equal(result.text, 'third time');
    assert.deepEqual(attempts, ['outside -1', 'billing -1', 'billing -1.2', 'billing -1.3']);
    assert.deepEqual(log, ['VENDOR_BUSY', 'VENDOR_BUSY']);
    assert.deepEqual(events.flatMap((event) => (event.type === 'retry' ? [[event.attempt, event.plugin]] : [])), [[1, 'retry'], [2, 'retry']]);
    assert.deepEqual(events.filter((event) => event.type === 'model-end').map(({ error }) => error), [undefined]);
  });

  it('does not see an error of another plugin as one of the provider', async () => {
    const log: string[] = [];
    const broken = wrap('broken', () => () => { throw new Error('my own mistake'); });
    const { result } = await run([retry(3, log), broken]);
    assert.deepEqual([result.error?.code, result.error?.plugin, log], ['TAP_THREW', 'broken', []]);
  });

  it('is not blamed for an error of the provider that passes it, nor for one of the kernel', async () => {
    const looking = wrap('looking', (next) => async function* (request, turn) { for await (const event of next(request, turn)) yield event; });
    assert.equal((await run([looking], [busy()])).result.error?.plugin, 'test-model');
    const lost = await run([looking, plugin('away', (hooks) => hooks.context.tap('p', (request) => ({ ...request, provider: 'nowhere' })))]);
    assert.deepEqual([lost.result.error?.code, lost.result.error?.plugin], ['PROVIDER_MISSING', undefined]);
  });

  const MISUSES: Record<string, { make: Parameters<Hooks['model']['tap']>[1]; code: string; says: RegExp }> = {
    'throws in the middle': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; throw new Error('boom'); } }, code: 'TAP_THREW', says: /Plugin bad failed in hook model \(tap bad\): boom/ },
    'calls process.exit in the middle': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; process.exit(1); } }, code: 'PLUGIN_EXIT', says: /process\.exit/ },
    'hangs in the middle': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; await never(); } }, code: 'TAP_TIMEOUT', says: /Plugin bad took longer than 50 ms/ },
    'yields nonsense': { make: (next) => async function* (request, turn) { yield 42 as never; yield* next(request, turn); }, code: 'TAP_INVALID_RESULT', says: /no model event/ },
    'drops the end': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) if (event.type !== 'end') yield event; }, code: 'TAP_INVALID_RESULT', says: /ended the stream without the end of the reply/ },
    'stops before the end': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; return; } }, code: 'TAP_INVALID_RESULT', says: /ended the stream without the end/ },
    'goes on after the end': { make: (next) => async function* (request, turn) { yield* next(request, turn); yield { type: 'text-delta', index: 0, text: 'ps' }; }, code: 'TAP_INVALID_RESULT', says: /yielded more after the end/ },
    'calls next while it still runs': { make: (next) => async function* (request, turn) { const first = next(request, turn); yield* next(request, turn); yield* first; }, code: 'TAP_NEXT_MISUSED', says: /while its earlier call of next still ran/ },
    'pulls twice at once': { make: (next) => async function* (request, turn) { const stream = next(request, turn)[Symbol.asyncIterator](); await Promise.all([stream.next(), stream.next()]); yield { type: 'end', reply: reply('x') }; }, code: 'TAP_NEXT_MISUSED', says: /pulled the stream of next again/ },
    'passes on what is no request': { make: (next) => (request, turn) => next({ ...request, messages: [{ role: 'system', content: [] } as never] }, turn), code: 'TAP_INVALID_RESULT', says: /passed something that is no model request/ },
    'changes an event that it was given': { make: (next) => async function* (request, turn) { for await (const event of next(request, turn)) { if (event.type === 'end') event.reply = reply('mine'); yield event; } }, code: 'TAP_THREW', says: /read only property 'reply'/ },
  };
  for (const [what, { make, code, says }] of Object.entries(MISUSES)) {
    it(`that ${what} fails the model call, and is named`, async () => {
      const { result } = await run([wrap('bad', make, { timeoutMs: 50 })]);
      assert.deepEqual([result.status, result.error?.code, result.error?.plugin, result.error?.tap], ['error', code, 'bad', 'bad']);
      assert.match(result.reason ?? '', says);
    });
  }
});

/** Holds before the call and settles after it, whatever becomes of the stream. Settling takes a moment. */
function billing(log: string[]): PluginDefinition {
  return wrap('billing', (next) => async function* (request, turn) {
    let usage: Usage | undefined;
    log.push('hold');
    try {
      for await (const event of next(request, turn)) {
        usage = event.usage ?? usage;
        yield event;
      }
    } finally {
      await new Promise(setImmediate);
      log.push(`settle ${usage?.output ?? 'nothing'}`);
    }
  }, { stage: STAGE.billing });
}

describe('what a wrap does in its finally', () => {
  const hanging: ScriptStep = () => (async function* (): AsyncIterable<ModelEvent> { yield { type: 'start', id: null, model: null, usage: { input: 1, output: 2 } }; await never(); })();
  const cases: Record<string, { plugins?: PluginDefinition[]; script?: ScriptStep[]; log: string[]; interrupt?: true; status: string }> = {
    'the reply is whole': { log: ['hold', 'settle 5'], status: 'done' },
    'the provider fails': { script: [busy()], log: ['hold', 'settle nothing'], status: 'error' },
    'the provider hangs': { script: [hanging], log: ['hold', 'settle 2'], status: 'error' },
    'the turn is interrupted': { script: [hanging], interrupt: true, log: ['hold', 'settle 2'], status: 'interrupted' },
    'its consumer stops early': { plugins: [wrap('brief', (next) => async function* (request, turn) { for await (const event of next(request, turn)) { if (event.type === 'text-delta') break; } yield { type: 'end', reply: reply('brief') }; }, { stage: STAGE.replay })], log: ['hold', 'settle nothing'], status: 'done' },
    'its consumer fails': { plugins: [wrap('bad', (next) => async function* (request, turn) { for await (const event of next(request, turn)) { yield event; throw new Error('boom'); } }, { stage: STAGE.replay })], log: ['hold', 'settle nothing'], status: 'error' },
    'its consumer lets go of the stream by hand': { plugins: [wrap('rude', (next) => async function* (request, turn) { await next(request, turn)[Symbol.asyncIterator]().next(); yield { type: 'end', reply: reply('rude') }; }, { stage: STAGE.replay })], log: ['hold', 'settle nothing'], status: 'done' },
    'a tap further in fails': { plugins: [wrap('bad', () => () => { throw new Error('boom'); }, { stage: STAGE.balancer })], log: ['hold', 'settle nothing'], status: 'error' },
    'each attempt fails and the last does not': { plugins: [retry(2)], script: [busy(), 'ok'], log: ['hold', 'settle nothing', 'hold', 'settle 5'], status: 'done' },
  };
  for (const [what, { plugins = [], script = ['hello'], log, interrupt, status }] of Object.entries(cases)) {
    it(`is done before the turn ends, when ${what}`, async () => {
      const done: string[] = [];
      const stop = new AbortController();
      const watch = plugin('watch', (hooks) => hooks.output.tap('w', ({ type }) => { if (type === 'turn-end') done.push(type); }));
      const started = plugin('stopper', (hooks) => hooks.model.tap({ name: 's', stage: STAGE.recorder }, (next) => async function* (request, turn) { for await (const event of next(request, turn)) { if (interrupt) setImmediate(() => stop.abort()); yield event; } }));
      const { result } = await run([billing(done), watch, started, ...plugins], script, { signal: stop.signal });
      assert.equal(result.status, status);
      assert.deepEqual(done, [...log, 'turn-end']);
    });
  }

  it('has the whole time limit of the tap, and no longer', async () => {
    const stuck = wrap('stuck', (next) => async function* (request, turn) { try { yield* next(request, turn); } finally { await never(); } }, { timeoutMs: 50 });
    const { result } = await run([stuck]);
    assert.deepEqual([result.error?.code, result.error?.plugin], ['TAP_TIMEOUT', 'stuck']);
  });
});

describe('the time of a tap', () => {
  // What is waited for takes longer than the limit of the tap.
  const LIMIT_MS = 60;
  const longer = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, LIMIT_MS * 2); });
  const slowTool = definePlugin({ name: 'slow', tools: [{ name: 'slow', description: '', effect: 'read', inputSchema: {}, execute: async () => { await longer(); return 'done'; } }] });
  const tap = { name: 'patient', timeoutMs: LIMIT_MS };
  const slowly = (given: string): ScriptStep => () => (async function* (): AsyncIterable<ModelEvent> { await longer(); yield { type: 'end', reply: reply(given) }; })();
  const options = { idleTimeoutMs: 5000, host: { sleep: () => longer() } };

  const waits: Record<string, { setup: (hooks: Hooks) => void; script?: ScriptStep[] }> = {
    'in next, of a model call': { setup: (hooks) => hooks.model.tap(tap, (next) => async function* (request, turn) { for await (const event of next(request, turn)) yield event; }), script: [slowly('x')] },
    'in next, of a prepare wrap': { setup: (hooks) => hooks.tool.tap({ ...tap, zone: 'prepare' }, (next) => async (call, turn) => next(call, turn)), script: [{ calls: [{ name: 'slow' }] }] },
    'in next, of an execute wrap': { setup: (hooks) => hooks.tool.tap(tap, (next) => async (call, turn) => next(call, turn)), script: [{ calls: [{ name: 'slow' }] }] },
    'in turn.ask': { setup: (hooks) => hooks.input.tap(tap, async (_, turn) => { await turn.ask({ kind: 'text', title: '', body: '', reasons: [] }); }) },
    'in turn.sleep': { setup: (hooks) => hooks.input.tap(tap, async (_, turn) => { await turn.sleep(1); }) },
    'in turn.callModel': { setup: (hooks) => hooks.input.tap(tap, async (_, turn) => { await turn.callModel(ask, { purpose: 'x' }); }), script: [slowly('x'), 'ok'] },
    'in turn.callTool': { setup: (hooks) => hooks.input.tap(tap, async (_, turn) => { await turn.callTool({ name: 'slow', input: {} }); }) },
    'in turn.runSubTurn': { setup: (hooks) => hooks.input.tap(tap, async (_, turn) => { if (turn.parentRunId === undefined) await turn.runSubTurn({ name: 'x', text: 'x' }); }), script: [slowly('x'), 'ok'] },
    'while nobody pulls its stream': { setup: (hooks) => hooks.model.tap(tap, (next) => async function* (request, turn) { for await (const event of next(request, turn)) yield event; }) },
  };
  for (const [where, { setup, script = ['ok'] }] of Object.entries(waits)) {
    it(`does not run ${where}`, async () => {
      const model = testModel(script);
      const asker = async () => { await longer(); return { verdict: 'allow' as const }; };
      const sink = where.includes('pulls') ? { sink: async (event: { type: string }) => { if (event.type === 'text-delta') await longer(); } } : {};
      const { session, close } = await createTestKernel({ plugins: [model.plugin, allowAll, slowTool, plugin('patient', setup)], ...options, session: { asker, ...sink } });
      const result = await session.runTurn({ text: 'hi' });
      assert.equal(result.status, 'done', result.reason ?? '');
      const own = session.lastTrace.filter(({ plugin: by }) => by === 'patient');
      assert.ok(own.length > 0 && own.every(({ ownMs, outcome }) => ownMs < LIMIT_MS && outcome !== 'timed-out'));
      await close();
    });
  }
});

describe('turn.callModel', () => {
  it('runs the model wraps, and neither context nor tools, and shows no text', async () => {
    const log: string[] = [];
    const judge = plugin('judge', (hooks) => {
      hooks.input.tap('j', async (_, turn) => { log.push(`answer ${(await turn.callModel({ ...ask, system: [{ id: 's', owner: 'judge', text: 'be strict', stability: 'stable' }] }, { purpose: 'judge' })).blocks.length}`); });
      hooks.context.tap('c', () => { log.push('context'); });
      hooks.model.tap('m', (next) => (request, turn) => { log.push(`model ${request.purpose}`); return next(request, turn); });
    });
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'look', description: '', effect: 'read', inputSchema: {}, execute: async () => '' }] });
    const { events, requests, shown } = await run([judge, tools], ['no', 'hello']);
    assert.deepEqual(log, ['model judge', 'answer 1', 'context', 'model turn']);
    assert.deepEqual([requests[0]!.tools, requests[0]!.system.map(({ text }) => text), requests[0]!.purpose, requests[1]!.tools.length], [[], ['be strict'], 'judge', 1]);
    assert.equal(shown, 'hello');
    assert.deepEqual(events.filter((event) => event.type === 'model-end').map(({ purpose }) => purpose), ['judge', 'turn']);
  });

  it('may be made by a model wrap, and not by one inside such a call', async () => {
    const codes: unknown[] = [];
    const judge = wrap('judge', (next) => async function* (request, turn) {
      await turn.callModel(ask, { purpose: 'judge' }).catch((error: PithError) => codes.push(error.code));
      yield* next(request, turn);
    });
    const { result, requests } = await run([judge], ['safe', 'hello']);
    assert.deepEqual([result.text, requests.map(({ purpose }) => purpose), codes], ['hello', ['judge', 'turn'], ['CALL_DEPTH']]);
  });

  it('rejects with what the provider failed with, whoever asked', async () => {
    let caught: unknown;
    const { result } = await run([plugin('judge', (hooks) => hooks.input.tap('j', async (_, turn) => { await turn.callModel(ask, { purpose: 'x' }).catch((error: unknown) => { caught = error; }); }))], [busy(), 'hello']);
    assert.deepEqual([(caught as PithError).code, (caught as PithError).plugin, result.status], ['VENDOR_BUSY', 'test-model', 'done']);
  });

  it('rejects messages that are none, and a turn that has ended', async () => {
    const codes: unknown[] = [];
    let kept: Turn | undefined;
    const judge = plugin('judge', (hooks) => hooks.input.tap('j', async (_, turn) => { kept = turn; await turn.callModel({ messages: 'x' as never }, { purpose: 'x' }).catch((error: PithError) => codes.push(error.code)); }));
    const { events } = await run([judge]);
    for (const use of [() => kept!.callModel(ask, { purpose: 'x' }), () => kept!.callTool({ name: 'x', input: {} }), () => kept!.runSubTurn({ name: 'x', text: 'x' }), () => kept!.ask({ kind: 'text', title: '', body: '', reasons: [] })]) {
      await assert.rejects(use(), { code: 'TURN_ENDED', plugin: 'judge' });
    }
    const before = events.length;
    kept!.emit({ type: 'plugin-event', name: 'late', data: null });
    assert.deepEqual(events.slice(before).map((event) => (event.type === 'notice' ? event.code : event.type)), ['TURN_ENDED']);
    assert.deepEqual(codes, ['TAP_INVALID_RESULT']);
  });

  it('is stopped when it takes longer than its caller allows, and the turn goes on', async () => {
    let caught: unknown;
    const judge = plugin('judge', (hooks) => hooks.input.tap('j', async (_, turn) => { await turn.callModel(ask, { purpose: 'x', timeoutMs: 10 }).catch((error: unknown) => { caught = error; }); }));
    const silent: ScriptStep = () => (async function* (): AsyncIterable<ModelEvent> { yield { type: 'start', id: null, model: null }; await never(); })();
    const { result, events } = await run([judge], [silent, 'hello'], { idleTimeoutMs: 60_000 });
    assert.deepEqual([(caught as PithError).code, result.status], ['MODEL_TIMEOUT', 'done']);
    assert.deepEqual(events.flatMap((event) => (event.type === 'model-end' ? [[event.purpose, event.error?.code]] : [])), [['x', 'MODEL_TIMEOUT'], ['turn', undefined]]);
  });

  it('that nobody waited for ends before the turn, and its failure harms nobody', async () => {
    const { events, result } = await run([plugin('careless', (hooks) => hooks.input.tap('c', (_, turn) => { void turn.callModel(ask, { purpose: 'careless' }); }))], [busy(), 'hello']);
    assert.equal(result.status, 'done');
    assert.deepEqual(events.filter((event) => event.type === 'model-end').map(({ purpose, error }) => [purpose, error?.code]), [['careless', 'VENDOR_BUSY'], ['turn', undefined]]);
    assert.equal(events.findLast(({ type }) => type !== 'session-end')!.type, 'turn-end');
  });
});
