import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Signal } from '../../src/engine.ts';
import { decide, type Decision, type Situation } from '../../src/limit/decide.ts';
import { TABLE } from '../../src/limit/table.ts';
import { toReasonWords, toRouteWords, toWords } from '../../src/limit/words.ts';

const NOW = Date.UTC(2026, 0, 1);
const S = 1000, MIN = 60_000, H = 3_600_000, DAY = 86_400_000;
const seconds = (atMs: number): string => String(atMs / 1000);

const usual: Situation = { nowMs: NOW, model: 'claude-test', streak: 1, triedHere: 0, isRenewed: false, isBackground: false, replayable: true, hasOther: true };

function on(status: number | null, headers: Record<string, string> = {}, { error, ...signal }: Partial<Signal> & { error?: [type: string, message?: string] } = {}, situation: Partial<Situation> = {}): Decision {
  const [errorType, errorMessage] = error ?? [];
  return decide({ status, headers, phase: 'head', ...(errorType === undefined ? {} : { errorType }), ...(errorMessage === undefined ? {} : { errorMessage }), ...signal }, { ...usual, ...situation }, () => 0.5);
}

/** What is done, why, and for how long the account, or its model, gets nothing. */
const told = ({ action, reason, bench }: Decision): unknown[] => [action.kind, reason, bench === undefined ? null : bench.untilMs - NOW, ...(bench?.model === undefined ? [] : [bench.model])];

interface Case { what: string; decision: () => Decision; is: unknown[] }
const UNIFIED = 'anthropic-ratelimit-unified';

