import assert from 'node:assert/strict';
import { isPithError } from '@pith/kernel';
import { toProviderError } from '@pith/wire';
import { decide } from '../src/decide.ts';
import { toFailure, toReplyFailure } from '../src/failure.ts';

const NOW = Date.UTC(2026, 0, 1);
const OPTIONS = { maxAttempts: 6, maxWaitMs: 120_000, maxTotalMs: 600_000 };
const HALF = (): number => 0.5;

type Headers_ = Readonly<Record<string, string>>;
interface Row {
  title: string;
  status: number;
  headers?: Headers_;
  body?: unknown;
  attempt?: number;
  hasNext?: boolean;
  elapsedMs?: number;
  shown?: boolean;
  /** `wait 500`, `fall back`, `fail`, or `fail` with the option that stands in the way. */
  must: string;
}

const anthropic = (type: string, message = 'no') => ({ type: 'error', error: { type, message }, request_id: 'req_011CSHoEeqs5C35K2UUqR7Fy' });
const openai = (type: string, { code = null, message = 'no' }: { code?: string | null; message?: string } = {}) => ({ error: { message, type, param: null, code } });

/** As Anthropic sends them with every answer. */
const ANTHROPIC: Headers_ = {
  'request-id': 'req_011CSHoEeqs5C35K2UUqR7Fy', 'anthropic-ratelimit-requests-limit': '4000', 'anthropic-ratelimit-requests-remaining': '3999', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:01Z',
  'anthropic-ratelimit-input-tokens-limit': '2000000', 'anthropic-ratelimit-input-tokens-remaining': '1999000', 'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:00Z',
  'anthropic-ratelimit-output-tokens-limit': '400000', 'anthropic-ratelimit-output-tokens-remaining': '400000', 'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:00:00Z',
};
/** As OpenAI does. */
const OPENAI: Headers_ = {
  'x-request-id': 'req_8f2c', 'openai-processing-ms': '12', 'x-ratelimit-limit-requests': '5000', 'x-ratelimit-remaining-requests': '4999', 'x-ratelimit-reset-requests': '12ms',
  'x-ratelimit-limit-tokens': '800000', 'x-ratelimit-remaining-tokens': '799000', 'x-ratelimit-reset-tokens': '75ms',
};
/** As a subscription is limited. */
const UNIFIED: Headers_ = {
  'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(NOW / 1000 + 5400), 'anthropic-ratelimit-unified-5h-status': 'rejected', 'anthropic-ratelimit-unified-5h-reset': String(NOW / 1000 + 5400),
  'anthropic-ratelimit-unified-7d-status': 'allowed', 'anthropic-ratelimit-unified-7d-reset': String(NOW / 1000 + 400_000),
};
const slow = anthropic('rate_limit_error', 'This request would exceed your organization’s rate limit');

