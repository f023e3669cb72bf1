import assert from 'node:assert/strict';
import { definePlugin, type EventType, EXIT, type Host, type ModelEvent, type ModelRequest, PithError, type PluginDefinition, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testHost, testModel } from '@pith/kernel/testing';
import resilience from '../src/index.ts';

const NOTHING = { blocks: [], usage: null, id: null, model: null, stop: null } as const;

const failed = (code = 'PROVIDER_OVERLOADED', details: Record<string, unknown> = { status: 529, retryable: true }): PithError => new PithError(`failed with ${code}`, { code, origin: 'provider', exitCode: EXIT.provider, details });

/** A stream that never says anything. */
const silence = (): AsyncIterable<ModelEvent> => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) });

/** A stream that says this and then ends so. */
const says = (events: readonly ModelEvent[], error?: Error): ScriptStep => () => (async function* () {
  yield* events;
  if (error !== undefined) throw error;
})();

interface Setting { options?: object; plugins?: readonly PluginDefinition[]; signal?: AbortSignal; host?: Host; idleTimeoutMs?: number }

async function run(script: readonly ScriptStep[], { options = {}, plugins = [], host = testHost(), ...more }: Setting = {}) {
  const model = testModel(script);
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, resilience, allowAll, ...plugins], options: { resilience: options }, host, session: { model: 'test/model' }, ...more });
  const result = await session.runTurn({ text: 'hi' }, more.signal === undefined ? {} : { signal: more.signal });
  await close();
  return { result, events, requests: model.requests, host };
}

const of = <T extends EventType>(events: readonly TurnEvent[], type: T): Extract<TurnEvent, { type: T }>[] => events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);
const shown = (events: readonly TurnEvent[]): string => of(events, 'text-delta').map(({ text }) => text).join('');
const models = (requests: readonly ModelRequest[]): string[] => requests.map(({ model }) => model);