const CASES: readonly Case[] = [
  { what: 'a 429 whose retry-after is in seconds', decision: () => on(429, { 'retry-after': '90' }), is: ['next', 'upstream_429_with_reset', 90 * S] },
  { what: 'a 429 whose retry-after is a date', decision: () => on(429, { 'retry-after': 'Thu, 01 Jan 2026 00:03:00 GMT' }), is: ['next', 'upstream_429_with_reset', 3 * MIN] },
  { what: 'a 429 whose retry-after is in milliseconds', decision: () => on(429, { 'retry-after-ms': '1500' }), is: ['next', 'upstream_429_with_reset', 1500] },
  { what: 'a 429 whose unified reset is days away', decision: () => on(429, { [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-reset`]: seconds(NOW + 5 * DAY) }), is: ['next', 'upstream_429_with_reset', 5 * DAY] },
  { what: 'a 429 with a unified reset and no status', decision: () => on(429, { [`${UNIFIED}-reset`]: seconds(NOW + 2 * H) }), is: ['next', 'upstream_429_with_reset', 2 * H] },
  { what: 'a 429 of whose windows one is used up', decision: () => on(429, { [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-5h-status`]: 'rejected', [`${UNIFIED}-5h-reset`]: seconds(NOW + H), [`${UNIFIED}-7d-status`]: 'allowed', [`${UNIFIED}-7d-reset`]: seconds(NOW + 4 * DAY) }), is: ['next', 'upstream_429_with_reset', H] },
  { what: 'a 429 with a wait and a later reset of the account', decision: () => on(429, { 'retry-after': '5', [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-reset`]: seconds(NOW + H) }), is: ['next', 'upstream_429_with_reset', H] },
  { what: 'a 429 with a wait and a bucket that is full again later', decision: () => on(429, { 'retry-after': '5', 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-01-01T00:01:00Z' }), is: ['next', 'upstream_429_with_reset', 5 * S] },
  { what: 'a 429 with a used-up bucket only', decision: () => on(429, { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-01-01T00:00:40Z', 'anthropic-ratelimit-requests-remaining': '7', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:05:00Z' }), is: ['next', 'upstream_429_with_reset', 40 * S] },
  { what: 'a 429 with x-ratelimit-reset in seconds since 1970', decision: () => on(429, { 'x-ratelimit-reset': seconds(NOW + 30 * S) }), is: ['next', 'upstream_429_with_reset', 30 * S] },
  { what: 'a 429 with x-ratelimit-reset-requests as a time from now', decision: () => on(429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m20s' }), is: ['next', 'upstream_429_with_reset', 80 * S] },
  { what: 'a 429 without a reset', decision: () => on(429), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a second 429 without a reset in a row', decision: () => on(429, {}, {}, { streak: 2 }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a third 429 without a reset in a row', decision: () => on(429, {}, {}, { streak: 3 }), is: ['next', 'upstream_429_no_reset_probe_cooldown', 2 * MIN] },
  { what: 'a hundredth 429 without a reset in a row', decision: () => on(429, {}, {}, { streak: 100 }), is: ['next', 'upstream_429_no_reset_probe_cooldown', 5 * MIN] },
  { what: 'a 429 whose reset is over', decision: () => on(429, { [`${UNIFIED}-reset`]: seconds(NOW - S) }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a 429 whose reset is beyond a month', decision: () => on(429, { [`${UNIFIED}-reset`]: seconds(NOW + 40 * DAY) }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a 429 whose reset makes no sense', decision: () => on(429, { 'retry-after': 'soon', 'x-ratelimit-reset': 'NaN' }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a 429 of an account whose windows are not used up', decision: () => on(429, { [`${UNIFIED}-status`]: 'allowed_warning', [`${UNIFIED}-reset`]: seconds(NOW + 4 * H) }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'a 429 without limits that says to try again', decision: () => on(429, { 'x-should-retry': 'true' }), is: ['retry', 'upstream_429_retryable', null] },
  { what: 'the same, tried twice', decision: () => on(429, { 'x-should-retry': 'true' }, {}, { triedHere: 2 }), is: ['next', 'upstream_429_retryable', null] },
  { what: 'a 429 with limits that says to try again', decision: () => on(429, { 'x-should-retry': 'true', 'retry-after': '20' }), is: ['next', 'upstream_429_with_reset', 20 * S] },
  { what: 'a 429 of the weekly limit of a family of models', decision: () => on(429, { [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-representative-claim`]: 'seven_day_opus', [`${UNIFIED}-reset`]: seconds(NOW + DAY) }), is: ['next', 'model_limit', DAY, 'claude-test'] },
  { what: 'a 429 that names the model', decision: () => on(429, { 'retry-after': '7' }, { error: ['rate_limit_exceeded', 'Rate limit reached for claude-test in organization org-x'] }), is: ['next', 'model_limit', 7 * S, 'claude-test'] },
  { what: 'a 429 that names a longer name', decision: () => on(429, { 'retry-after': '7' }, { error: ['rate_limit_exceeded', 'Rate limit reached for claude-test-mini'] }), is: ['next', 'upstream_429_with_reset', 7 * S] },
  { what: 'a 429 for extra usage', decision: () => on(429, {}, { error: ['rate_limit_error', 'Extra usage is required for long context requests.'] }), is: ['next', 'extra_usage_exhausted', null] },
  { what: 'a 429 for credits that are out', decision: () => on(429, { [`${UNIFIED}-overage-disabled-reason`]: 'out_of_credits' }), is: ['next', 'out_of_credits', null] },
  { what: 'a 429 of a used-up window, with credits that are out', decision: () => on(429, { [`${UNIFIED}-status`]: 'rejected', [`${UNIFIED}-reset`]: seconds(NOW + H), [`${UNIFIED}-overage-disabled-reason`]: 'out_of_credits' }), is: ['next', 'upstream_429_with_reset', H] },
  { what: 'a 429 for a request above the minute’s limit', decision: () => on(429, { 'retry-after': '60' }, { error: ['tokens', 'Request too large for gpt-x on tokens per min'] }), is: ['next', 'request_above_limit', null] },
  { what: 'a spent quota', decision: () => on(429, {}, { error: ['insufficient_quota', 'You exceeded your current quota'] }), is: ['next', 'payment_required', 15 * MIN] },
  { what: 'a 400 for a low credit balance', decision: () => on(400, {}, { error: ['invalid_request_error', 'Your credit balance is too low to access the API.'] }), is: ['next', 'payment_required', 15 * MIN] },
  { what: 'a 402', decision: () => on(402), is: ['next', 'payment_required', 15 * MIN] },
  { what: 'a status that asks for payment', decision: () => on(403, { [`${UNIFIED}-status`]: 'payment_required', [`${UNIFIED}-reset`]: seconds(NOW + H) }), is: ['next', 'payment_required', H] },
  ...['rate_limited', 'blocked', 'queueing_hard', 'rejected'].map((word) => ({ what: `the hard status ${word}`, decision: () => on(403, { [`${UNIFIED}-status`]: word, [`${UNIFIED}-reset`]: seconds(NOW + H) }), is: ['next', 'limit_status', H] })),
  ...['rate_limited', 'blocked', 'queueing_hard', 'payment_required'].map((word) => ({ what: `a good answer with the hard status ${word}`, decision: () => on(200, { [`${UNIFIED}-status`]: word, [`${UNIFIED}-reset`]: seconds(NOW + H) }), is: ['pass', 'limit_status', H] })),
  ...['allowed', 'allowed_warning', 'queueing_soft'].map((word) => ({ what: `a good answer with the soft status ${word}`, decision: () => on(200, { [`${UNIFIED}-status`]: word, [`${UNIFIED}-reset`]: seconds(NOW + H) }), is: ['pass', 'answered', null] })),
  { what: 'a first 529', decision: () => on(529), is: ['retry', 'upstream_529_overloaded_no_reset', null] },
  { what: 'a 529 after two more tries', decision: () => on(529, {}, {}, { triedHere: 2 }), is: ['next', 'upstream_529_overloaded_no_reset', 10 * S] },
  { what: 'a 529 that says how long, which is longer than is waited', decision: () => on(529, { 'retry-after': '20' }), is: ['next', 'upstream_529_overloaded_with_reset', 20 * S] },
  { what: 'a 529 that says an hour', decision: () => on(529, { 'retry-after': '3600' }), is: ['next', 'upstream_529_overloaded_with_reset', MIN] },
  { what: 'a 503 that says how long', decision: () => on(503, { 'retry-after': '20' }), is: ['next', 'upstream_529_overloaded_with_reset', 20 * S] },
  { what: 'a first 401', decision: () => on(401), is: ['retry', 'credential_refused', null] },
  { what: 'a 401 with a new token', decision: () => on(401, {}, {}, { isRenewed: true }), is: ['next', 'credential_refused', 5 * MIN] },
  { what: 'a 403', decision: () => on(403), is: ['next', 'forbidden', null] },
  { what: 'a 403 for an account that is locked', decision: () => on(403, {}, { error: ['permission_error', 'This organization has been disabled.'] }), is: ['next', 'account_locked', 15 * MIN] },
  ...[500, 502, 503, 504, 520, 408].map((status) => ({ what: `a ${status}`, decision: () => on(status), is: ['next', 'upstream_failed', null] })),
  ...[400, 404, 405, 409, 413, 415, 422, 301].map((status) => ({ what: `a ${status}, which is the request’s own`, decision: () => on(status, { 'retry-after': '20' }), is: ['pass', 'answered', null] })),
  { what: 'a connection that was refused', decision: () => on(null, {}, { phase: 'connect', networkCode: 'ECONNREFUSED' }), is: ['next', 'unreachable', null] },
  { what: 'a connection lost before an answer', decision: () => on(null, {}, { networkCode: 'ECONNRESET' }), is: ['next', 'connection_lost', null] },
  { what: 'a stream lost before its first byte', decision: () => on(200, {}, { phase: 'stream', networkCode: 'ECONNRESET' }), is: ['next', 'connection_lost', null] },
  { what: 'a stream lost after it', decision: () => on(200, {}, { phase: 'shown', networkCode: 'ECONNRESET' }), is: ['pass', 'connection_lost', null] },
  { what: 'a limit that a stream begins with', decision: () => on(200, {}, { phase: 'stream', error: ['rate_limit_error', 'slow'] }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
  { what: 'an overload that a stream begins with', decision: () => on(200, {}, { phase: 'stream', error: ['overloaded_error'] }), is: ['retry', 'upstream_529_overloaded_no_reset', null] },
  { what: 'a failure that a stream begins with', decision: () => on(200, {}, { phase: 'stream', error: ['api_error'] }), is: ['next', 'upstream_failed', null] },
  { what: 'a refusal that a stream begins with', decision: () => on(200, {}, { phase: 'stream', error: ['invalid_request_error', 'no'] }), is: ['pass', 'answered', null] },
  { what: 'an error that nobody knows', decision: () => on(200, {}, { phase: 'stream', error: ['new_error', 'no'] }), is: ['pass', 'answered', null] },
  { what: 'an overload in the midst of a stream', decision: () => on(200, {}, { phase: 'shown', error: ['overloaded_error'] }), is: ['pass', 'upstream_529_overloaded_no_reset', 10 * S] },
  { what: 'a limit in the background', decision: () => on(429, { 'retry-after': '90' }, {}, { isBackground: true }), is: ['next', 'upstream_429_with_reset', null] },
  { what: 'a limit of a request that cannot be sent again', decision: () => on(429, { 'retry-after': '90' }, {}, { replayable: false }), is: ['pass', 'upstream_429_with_reset', 90 * S] },
  { what: 'a connection that was refused, of a request that cannot be sent again', decision: () => on(null, {}, { phase: 'connect' }, { replayable: false }), is: ['next', 'unreachable', null] },
  { what: 'a 500 where no other account is left', decision: () => on(500, {}, {}, { hasOther: false }), is: ['pass', 'upstream_failed', null] },
  { what: 'a 529 after two more tries, where no other account is left', decision: () => on(529, {}, {}, { triedHere: 2, hasOther: false }), is: ['pass', 'upstream_529_overloaded_no_reset', 10 * S] },
  { what: 'a 429 where no other account is left, so that the pool says when one is back', decision: () => on(429, {}, {}, { hasOther: false }), is: ['next', 'upstream_429_no_reset_probe_cooldown', MIN] },
];

describe('the decision table', () => {
  for (const { what, decision, is } of CASES) it(`${is[0] === 'next' ? 'goes on to the next account after' : is[0] === 'retry' ? 'tries again after' : 'passes on'} ${what}${typeof is[2] === 'number' ? `, and benches for ${is[2] / 1000} s` : ''}`, () => assert.deepEqual(told(decision()), is));

  it('has a case for every row', () => {
    const met = new Set(CASES.map(({ is }) => is[1]));
    assert.deepEqual([...new Set(TABLE.map(({ reason }) => reason))].filter((reason) => !met.has(reason)), []);
  });

  it('has words for people for every row but the last', () => {
    assert.deepEqual(TABLE.slice(0, -1).filter(({ reason }) => toWords(reason) === reason), []);
    assert.equal(toWords('something new'), 'something new');
    assert.equal(toWords('constructor'), 'constructor');
    assert.deepEqual(['429: upstream_429_with_reset', 'cooling: circuit_open', 'paused: forbidden', 'needs sign-in: invalid_grant'].map(toReasonWords), ['its limit is reached', 'it failed again and again', 'paused: forbidden', 'needs sign-in: invalid_grant']);
    assert.deepEqual(['failover: upstream_failed', 'again: upstream_529_overloaded_no_reset', 'sticky', 'round-robin'].map(toRouteWords), ['in the place of another (its server failed)', 'once more (its server is overloaded)', 'where its conversation is at home', 'by strategy round-robin']);
  });

  it('counts failures towards the breaker, and neither limits nor overloads', () => {
    assert.deepEqual([500, 403, 429, 529, 400, 401].map((status) => on(status, {}, {}, { triedHere: 2 }).isFailure), [true, true, false, false, false, false]);
    assert.equal(on(500, {}, {}, { isBackground: true }).isFailure, false);
  });

  it('waits 750 to 1500 ms before it tries here again, then to 3000, and as long as it was asked', () => {
    const wait = (triedHere: number, random: number, headers = {}): unknown => {
      const { action } = decide({ status: 529, headers, phase: 'head' }, { ...usual, triedHere }, () => random);
      return action.kind === 'retry' ? action.waitMs : action.kind;
    };
    assert.deepEqual([wait(0, 0), wait(0, 0.999_999), wait(1, 0), wait(1, 0.999_999), wait(2, 0)], [750, 1500, 750, 3000, 'next']);
    assert.deepEqual([wait(0, 0, { 'retry-after': '2' }), wait(0, 0, { 'retry-after': '4' })], [2000, 'next']);
  });

  it('never tries again what was shown, or what cannot be sent again and was sent, whatever comes', () => {
    const words = fc.constantFrom('rate_limit_error', 'overloaded_error', 'api_error', 'authentication_error', 'insufficient_quota', 'x', undefined);
    const header = fc.constantFrom<Record<string, string>>({}, { 'retry-after': '1' }, { 'x-should-retry': 'true' }, { [`${UNIFIED}-status`]: 'blocked' }, { 'retry-after': '-1', 'x-ratelimit-reset': '99999999999999' });
    fc.assert(fc.property(fc.option(fc.integer({ min: 100, max: 599 })), words, header, fc.boolean(), fc.boolean(), fc.nat(3), fc.constantFrom('head', 'stream', 'shown'), (status, errorType, headers, isRenewed, hasOther, triedHere, phase) => {
      const { action, bench } = decide({ status, headers, phase, ...(errorType === undefined ? {} : { errorType }) }, { ...usual, isRenewed, hasOther, triedHere, replayable: phase === 'shown' }, () => 0.5);
      assert.equal(action.kind, 'pass');
      assert.ok(bench === undefined || (bench.untilMs > NOW && bench.untilMs <= NOW + 31 * DAY));
    }));
  });
});