const ROWS: readonly Row[] = [
  // What Anthropic says outright.
  { title: '429, retry-after in seconds', status: 429, headers: { ...ANTHROPIC, 'retry-after': '7' }, body: slow, must: 'wait 7000' },
  { title: '429, half a second', status: 429, headers: { 'retry-after': '0.5' }, body: slow, must: 'wait 500' },
  { title: '429, retry-after at the limit', status: 429, headers: { 'retry-after': '120' }, body: slow, must: 'wait 120000' },
  { title: '429, retry-after beyond the limit', status: 429, headers: { 'retry-after': '121' }, body: slow, must: 'fail maxWaitMs' },
  { title: '429, retry-after beyond the limit, another model', status: 429, headers: { 'retry-after': '121' }, body: slow, hasNext: true, must: 'fall back' },
  { title: '429, retry-after of an hour, another model', status: 429, headers: { ...ANTHROPIC, 'retry-after': '3600' }, body: slow, hasNext: true, must: 'fall back' },
  { title: '429, a date', status: 429, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, body: slow, must: 'wait 30000' },
  { title: '429, a date that is over', status: 429, headers: { 'retry-after': 'Wed, 31 Dec 2025 23:59:30 GMT' }, body: slow, must: 'wait 500' },
  { title: '429, a date far away', status: 429, headers: { 'retry-after': 'Fri, 02 Jan 2026 00:00:00 GMT' }, body: slow, must: 'fail maxWaitMs' },
  { title: '429, no headers', status: 429, body: slow, must: 'wait 500' },
  { title: '429, no headers and no body', status: 429, must: 'wait 500' },
  // Resets of Anthropic’s windows.
  { title: '429, requests used up', status: 429, headers: { ...ANTHROPIC, 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:12Z' }, body: slow, must: 'wait 12000' },
  { title: '429, input tokens used up, with a fraction', status: 429, headers: { ...ANTHROPIC, 'anthropic-ratelimit-input-tokens-remaining': '0', 'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:03.250Z' }, body: slow, must: 'wait 3250' },
  { title: '429, a reset with an offset', status: 429, headers: { 'anthropic-ratelimit-tokens-remaining': '0', 'anthropic-ratelimit-tokens-reset': '2026-01-01T01:00:20+01:00' }, body: slow, must: 'wait 20000' },
  { title: '429, two windows used up', status: 429, headers: { ...ANTHROPIC, 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:12Z', 'anthropic-ratelimit-output-tokens-remaining': '0', 'anthropic-ratelimit-output-tokens-reset': '2026-01-01T00:00:40Z' }, body: slow, must: 'wait 40000' },
  { title: '429, only a reset', status: 429, headers: { 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:09Z' }, body: slow, must: 'wait 9000' },
  { title: '429, nothing used up: the resets say nothing', status: 429, headers: { ...ANTHROPIC, 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:50Z' }, body: slow, must: 'wait 500' },
  { title: '429, retry-after before a reset', status: 429, headers: { ...ANTHROPIC, 'retry-after': '2', 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:50Z' }, body: slow, must: 'wait 2000' },
  { title: '429, a reset that is over', status: 429, headers: { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2025-12-31T23:59:00Z' }, body: slow, must: 'wait 500' },
  { title: '429, a reset that is no date', status: 429, headers: { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': 'soon' }, body: slow, must: 'wait 500' },
  { title: '429, a subscription used up for 90 minutes', status: 429, headers: UNIFIED, body: slow, must: 'fail maxWaitMs' },
  { title: '429, a subscription used up, another model', status: 429, headers: UNIFIED, body: slow, hasNext: true, must: 'fall back' },
  // OpenAI.
  { title: '429, retry-after-ms', status: 429, headers: { ...OPENAI, 'retry-after-ms': '1500', 'retry-after': '2' }, body: openai('tokens', { code: 'rate_limit_exceeded' }), must: 'wait 1500' },
  { title: '429, retry-after-ms with a fraction', status: 429, headers: { 'retry-after-ms': '249.2' }, body: openai('requests', { code: 'rate_limit_exceeded' }), must: 'wait 250' },
  { title: '429, tokens used up for 1s', status: 429, headers: { ...OPENAI, 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1s' }, body: openai('tokens', { code: 'rate_limit_exceeded' }), must: 'wait 1000' },
  { title: '429, requests used up for 1m30s', status: 429, headers: { ...OPENAI, 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' }, body: openai('requests', { code: 'rate_limit_exceeded' }), must: 'wait 90000' },
  { title: '429, tokens used up for 6m0s', status: 429, headers: { ...OPENAI, 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, body: openai('tokens', { code: 'rate_limit_exceeded' }), must: 'fail maxWaitMs' },
  { title: '429, tokens used up for 6m0s, another model', status: 429, headers: { ...OPENAI, 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, body: openai('tokens', { code: 'rate_limit_exceeded' }), hasNext: true, must: 'fall back' },
  { title: '429, used up for 120ms', status: 429, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '120ms' }, body: openai('requests'), must: 'wait 120' },
  { title: '429, used up for 7.66s', status: 429, headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7.66s' }, body: openai('tokens'), must: 'wait 7660' },
  { title: '429, only a reset of OpenAI', status: 429, headers: { 'x-ratelimit-reset-requests': '3s' }, body: openai('requests'), must: 'wait 3000' },
  { title: '429, nothing used up', status: 429, headers: OPENAI, body: openai('tokens', { code: 'rate_limit_exceeded' }), must: 'wait 500' },
  { title: '429, the wait is in the sentence', status: 429, headers: OPENAI, body: openai('tokens', { code: 'rate_limit_exceeded', message: 'Rate limit reached for gpt-6. Please try again in 1.898s.' }), must: 'wait 1898' },
  { title: '429, nothing left to spend', status: 429, headers: OPENAI, body: openai('insufficient_quota', { code: 'insufficient_quota' }), must: 'fail' },
  { title: '429, nothing left to spend, whatever is promised', status: 429, headers: { 'retry-after': '1', 'x-should-retry': 'true' }, body: openai('insufficient_quota', { code: 'insufficient_quota' }), must: 'fail' },
  { title: '429, nothing left to spend, another model', status: 429, body: openai('insufficient_quota', { code: 'insufficient_quota' }), hasNext: true, must: 'fall back' },
  { title: '402, nothing left to spend', status: 402, body: anthropic('billing_error'), must: 'fail' },
  { title: '400, no credit left at Anthropic', status: 400, body: anthropic('invalid_request_error', 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.'), must: 'fail' },
  { title: '400, no credit left at Anthropic, another model', status: 400, body: anthropic('invalid_request_error', 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.'), hasNext: true, must: 'fall back' },
  { title: '400, a limit that the account has set itself, another model', status: 400, body: anthropic('invalid_request_error', 'You have reached your specified API usage limits. You will regain access on 2026-02-01 at 00:00 UTC.'), hasNext: true, must: 'fall back' },
  { title: '429, an account without billing', status: 429, body: openai('billing_not_active', { code: 'billing_not_active', message: 'Your account is not active, please check your billing details on our website.' }), must: 'fail' },
  { title: '400, the hard limit of an account, another model', status: 400, body: openai('invalid_request_error', { code: 'billing_hard_limit_reached', message: 'Billing hard limit has been reached' }), hasNext: true, must: 'fall back' },
  { title: '429, larger than a minute allows: the kernel makes room', status: 429, headers: OPENAI, body: openai('tokens', { code: 'rate_limit_exceeded', message: 'Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 61337. The input or output tokens must be reduced in order to run successfully.' }), hasNext: true, must: 'fail' },
  { title: '429, Azure: seconds without a unit', status: 429, headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '33' }, body: openai('429'), must: 'wait 33000' },
  { title: '429, Azure: in the sentence', status: 429, headers: { 'x-ratelimit-limit-tokens': '-1', 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' }, body: openai('429', { message: 'Requests to the ChatCompletions_Create Operation have exceeded token rate limit. Please retry after 33 seconds.' }), must: 'wait 33000' },
  // Clocks: ours is off, the answer tells what time it is there.
  { title: '429, a date, our clock two minutes behind', status: 429, headers: { date: 'Thu, 01 Jan 2026 00:02:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 00:02:30 GMT' }, body: slow, must: 'wait 30000' },
  { title: '429, a reset, our clock ten minutes ahead', status: 429, headers: { date: 'Wed, 31 Dec 2025 23:50:00 GMT', 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2025-12-31T23:50:12Z' }, body: slow, must: 'wait 12000' },
  { title: '429, a subscription, our clock an hour ahead', status: 429, headers: { date: 'Wed, 31 Dec 2025 23:00:00 GMT', 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(NOW / 1000 - 3540) }, body: slow, must: 'wait 60000' },
  { title: '429, seconds from now need no clock', status: 429, headers: { date: 'Wed, 31 Dec 2025 23:50:00 GMT', 'retry-after': '7' }, body: slow, must: 'wait 7000' },
  { title: '429, recorded in March 2024 and played as it was', status: 429, headers: { date: 'Tue, 26 Mar 2024 19:59:59 GMT', 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': '2024-03-26T20:00:00Z', 'x-should-retry': 'true' }, body: slow, must: 'wait 500' },
  // x-should-retry.
  { title: '429, the vendor says it is no use', status: 429, headers: { 'x-should-retry': 'false', 'retry-after': '3' }, body: slow, must: 'fail' },
  { title: '429, no use, another model', status: 429, headers: { 'x-should-retry': 'false' }, body: slow, hasNext: true, must: 'fall back' },
  { title: '529, no use', status: 529, headers: { 'x-should-retry': 'false' }, body: anthropic('overloaded_error'), must: 'fail' },
  { title: '500, do', status: 500, headers: { 'x-should-retry': 'true' }, body: anthropic('api_error'), must: 'wait 500' },
  { title: '500, neither yes nor no', status: 500, headers: { 'x-should-retry': 'maybe' }, body: anthropic('api_error'), must: 'wait 500' },
  { title: '400, however promised', status: 400, headers: { 'x-should-retry': 'true', 'retry-after': '1' }, body: anthropic('invalid_request_error'), must: 'fail' },
  { title: '401, however promised', status: 401, headers: { 'x-should-retry': 'true' }, body: anthropic('authentication_error'), must: 'fail' },
  // Nonsense.
  { title: 'retry-after that is a word', status: 429, headers: { 'retry-after': 'soon' }, body: slow, must: 'wait 500' },
  { title: 'retry-after that is empty', status: 429, headers: { 'retry-after': '' }, body: slow, must: 'wait 500' },
  { title: 'retry-after below zero', status: 429, headers: { 'retry-after': '-5' }, body: slow, must: 'wait 500' },
  { title: 'retry-after-ms below zero', status: 429, headers: { 'retry-after-ms': '-1500' }, body: slow, must: 'wait 500' },
  { title: 'retry-after that a gateway has sent on twice', status: 429, headers: { 'retry-after': '3, 3' }, body: slow, must: 'wait 3000' },
  { title: 'retry-after that is an engine’s idea of a date', status: 429, headers: { date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'retry-after': '1 Feb' }, body: slow, must: 'wait 500' },
  { title: 'retry-after with units', status: 429, headers: { 'retry-after': '1m30s' }, body: slow, must: 'wait 90000' },
  { title: 'retry-after in RFC 3339', status: 429, headers: { 'retry-after': '2026-01-01T00:00:20Z' }, body: slow, must: 'wait 20000' },
  { title: 'retry-after since 1970', status: 429, headers: { 'retry-after': String(NOW / 1000 + 11) }, body: slow, must: 'wait 11000' },
  { title: 'retry-after of zero', status: 429, headers: { 'retry-after': '0' }, body: slow, must: 'wait 500' },
  { title: 'retry-after that is no finite number', status: 429, headers: { 'retry-after': '1e999' }, body: slow, must: 'wait 500' },
  { title: 'retry-after that is huge', status: 429, headers: { 'retry-after': '99999999999' }, body: slow, must: 'fail maxWaitMs' },
  { title: 'retry-after that is no number', status: 503, headers: { 'retry-after': 'NaN' }, must: 'wait 500' },
  { title: 'a reset below zero', status: 429, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '-1s' }, body: openai('requests'), must: 'wait 500' },
  { title: 'a reset that is huge', status: 429, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '999999999d' }, body: openai('requests'), must: 'fail maxWaitMs' },
  { title: 'a reset in an unknown unit', status: 429, headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2 fortnights' }, body: openai('requests'), must: 'wait 500' },
  // Overload and failing servers.
  { title: '529', status: 529, body: anthropic('overloaded_error', 'Overloaded'), must: 'wait 500' },
  { title: '529, second attempt', status: 529, body: anthropic('overloaded_error'), attempt: 2, must: 'wait 1000' },
  { title: '529, fifth attempt', status: 529, body: anthropic('overloaded_error'), attempt: 5, must: 'wait 8000' },
  { title: '529, last attempt', status: 529, body: anthropic('overloaded_error'), attempt: 6, must: 'fail maxAttempts' },
  { title: '529, another model: in place first', status: 529, body: anthropic('overloaded_error'), attempt: 2, hasNext: true, must: 'wait 1000' },
  { title: '529, third attempt, another model', status: 529, body: anthropic('overloaded_error'), attempt: 3, hasNext: true, must: 'fall back' },
  { title: '529, with a time', status: 529, headers: { 'retry-after': '4' }, body: anthropic('overloaded_error'), must: 'wait 4000' },
  { title: '503', status: 503, body: openai('server_error', { message: 'The engine is currently overloaded' }), must: 'wait 500' },
  { title: '503, a page with a time', status: 503, headers: { 'retry-after': '15' }, must: 'wait 15000' },
  { title: '503, third attempt, another model', status: 503, attempt: 3, hasNext: true, must: 'fall back' },
  { title: '500', status: 500, body: anthropic('api_error'), must: 'wait 500' },
  { title: '500, fourth attempt', status: 500, body: openai('server_error'), attempt: 4, must: 'fail maxAttempts' },
  { title: '502', status: 502, must: 'wait 500' },
  { title: '504', status: 504, body: anthropic('timeout_error'), must: 'wait 500' },
  { title: '520 of a gateway', status: 520, must: 'wait 500' },
  { title: '408', status: 408, must: 'wait 500' },
  { title: '409', status: 409, body: anthropic('conflict'), must: 'wait 500' },
  // What no attempt cures.
  { title: '400', status: 400, body: anthropic('invalid_request_error', 'messages.0: bad'), hasNext: true, must: 'fail' },
  { title: '401', status: 401, body: anthropic('authentication_error', 'invalid x-api-key'), hasNext: true, must: 'fail' },
  { title: '403', status: 403, body: anthropic('permission_error'), hasNext: true, must: 'fail' },
  { title: '404', status: 404, body: anthropic('not_found_error', 'model: claude-9'), hasNext: true, must: 'fail' },
  { title: '413', status: 413, body: anthropic('request_too_large'), hasNext: true, must: 'fail' },
  { title: '422', status: 422, body: openai('invalid_request_error'), hasNext: true, must: 'fail' },
  { title: '400, too long: the kernel makes room', status: 400, body: anthropic('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'), hasNext: true, must: 'fail' },
  { title: '418', status: 418, must: 'fail' },
  { title: '302', status: 302, headers: { location: 'https://login.example/' }, hasNext: true, must: 'fail' },
  // Time, and what was shown.
  { title: '529, no time is left for the wait', status: 529, elapsedMs: 599_800, body: anthropic('overloaded_error'), must: 'fail maxTotalMs' },
  { title: '529, no time is left for the wait, another model', status: 529, elapsedMs: 599_800, hasNext: true, must: 'fall back' },
  { title: '529, all time is over', status: 529, elapsedMs: 600_001, hasNext: true, must: 'fail maxTotalMs' },
  { title: '429, a wait that just fits', status: 429, elapsedMs: 593_000, headers: { 'retry-after': '7' }, must: 'wait 7000' },
  { title: '529 after something was shown', status: 529, shown: true, hasNext: true, must: 'fail' },
  { title: '429 after something was shown', status: 429, headers: { 'retry-after': '1' }, shown: true, must: 'fail' },
];

/** What official clients throw, as a provider makes it ours. */
function errorOf({ status, headers = {}, body }: Row): unknown {
  return toProviderError({ status, headers: new Headers(headers), error: body, message: `${status} status code (no body)` }, {
    name: 'Vendor', origin: 'https://api.vendor.example', keyPlace: 'KEY', addressVariable: 'URL', secrets: [], signal: new AbortController().signal, now: () => NOW,
  });
}

function tell(decision: ReturnType<typeof decide>): string {
  if (decision.action === 'retry') return `wait ${decision.waitMs}`;
  return decision.action === 'fall-back' ? 'fall back' : ['fail', ...(decision.limit === undefined ? [] : [decision.limit])].join(' ');
}

describe('the decision table', () => {
  it('has rows enough, each of its own', () => {
    assert.ok(ROWS.length >= 60);
    assert.equal(new Set(ROWS.map(({ title }) => title)).size, ROWS.length);
  });

  for (const row of ROWS) {
    it(`answers “${row.title}” with ${row.must}`, () => {
      const failure = toFailure(errorOf(row), NOW);
      assert.ok(failure);
      const { shown = false, attempt = 1, hasNext = false, elapsedMs = 0 } = row;
      assert.equal(tell(decide(failure, { shown, attempt, hasNext, elapsedMs }, { options: OPTIONS, random: HALF })), row.must);
    });
  }

  const NETWORK: readonly (readonly [code: string, must: string])[] = [
    ['ECONNRESET', 'wait 500'], ['ECONNREFUSED', 'wait 500'], ['ENOTFOUND', 'wait 500'], ['EAI_AGAIN', 'wait 500'], ['ETIMEDOUT', 'wait 500'], ['EPIPE', 'wait 500'], ['UND_ERR_SOCKET', 'wait 500'],
    ['UND_ERR_CONNECT_TIMEOUT', 'wait 500'], ['CERT_HAS_EXPIRED', 'fail'], ['SELF_SIGNED_CERT_IN_CHAIN', 'fail'],
  ];
  for (const [code, must] of NETWORK) {
    it(`answers a connection that ends with ${code} with ${must}`, () => {
      const cause = Object.assign(new Error(code), { code });
      const error = toProviderError(new TypeError('fetch failed', { cause }), { name: 'Vendor', origin: 'https://a.example', keyPlace: 'KEY', addressVariable: 'URL', secrets: [], signal: new AbortController().signal, now: () => NOW });
      assert.equal(tell(decide(toFailure(error, NOW)!, { shown: false, attempt: 1, hasNext: false, elapsedMs: 0 }, { options: OPTIONS, random: HALF })), must);
    });
  }

  const IN_STREAM: readonly (readonly [type: string, must: string, retryAfterS?: number])[] = [
    ['overloaded_error', 'wait 500'], ['rate_limit_error', 'wait 500'], ['rate_limit_error', 'wait 12000', 12], ['rate_limit_exceeded', 'wait 898', 0.898], ['api_error', 'wait 500'], ['server_error', 'wait 500'],
    ['502', 'wait 500'], ['429', 'wait 500'], ['error', 'wait 500'], ['invalid_request_error', 'fail'], ['authentication_error', 'fail'], ['permission_error', 'fail'], ['not_found_error', 'fail'],
    ['billing_error', 'fail'], ['insufficient_quota', 'fail'], ['invalid_prompt', 'fail'], ['400', 'fail'],
  ];
  for (const [type, must, retryAfterS] of IN_STREAM) {
    it(`answers an error ${type}${retryAfterS === undefined ? '' : ` with a time of ${retryAfterS} s`} within a stream with ${must}`, () => {
      const failure = toReplyFailure({ status: 'error', error: { type, message: 'no' }, ...(retryAfterS === undefined ? {} : { retryAfterS }) }, { limits: undefined, nowMs: NOW });
      assert.equal(tell(decide(failure, { shown: false, attempt: 1, hasNext: false, elapsedMs: 0 }, { options: OPTIONS, random: HALF })), must);
    });
  }

  it('knows no failure in what is not the provider’s', () => {
    const error = errorOf({ title: '', status: 529, must: '' });
    assert.ok(isPithError(error));
    for (const other of [new Error('busy'), 'busy', undefined, Object.assign(Object.create(error), { origin: 'plugin' }), Object.assign(Object.create(error), { origin: 'kernel' })]) assert.equal(toFailure(other, NOW), undefined);
  });
});