describe('the plugin resilience', () => {
  it('tries again what failed before anything was shown, and says so each time', async () => {
    const { result, events, requests } = await run([failed(), failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 7 }), failed('PROVIDER_UNREACHABLE', { retryable: true }), 'hello']);

    assert.deepEqual([result.status, result.text, requests.length], ['done', 'hello', 4]);
    const retries = of(events, 'retry');
    assert.deepEqual(retries.map(({ attempt, reason, plugin }) => [attempt, reason, plugin]), [[1, 'failed with PROVIDER_OVERLOADED', 'resilience'], [2, 'failed with PROVIDER_RATE_LIMITED', 'resilience'], [3, 'failed with PROVIDER_UNREACHABLE', 'resilience']]);
    assert.equal(retries[1]!.waitMs, 7000);
    assert.equal(of(events, 'model-end').length, 1);
  });

  it('waits as long as it says', async () => {
    const host = testHost();
    const beginMs = host.now();
    const { events } = await run([failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 7 }), failed(), 'hello'], { host });

    assert.equal(host.now() - beginMs, of(events, 'retry').reduce((sum, { waitMs }) => sum + waitMs, 0));
  });

  it('shows one start and one end of the reply, however many attempts it took', async () => {
    const heard: string[] = [];
    const listener = definePlugin({ name: 'listener', setup: ({ hooks }) => hooks.model.tap({ name: 'listener', stage: -450 }, (next) => async function* (request, turn) {
      for await (const event of next(request, turn)) { heard.push(event.type); yield event; }
    }) });
    const start: ModelEvent = { type: 'start', id: 'a', model: 'm', usage: { input: 5, output: 0 } };
    const { result } = await run([says([start, { type: 'alive' }], failed()), says([start, { type: 'alive' }, { type: 'end', reply: { ...NOTHING, status: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } }]), 'hello'], { plugins: [listener] });

    assert.equal(result.text, 'hello');
    assert.deepEqual(heard, ['start', 'text-delta', 'block', 'end']);
  });

  const SHOWN: readonly (readonly [what: string, event: ModelEvent])[] = [
    ['text', { type: 'text-delta', index: 0, text: 'Hel' }], ['thinking', { type: 'thinking-delta', index: 0, text: 'Hm' }],
    ['a part of a tool call', { type: 'tool-input-delta', index: 0, id: 'c', name: 'bash', json: '{"comm' }], ['a whole block', { type: 'block', index: 0, block: { type: 'redacted-thinking', data: 'x' } }],
  ];
  for (const [what, event] of SHOWN) {
    it(`makes no second attempt after ${what} was shown`, async () => {
      for (const end of [failed(), failed('PROVIDER_UNREACHABLE', { retryable: true }), failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 0.01 })]) {
        const { result, events, requests } = await run([says([event], end), 'again'], { options: { fallback: ['other'] } });

        assert.deepEqual([result.status, requests.length, of(events, 'retry').length, of(events, 'turn-end').length], ['error', 1, 0, 1]);
        assert.equal(result.error?.code, end.code);
      }
    });
  }

  it('keeps what was shown before an error or an end in the midst of a reply', async () => {
    const { result, events, requests } = await run([says([{ type: 'text-delta', index: 0, text: 'Hel' }])]);

    assert.deepEqual([result.error?.code, result.text, shown(events), requests.length], ['PROVIDER_TRUNCATED', 'Hel', 'Hel', 1]);
  });

  it('tries again where a stream ends without having said anything', async () => {
    const { result, requests } = await run([says([]), says([{ type: 'start', id: null, model: null }]), says([{ type: 'end', reply: { ...NOTHING, status: 'truncated' } }]), 'hello']);

    assert.deepEqual([result.text, requests.length], ['hello', 4]);
  });

  it('tries again where a text or a thought was begun, and nothing came of it', async () => {
    for (const block of [{ type: 'text', text: '' }, { type: 'thinking', text: '', signature: 'x' }] as const) {
      for (const status of ['error', 'truncated'] as const) {
        const begun: ModelEvent[] = [{ type: 'start', id: 'a', model: 'm' }, { type: 'text-delta', index: 0, text: '' }, { type: 'block', index: 0, block }];
        const { result, requests } = await run([says([...begun, { type: 'end', reply: { ...NOTHING, status, blocks: [block], ...(status === 'error' ? { error: { type: 'overloaded_error', message: 'Overloaded' } } : {}) } }]), 'hello']);

        assert.deepEqual([result.text, requests.length], ['hello', 2], `${block.type} ${status}`);
      }
    }
  });

  it('takes a reply without any content for an answer', async () => {
    const { result, requests } = await run([says([{ type: 'end', reply: { ...NOTHING, status: 'complete', stop: 'end_turn' } }])]);

    assert.deepEqual([result.status, requests.length], ['done', 1]);
  });

  it('tries again where the provider falls silent before its first word', async () => {
    let calls = 0;
    const { result, events } = await run([() => { calls++; return silence(); }, 'hello'], { idleTimeoutMs: 20 });

    assert.deepEqual([result.text, calls, of(events, 'retry').length], ['hello', 1, 1]);
    assert.match(of(events, 'retry')[0]!.reason, /sent nothing for/);
  });

  it('never tries again what a plugin or a limit is to blame for', async () => {
    for (const error of [new PithError('spent', { code: 'LIMIT_COST' }), new PithError('broken', { code: 'TAP_THREW', origin: 'plugin' }), new Error('a bug')]) {
      const inner = definePlugin({ name: 'inner', setup: ({ hooks }) => hooks.model.tap({ name: 'inner', stage: -300, answers: true }, () => () => Promise.reject(error)) });
      const { result, events, requests } = await run(['hello'], { plugins: [inner], options: { fallback: ['other'] } });

      assert.deepEqual([of(events, 'retry').length, requests.length, result.status === 'done'], [0, 0, false]);
    }
  });

  it('gives up after as many attempts as are allowed, with the provider’s own error', async () => {
    const { result, events, requests } = await run(Array.from({ length: 9 }, () => failed()), { options: { maxAttempts: 3 } });

    assert.deepEqual([requests.length, result.status, result.error?.code, result.exitCode, result.error?.message], [3, 'error', 'PROVIDER_OVERLOADED', 5, 'failed with PROVIDER_OVERLOADED']);
    assert.deepEqual(of(events, 'notice').map(({ code, text }) => [code, text]), [['MODEL_GIVEN_UP', 'Gave up on test/model after 3 attempts.']]);
    assert.equal((await run([failed()], { options: { maxAttempts: 1 } })).requests.length, 1);
  });

  it('waits no longer than the user is willing to', async () => {
    const { result, events, requests, host } = await run([failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 31 }), 'hello'], { options: { maxWaitMs: 30_000 } });

    assert.deepEqual([requests.length, result.error?.code, host.now()], [1, 'PROVIDER_RATE_LIMITED', testHost().now()]);
    assert.match(of(events, 'notice')[0]!.text, /asks to wait 31 s, and at most 30 s are waited/);

    const long = await run(Array.from({ length: 9 }, () => failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 25 })), { options: { maxTotalMs: 60_000 } });
    assert.equal(long.requests.length, 3);
    assert.match(of(long.events, 'notice')[0]!.text, /after 3 attempts, since further ones would take longer than 60 s/);
  });

  it('ends a wait at once when the turn is stopped', async () => {
    const stop = new AbortController();
    const host = { ...testHost(), sleep: (_ms: number, signal: AbortSignal) => new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      stop.abort();
    }) };
    const { result, events, requests } = await run([failed(), 'hello'], { host, signal: stop.signal });

    assert.deepEqual([result.status, result.exitCode, requests.length, of(events, 'turn-end').length], ['interrupted', 130, 1, 1]);
  });

  it('leaves a request that is too long to the kernel, which makes room once', async () => {
    const tooLong = () => new PithError('too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider', details: { retryable: false } });
    const { result, events, requests } = await run([tooLong(), tooLong(), 'hello'], { options: { fallback: ['other'] } });

    assert.deepEqual([requests.map(({ reason }) => reason), of(events, 'retry').length, result.error?.code], [['step', 'overflow'], 0, 'CONTEXT_TOO_LONG']);
  });

  it('runs each attempt through the wraps further in, which settle it by an id of its own', async () => {
    const ids: string[] = [];
    const settled: string[] = [];
    const billing = definePlugin({ name: 'billing', setup: ({ hooks }) => hooks.model.tap({ name: 'billing', stage: -300 }, (next) => async function* (request, turn) {
      ids.push(turn.attemptId);
      try { yield* next(request, turn); settled.push('whole'); } finally { settled.push('settled'); }
    }) });
    const { result } = await run([failed(), says([{ type: 'end', reply: { ...NOTHING, status: 'error', error: { type: 'overloaded_error', message: 'no' } } }]), 'hello'], { plugins: [billing] });

    assert.equal(result.text, 'hello');
    assert.equal(new Set(ids).size, 3);
    assert.deepEqual(settled, ['settled', 'whole', 'settled', 'whole', 'settled']);
  });
});

