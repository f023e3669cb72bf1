import assert from 'node:assert/strict';
import { createKernel, definePlugin, type EventType, EXIT, type ModelEvent, PithError, type PluginDefinition, replaySitting, STAGE, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testHost, testModel } from '@pith/kernel/testing';
import { tapeRecorder } from '../../../../test/support/long-session.ts';
import type { Account } from '../../src/account/account.ts';
import type { RequestRow } from '../../src/books/row.ts';
import { createHider } from '../../src/wrap/hide.ts';
import { balance, hasAccountFor, type WrapParts } from '../../src/wrap/wrap.ts';
import resilience from '../../../resilience/src/index.ts';
import { account, type Ground, ground } from '../engine/fake-pool.ts';

const failed = (status: number, details: Record<string, unknown> = {}, code = 'PROVIDER_FAILED'): PithError => new PithError(`failed with ${status}`, { code, origin: 'provider', exitCode: EXIT.provider, details: { status, retryable: true, ...details } });
const limited = (retryAfterS = 90): PithError => failed(429, { retryAfterS }, 'PROVIDER_RATE_LIMITED');

const says = (events: readonly ModelEvent[], error?: Error): ScriptStep => () => (async function* () {
  yield* events;
  if (error !== undefined) throw error;
})();
const ofTest = (name: string, more: Partial<Account> = {}): Account => account(name, { provider: 'test', ...more });
const ranked = (...names: string[]): Account[] => names.map((name, index) => ofTest(name, { priority: index }));

/** The tap, as the plugin makes it, over a pool in memory. */
function tapped(held: Ground, rows: RequestRow[], write: (row: RequestRow) => void = (row) => { rows.push(row); }): PluginDefinition {
  return definePlugin({
    name: 'balancer', setup({ hooks, secrets }) {
      const parts: WrapParts = { pool: held.pool, engine: held.engine, books: { write, started: () => undefined }, hide: createHider(secrets) };
      hooks.model.tap({ name: 'accounts', stage: STAGE.balancer, replay: 'recorded' }, (next) => (request, turn) => (hasAccountFor(held.pool, request) ? balance(next, { request, turn, parts }) : next(request, turn)));
    },
  });
}

interface Setting { plugins?: readonly PluginDefinition[]; turns?: number; write?: (row: RequestRow) => void; signal?: AbortSignal; options?: Record<string, object>; onEvent?: (event: TurnEvent) => void; text?: string; maxCostMicroUsd?: number }

async function run(script: readonly ScriptStep[], accounts: readonly Account[] | Ground, { plugins = [], turns = 1, write, signal, options = {}, onEvent, text = 'hi', maxCostMicroUsd = Infinity }: Setting = {}) {
  const held = Array.isArray(accounts) ? ground(accounts as readonly Account[]) : accounts as Ground;
  const rows: RequestRow[] = [];
  const model = testModel(script);
  const host = testHost();
  Object.defineProperty(held.clock, 'nowMs', { get: () => host.now(), set: (ms: number) => { host.advance(ms - host.now()); } });
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, tapped(held, rows, write), allowAll, ...plugins], host, session: { model: 'test/model' }, options: options as Record<string, never> });
  if (onEvent !== undefined) session.sink = (event) => { events.push(event); onEvent(event); };
  let result = await session.runTurn({ text }, { maxCostMicroUsd, ...(signal === undefined ? {} : { signal }) });
  for (let turn = 1; turn < turns; turn++) result = await session.runTurn({ text: 'hi' });
  const trace = session.lastTrace;
  await close();
  return { result, events, requests: model.requests, rows, held, asked: model.requests.map(({ access }) => access?.account), host, trace };
}

const of = <T extends EventType>(events: readonly TurnEvent[], type: T): Extract<TurnEvent, { type: T }>[] => events.filter((event): event is Extract<TurnEvent, { type: T }> => event.type === type);

