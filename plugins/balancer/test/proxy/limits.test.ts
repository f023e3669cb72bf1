import assert from 'node:assert/strict';
import { stateAt } from '../../src/account/state.ts';
import { TABLE } from '../../src/limit/table.ts';
import { messagesError, toEvent } from '../upstream-replies.ts';
import { type Answer, startUpstream, type Upstream } from '../upstream.ts';
import { type RealEngine, realEngine } from './real-engine.ts';
import { type Answered, ask, testProxy, type TestProxy } from './start-proxy.ts';

const S = 1000, MIN = 60_000, H = 3_600_000;
const UNIFIED = 'anthropic-ratelimit-unified';
const inAnHour = String((Math.floor(Date.now() / S) * S + H) / S);

/** What the account answers; why it is benched, if it is, and for how long; how often it is asked; what a client gets where there is no other account. */
interface Row { row: string; answer: Answer; bench: [reason: string, ms: number | 'hour', model?: string] | null; asks?: number; alone: number; passes?: true }

const limited = (status: number, headers: Record<string, string> = {}, type = 'rate_limit_error', message = 'no'): Answer => ({ status, headers, body: messagesError(type, message) });

const ROWS: Readonly<Record<string, Row>> = {
  'a 429 for a request that is too large': { row: 'request_above_limit', answer: limited(429, { 'retry-after': '60' }, 'tokens', 'Request too large for this model'), bench: null, alone: 429 },
  'a 429 for extra usage': { row: 'extra_usage_exhausted', answer: limited(429, {}, 'rate_limit_error', 'Extra usage is required for long context'), bench: null, alone: 429 },
  'a 429 of credits that are out': { row: 'out_of_credits', answer: limited(429, {}, 'out_of_credits'), bench: null, alone: 429 },
  'a 402': { row: 'payment_required', answer: limited(402, {}, 'billing_error'), bench: ['payment_required', 15 * MIN], alone: 429 },
  'a 403 that asks for payment until a reset': { row: 'payment_required', answer: limited(403, { [`${UNIFIED}-status`]: 'payment_required', [`${UNIFIED}-reset`]: inAnHour }), bench: ['payment_required', 'hour'], alone: 429 },
  'a 400 for a low balance': { row: 'payment_required', answer: limited(400, {}, 'invalid_request_error', 'Your credit balance is too low to access the API'), bench: ['payment_required', 15 * MIN], alone: 429 },
  'a spent quota': { row: 'payment_required', answer: limited(429, {}, 'insufficient_quota'), bench: ['payment_required', 15 * MIN], alone: 429 },
  'a 429 of one model': { row: 'model_limit', answer: limited(429, { [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-representative-claim`]: 'seven_day_opus', [`${UNIFIED}-reset`]: inAnHour }), bench: ['model_limit', 'hour', 'test-model'], alone: 429 },
  'a 429 that is worth another try': { row: 'upstream_429_retryable', answer: limited(429, { 'x-should-retry': 'true' }), bench: null, asks: 3, alone: 429 },
  'a 429 with a reset': { row: 'upstream_429_with_reset', answer: limited(429, { 'retry-after': '90' }), bench: ['upstream_429_with_reset', 90 * S], alone: 429 },
  'a 429 without': { row: 'upstream_429_no_reset_probe_cooldown', answer: limited(429), bench: ['upstream_429_no_reset_probe_cooldown', MIN], alone: 429 },
  'a limit that a stream begins with': { row: 'upstream_429_no_reset_probe_cooldown', answer: { pieces: [toEvent({ type: 'error', error: { type: 'rate_limit_error', message: 'no' } })] }, bench: ['upstream_429_no_reset_probe_cooldown', MIN], alone: 429 },
  'a 403 of an account that is blocked': { row: 'limit_status', answer: limited(403, { [`${UNIFIED}-status`]: 'blocked', [`${UNIFIED}-reset`]: inAnHour }), bench: ['limit_status', 'hour'], alone: 429 },
  'a good answer that is the last one': { row: 'limit_status', answer: { headers: { [`${UNIFIED}-status`]: 'rate_limited', [`${UNIFIED}-reset`]: inAnHour } }, bench: ['limit_status', 'hour'], alone: 200, passes: true },
  'a 529 that says how long': { row: 'upstream_529_overloaded_with_reset', answer: limited(529, { 'retry-after': '20' }, 'overloaded_error'), bench: ['upstream_529_overloaded_with_reset', 20 * S], alone: 529 },
  'a 529 that does not': { row: 'upstream_529_overloaded_no_reset', answer: limited(529, {}, 'overloaded_error'), bench: ['upstream_529_overloaded_no_reset', 10 * S], asks: 3, alone: 529 },
  'a 503 that says how long': { row: 'upstream_529_overloaded_with_reset', answer: limited(503, { 'retry-after': '3600' }, 'api_error'), bench: ['upstream_529_overloaded_with_reset', MIN], alone: 503 },
  'a 500 of too much to do': { row: 'upstream_529_overloaded_no_reset', answer: limited(500, {}, 'overloaded_error'), bench: ['upstream_529_overloaded_no_reset', 10 * S], asks: 3, alone: 500 },
  'a 401': { row: 'credential_refused', answer: limited(401, {}, 'authentication_error'), bench: ['credential_refused', 5 * MIN], alone: 429 },
  'a 403 of an account that is locked': { row: 'account_locked', answer: limited(403, {}, 'permission_error', 'This organization has been disabled.'), bench: ['account_locked', 15 * MIN], alone: 403 },
  'a 403': { row: 'forbidden', answer: limited(403, {}, 'permission_error'), bench: null, alone: 403 },
  'a 500': { row: 'upstream_failed', answer: limited(500, {}, 'api_error'), bench: null, alone: 500 },
  'a lost connection': { row: 'connection_lost', answer: { instead: 'cut' }, bench: null, alone: 502 },
  'a 400 about the request': { row: 'answered', answer: limited(400, { 'retry-after': '20' }, 'invalid_request_error'), bench: null, alone: 400, passes: true },
};

describe('limits through a running proxy', () => {
  let upstream: Upstream;
  let real: RealEngine;
  let proxy: TestProxy;
  const names = Object.keys(ROWS);
  const answers = new Map<string, Answered>();
  const first = (what: string): string => `first-account-${names.indexOf(what)}`;
  const next = (what: string): string => `next-account-${names.indexOf(what)}`;
  const only = (what: string): string => `only-account-${names.indexOf(what)}`;
  const stateOf = (key: string): ReturnType<typeof stateAt> => stateAt(real.pool.find(`id-${key}`)!, real.clock.nowMs);

  // All at once, each with accounts of its own: some wait for another try.
  before(async () => {
    upstream = await startUpstream();
    real = await realEngine(upstream.url, names.flatMap((what) => [first(what), next(what), only(what)]));
    const pools = new Map(names.flatMap((what) => [[first(what), [first(what), next(what)]], [only(what), [only(what)]]]));
    proxy = await testProxy({
      upstream, engine: real.engine, now: () => real.clock.nowMs,
      keys: { isRequired: true, check: (key) => ({ id: key, accounts: new Set(pools.get(key)!.map((name) => `id-${name}`)) }) },
    });
    await Promise.all(names.flatMap((what) => [first(what), only(what)].map(async (key) => {
      upstream.script(key, ROWS[what]!.answer);
      answers.set(key, await ask(proxy, { headers: { 'x-api-key': key }, body: { model: 'test-model', stream: ROWS[what]!.answer.pieces !== undefined, messages: [] } }));
    })));
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
    await real.home.remove();
  });

  for (const [what, { answer, bench, asks = 1, alone, passes }] of Object.entries(ROWS)) {
    const inWords = bench === null ? 'benches nobody' : `benches ${bench[2] === undefined ? 'the account' : 'that model of it'} for ${bench[1] === 'hour' ? 'an hour' : `${bench[1] / S} s`}`;
    it(`after ${what} the client ${passes ? 'gets it as it is' : 'is served by the next account'}, it ${inWords}, and is asked ${asks === 1 ? 'once' : `${asks} times`}; alone it is a ${alone}`, () => {
      const [shown, last] = [answers.get(first(what))!, answers.get(only(what))!];
      assert.deepEqual([shown.status, upstream.of(next(what)).length], passes ? [answer.status ?? 200, 0] : [200, 1]);
      // A connection that was used before may be tried anew when it breaks.
      if (answer.instead === undefined) for (const key of [first(what), only(what)]) assert.equal(upstream.of(key).length, asks);
      for (const key of [first(what), only(what)]) assert.deepEqual(toBench(key), bench === null ? null : [bench[0], bench[1] === 'hour' ? Number(inAnHour) * S : real.clock.nowMs + bench[1], bench[2]]);
      assert.equal(last.status, alone);
      if (alone === 429 && bench !== null) assert.equal(last.headers['retry-after'], String(Math.ceil(((bench[1] === 'hour' ? Number(inAnHour) * S : real.clock.nowMs + bench[1]) - real.clock.nowMs) / S)));
    });
  }

  /** Why it is benched, until when, and for which model. */
  function toBench(key: string): [string, number, string | undefined] | null {
    const state = stateOf(key);
    if (state.kind === 'cooling') return [state.reason, state.untilMs, undefined];
    const [[model, untilMs] = []] = Object.entries(real.pool.find(`id-${key}`)!.coolingModels);
    return model === undefined ? null : ['model_limit', untilMs!, model];
  }

  it('is tried for every row of the table that an answer can meet', () => {
    const met = new Set(Object.values(ROWS).map(({ row }) => row));
    assert.deepEqual([...new Set(TABLE.map(({ reason }) => reason))].filter((reason) => !met.has(reason)), ['unreachable']);
  });
});