describe('the fallback models', () => {
  const two = definePlugin({
    name: 'second', providers: [{ name: 'second', models: ['far'], load: async () => ({ stream: (request) => { seen.push(request); return (async function* (): AsyncGenerator<ModelEvent> { yield { type: 'end', reply: { ...NOTHING, status: 'complete', blocks: [{ type: 'text', text: 'from afar' }] } }; })(); } }) }],
  });
  let seen: ModelRequest[] = [];
  beforeEach(() => { seen = []; });

  it('follow in order, each after the attempts in place, and are named by the end of the call', async () => {
    const { result, events, requests } = await run(Array.from({ length: 6 }, () => failed()), { options: { fallback: ['other', 'second/far'] }, plugins: [two] });

    assert.deepEqual(models(requests), ['model', 'model', 'model', 'other', 'other', 'other']);
    assert.deepEqual([seen.length, result.status, result.text], [1, 'done', 'from afar']);
    const [end] = of(events, 'model-end');
    assert.deepEqual([end!.provider, end!.model], ['second', 'far']);
    assert.deepEqual(of(events, 'notice').map(({ code, text }) => [code, text]), [
      ['MODEL_FALLBACK', 'test/model cannot answer now (failed with PROVIDER_OVERLOADED); test/other takes its place for the rest of this turn.'], ['MODEL_FALLBACK', 'test/other cannot answer now (failed with PROVIDER_OVERLOADED); second/far takes its place for the rest of this turn.'],
    ]);
    assert.deepEqual(of(events, 'retry').map(({ attempt }) => attempt), [1, 2, 3, 4, 5, 6]);
  });

  it('get their turn at once where the provider asks to wait for too long', async () => {
    const { requests, result } = await run([failed('PROVIDER_RATE_LIMITED', { status: 429, retryAfterS: 3600 }), 'hello'], { options: { fallback: ['other'] } });

    assert.deepEqual([models(requests), result.text], [['model', 'other'], 'hello']);
  });

  it('are tried as often as one alone when they are the last', async () => {
    const { requests } = await run(Array.from({ length: 20 }, () => failed()), { options: { fallback: ['other'] } });

    assert.deepEqual(models(requests), [...Array.from({ length: 3 }, () => 'model'), ...Array.from({ length: 6 }, () => 'other')]);
  });

  it('stay for the rest of the turn, and not for the next one', async () => {
    const model = testModel([failed('PROVIDER_OVERLOADED', { status: 529, retryable: false }), { calls: [{ name: 'look' }] }, 'done', 'again']);
    const tool = definePlugin({ name: 'look', tools: [{ name: 'look', description: 'looks', effect: 'read', inputSchema: { type: 'object' }, execute: async () => 'seen' }] });
    const { session, close } = await createTestKernel({ plugins: [model.plugin, tool, resilience, allowAll], options: { resilience: { fallback: ['other'] } } });
    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    await close();

    assert.deepEqual(models(model.requests), ['model', 'other', 'other', 'model']);
  });

  it('are none for a call that a plugin makes for itself', async () => {
    const judge = definePlugin({ name: 'judge', setup: ({ hooks }) => hooks.input.tap('judge', async (_, turn) => { await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'safe?' }] }] }, { purpose: 'judge' }).catch(() => undefined); }) });
    const { requests } = await run([failed(), failed(), 'yes'], { options: { fallback: ['other'], maxAttempts: 2 }, plugins: [judge] });

    assert.deepEqual(requests.map(({ purpose, model }) => [purpose, model]), [['judge', 'model'], ['judge', 'model'], ['turn', 'model']]);
  });

  it('of another vendor get nothing that was meant for the first: no header, no part of the body', async () => {
    const asked = { headers: { 'x-key': 'secret' }, body: { top_k: 3 }, maxOutputTokens: 50 };
    const options = definePlugin({ name: 'ask', setup: ({ hooks }) => hooks.context.tap('ask', (request) => ({ ...request, options: asked })) });
    const { requests } = await run(Array.from({ length: 6 }, () => failed()), { options: { fallback: ['other', 'second/far'] }, plugins: [two, options] });

    assert.deepEqual([requests[3]!.model, requests[3]!.options], ['other', asked]);
    assert.deepEqual(seen[0]!.options, { maxOutputTokens: 50 });
  });

  it('that nobody serves end the turn before anything is asked', async () => {
    const { result, requests } = await run(['hello'], { options: { fallback: ['othr'] } });

    assert.deepEqual([requests.length, result.error?.code, result.exitCode], [0, 'MODEL_UNKNOWN', 2]);
    assert.match(result.reason!, /The fallback model "othr" cannot be used: No provider serves the model "othr"/);
    assert.equal(result.error?.hint, 'Did you mean other?');
  });

  it('name what is wrong with an option', async () => {
    const wrong: readonly (readonly [object, RegExp])[] = [
      [{ fallback: 'other' }, /fallback: must be a list of at most 8 models as --model takes them; found "other"/], [{ fallback: ['other', ''] }, /fallback: must be a list .*; found "" in it/], [{ fallback: Array.from({ length: 9 }, () => 'other') }, /at most 8 .*; found 9 of them/],
      [{ maxAttempts: 0 }, /maxAttempts: must be a whole number from 1 to 20; found 0/], [{ maxWaitMs: -1 }, /maxWaitMs: must be a whole number from 0 to 86400000; found -1/], [{ maxTotal: 1 }, /maxTotal: is not known; the options are fallback, maxAttempts, maxWaitMs, maxTotalMs/],
    ];
    for (const [options, message] of wrong) {
      const { kernel, close } = await createTestKernel({ plugins: [resilience], options: { resilience: options } });
      assert.match(String(kernel.plugins[0]!.error?.message), message);
      await close();
    }
  });
});