describe('the balancer around a model call', () => {
  it('gives the call the access of an account and the account’s name for the model, and says which it was', async () => {
    const { events, requests, rows } = await run(['hello'], [ofTest('a', { models: { model: 'own-model' } })]);

    const [request] = requests;
    assert.deepEqual([request!.model, request!.access?.account, request!.access?.baseUrl, request!.access?.authorize()], ['own-model', 'a', 'https://a.example.test', { 'x-api-key': 'key of a' }]);
    assert.equal(of(events, 'model-end')[0]!.account, 'a');
    const { id, durationMs, firstByteMs, tokensPerSecond, project, conversation, atMs, ...row } = rows[0]!;
    assert.deepEqual(row, {
      via: 'turn', method: 'POST', path: 'pith:turn', family: 'anthropic', accountId: 'id-a', status: 200, end: 'complete', error: null, attempts: 1, route: 'session', askedModel: 'model', sentModel: 'own-model',
      model: 'own-model', isStream: true, inputTokens: 10, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: null, costMicroUsd: null, priceDate: null, agent: null, clientKeyId: null, requestBytes: 0, replyBytes: 0,
    });
    assert.deepEqual([typeof id, durationMs, firstByteMs, tokensPerSecond, atMs, typeof project, typeof conversation], ['string', 0, 0, null, Date.UTC(2026, 0, 1), 'string', 'string']);
  });

  it('lets a call pass as it is where the pool has no account of its provider', async () => {
    const { result, asked, rows } = await run(['hello'], [account('a')]);

    assert.deepEqual([result.text, asked, rows], ['hello', [undefined], []]);
  });

  it('goes on to the next account, says so, and stays there for the session', async () => {
    const { result, events, asked, rows } = await run([limited(), 'one', 'two'], ranked('a', 'b'), { turns: 2 });

    assert.deepEqual([result.text, asked], ['two', ['a', 'b', 'b']]);
    assert.deepEqual(of(events, 'retry').map(({ attempt, waitMs, reason, plugin }) => [attempt, waitMs, reason, plugin]), [[1, 0, 'Account a: its limit is reached', 'balancer']]);
    assert.deepEqual(of(events, 'notice').map(({ code, text }) => [code, text]), [['ACCOUNT_CHANGED', 'Account a cannot take the request, since its limit is reached; b takes its place.']]);
    assert.deepEqual(rows.map(({ accountId, attempts, route, end }) => [accountId, attempts, route, end]), [['id-b', 2, 'failover: upstream_429_with_reset', 'complete'], ['id-b', 1, 'sticky', 'complete']]);
  });

  it('waits before it tries an overloaded vendor again, and shows one start', async () => {
    const heard: string[] = [];
    const listener = definePlugin({ name: 'listener', setup: ({ hooks }) => hooks.model.tap({ name: 'listener', stage: -450 }, (next) => async function* (request, turn) {
      for await (const event of next(request, turn)) { heard.push(event.type); yield event; }
    }) });
    const start: ModelEvent = { type: 'start', id: 'x', model: 'm' };
    const { result, asked, events } = await run([failed(529), says([start, { type: 'end', reply: { status: 'error', id: null, model: null, stop: null, blocks: [], usage: null, error: { type: 'overloaded_error', message: 'Overloaded' } } }]), 'hello'], ranked('a', 'b'), { plugins: [listener] });

    assert.deepEqual([result.text, asked, heard], ['hello', ['a', 'a', 'a'], ['start', 'text-delta', 'block', 'end']]);
    assert.deepEqual(of(events, 'retry').map(({ waitMs }) => waitMs), [1125, 1875]);
  });

  it('tries a 429 again that says so and names no limit', async () => {
    const { result, asked, held } = await run([failed(429, { shouldRetry: true }), 'hello'], ranked('a', 'b'));

    assert.deepEqual([result.text, asked, held.pool.noted.filter(({ type }) => type === 'limited')], ['hello', ['a', 'a'], []]);
  });

  const SHOWN: ModelEvent = { type: 'text-delta', index: 0, text: 'Hel' };
  for (const [what, step, end] of [
    ['fails', says([SHOWN], failed(529)), 'error'], ['is cut', says([SHOWN]), 'truncated'],
    ['ends in an error', says([SHOWN, { type: 'end', reply: { status: 'error', id: null, model: null, stop: null, blocks: [{ type: 'text', text: 'Hel' }], usage: null, error: { type: 'overloaded_error', message: 'Overloaded' } } }]), 'error'],
  ] as const) {
    it(`makes no second attempt where what was shown ${what}, and learns from it`, async () => {
      const { result, asked, rows, events, held } = await run([step, 'again'], ranked('a', 'b'));

      assert.deepEqual([result.status, result.text, asked, of(events, 'retry').length, rows.map((row) => row.end)], ['error', 'Hel', ['a'], 0, [end]]);
      if (what !== 'is cut') assert.equal(held.pool.find('a')!.state.kind, 'cooling');
    });
  }

  it('tries the next account where nothing came of a stream, where nothing listens, and where it fell silent', async () => {
    const unreachable = new PithError('no', { code: 'PROVIDER_UNREACHABLE', origin: 'provider', details: { retryable: true, network: 'ECONNREFUSED' } });
    for (const step of [says([]), says([{ type: 'start', id: null, model: null }]), unreachable, failed(500), says([{ type: 'start', id: null, model: null }], new PithError('x', { code: 'PROVIDER_IDLE', origin: 'provider' }))]) {
      const { result, asked } = await run([step, 'hello'], ranked('a', 'b'));
      assert.deepEqual([result.text, asked], ['hello', ['a', 'b']]);
    }
  });

  it('passes on what is the request’s own fault, a plugin’s, or a person’s', async () => {
    const refused = failed(400, { type: 'invalid_request_error', retryable: false }, 'PROVIDER_REFUSED_REQUEST');
    for (const error of [refused, new PithError('spent', { code: 'LIMIT_COST' }), new PithError('broken', { code: 'TAP_THREW', origin: 'plugin' })]) {
      const { result, asked, rows } = await run([error], ranked('a', 'b'));
      assert.deepEqual([result.error?.code, asked, rows.map(({ end, error: code }) => [end, code])], [error.code, ['a'], [['error', error.code]]]);
    }
  });

  it('ends with one error that names every account and when the first is back, where all are out', async () => {
    const held = ground(ranked('a', 'b', 'c'));
    held.pool.pause('c');
    const { result, asked, rows } = await run([limited(90), limited(30)], held);

    assert.deepEqual([asked, result.error?.code, result.exitCode], [['a', 'b'], 'BALANCER_ALL_OUT', 5]);
    assert.match(result.error!.message, /^All accounts for test are out: a \(its limit is reached\), b \(its limit is reached\), c \(paused: holiday\)\. The first is back at \d\d:\d\d:\d\d, in 30 s\.$/);
    const { status, retryable, retryAfterS, accounts } = result.error!.details!;
    assert.deepEqual([status, retryable, retryAfterS, (accounts as unknown[]).length], [429, true, 30, 3]);
    assert.deepEqual(rows.map(({ end, status: of429, error, accountId, attempts }) => [end, of429, error, accountId, attempts]), [['refused', 429, 'BALANCER_ALL_OUT', 'id-b', 2]]);
  });

  it('is waited for by plugin resilience where all are out, and not where nobody comes back by himself', async () => {
    const waited = await run([limited(30), 'hello'], ranked('a'), { plugins: [resilience] });
    assert.deepEqual([waited.result.text, waited.asked, waited.host.now() - Date.UTC(2026, 0, 1)], ['hello', ['a', 'a'], 30_000]);

    const held = ground([...ranked('a')]);
    held.pool.pause('a');
    const { result } = await run(['never'], held, { plugins: [resilience], options: { resilience: { maxAttempts: 3 } } });
    assert.deepEqual([result.error?.code, result.error?.details?.['status'], result.error?.details?.['retryable']], ['BALANCER_ALL_OUT', 503, false]);
  });

  it('is not asked in a replay, which comes to the same', async () => {
    const tape = tapeRecorder();
    await run([limited(), 'one', failed(529), 'two'], ranked('a', 'b'), { plugins: [tape.plugin], turns: 2 });
    const held = ground(ranked('a', 'b'));
    const kernel = await createKernel({ plugins: [testModel([]).plugin, tapped(held, []), allowAll, tapeRecorder().plugin], env: {} });
    const { difference } = await replaySitting(kernel, tape.sitting());
    await kernel.close();

    assert.equal(difference, null, JSON.stringify(difference));
    assert.deepEqual(held.pool.noted, []);
  });

  it('leaves the person’s stop alone, and writes what was counted', async () => {
    const stop = new AbortController();
    const usage = { input: 7, output: 1 };
    const slow: ScriptStep = () => (async function* (): AsyncGenerator<ModelEvent> {
      yield { type: 'start', id: null, model: 'm', usage };
      yield SHOWN;
      await new Promise(() => undefined);
    })();
    const { result, rows, events, held } = await run([slow], ranked('a', 'b'), { signal: stop.signal, onEvent: (event) => { if (event.type === 'text-delta') stop.abort(); } });

    assert.deepEqual([result.status, of(events, 'turn-end').length, rows.map(({ end, inputTokens, error }) => [end, inputTokens, error])], ['interrupted', 1, [['aborted', 7, null]]]);
    assert.equal(held.pool.find('a')!.state.kind, 'active');
  });

  it('passes nothing on as complete that cannot be written on the books', async () => {
    const { result } = await run(['hello'], ranked('a'), { write: () => { throw new PithError('The disk is full', { code: 'BOOKS_UNWRITABLE' }); } });

    assert.deepEqual([result.status, result.error?.code], ['error', 'BOOKS_UNWRITABLE']);
  });

  it('knows the agent of a sub-turn, whose session stays with its account, and benches nobody for a plugin’s own call', async () => {
    const agent = definePlugin({ name: 'agent', setup: ({ hooks }) => hooks.input.tap('agent', async (_, turn) => { if (turn.parentRunId === undefined) await turn.runSubTurn({ name: 'reviewer', text: 'look' }); }) });
    const sub = await run(['sub', 'main'], ['a', 'b', 'c'].map((name) => ofTest(name)), { plugins: [agent] });
    assert.deepEqual([sub.rows.map((row) => row.agent), new Set(sub.asked).size, new Set(sub.rows.map(({ conversation }) => conversation)).size], [['reviewer', null], 1, 1]);

    const summary = definePlugin({ name: 'summary', setup: ({ hooks }) => hooks.input.tap('summary', async (_, turn) => { await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, { purpose: 'summary' }).catch(() => undefined); }) });
    const { rows, held } = await run([limited(), 'main'], ranked('a'), { plugins: [summary] });
    assert.deepEqual(rows.map(({ path, end }) => [path, end]), [['pith:summary', 'refused'], ['pith:turn', 'complete']]);
    assert.deepEqual(held.pool.noted.filter(({ type }) => type === 'limited'), []);
  });

  it('takes what begins the same to one account, whichever process it is in', async () => {
    const accounts = ['a', 'b', 'c', 'd'].map((name) => ofTest(name));
    const to = async (text: string): Promise<string | undefined> => (await run(['hello'], accounts, { text })).asked[0];
    const texts = ['one', 'two', 'three', 'four', 'five', 'six'];
    const first = await Promise.all(texts.map(to));

    assert.ok(new Set(first).size > 1, first.join());
    assert.deepEqual(await Promise.all(texts.map(to)), first);
  });

  it('keeps to where the beginning is when marks of the cache wander', async () => {
    const marks = definePlugin({ name: 'marks', setup: ({ hooks }) => hooks.context.tap('marks', (request, turn) => ({
      ...request, messages: request.messages.map((message, index) => ({ ...message, content: message.content.map((block) => (index === turn.step ? { ...block, cache: true } : block)) as typeof message.content })),
    })) });
    const seen: (string | undefined)[] = [];
    const held = ground([ofTest('a')]);
    const route = held.engine.route.bind(held.engine);
    held.engine.route = (facts) => { seen.push(facts.cachePrefix); return route(facts); };
    await run(['one', 'two', 'three'], held, { plugins: [marks], turns: 3 });

    assert.deepEqual([seen.length, new Set(seen).size, typeof seen[0]], [3, 1, 'string']);
  });

  it('asks no account where the turn has nothing left to spend, and writes that down', async () => {
    const pricing = definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: () => 1000 }) } });
    // Whatever else the turn pays for may have taken the rest by then.
    const judge = definePlugin({ name: 'judge', setup: ({ hooks }) => hooks.model.tap({ name: 'judge', stage: -450 }, (next) => async function* (request, turn) {
      if (request.purpose === 'turn') await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] }, { purpose: 'judge' });
      yield* next(request, turn);
    }) });
    const { result, asked, rows } = await run(['judged', 'never'], ranked('a', 'b'), { plugins: [pricing, judge], maxCostMicroUsd: 1000 });

    assert.deepEqual([asked, result.status, result.error?.code, result.exitCode], [['a'], 'limit', 'LIMIT_COST', 4]);
    assert.deepEqual(rows.map(({ path, end, error, accountId }) => [path, end, error, accountId]), [['pith:judge', 'complete', null, 'id-a'], ['pith:turn', 'refused', 'LIMIT_COST', null]]);
  });

  it('hides an account’s credential where the model repeats it', async () => {
    const held = ground(ranked('a'), { of: () => ({ headers: { authorization: 'Bearer hidden-as-a-secret' } }) });
    const { result, events, trace } = await run(['the key is hidden-as-a-secret'], held);

    assert.equal(result.text, 'the key is [secret:account a]');
    assert.ok(!JSON.stringify([events, result, trace]).includes('hidden-as-a-secret'));
  });
});
