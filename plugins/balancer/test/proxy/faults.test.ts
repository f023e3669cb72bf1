import assert from 'node:assert/strict';
import type { RequestRow } from '../../src/books/row.ts';
import { messagesError, messagesStream, toEvent } from '../upstream-replies.ts';
import { type Script, startUpstream, type Upstream } from '../upstream.ts';
import { type RealEngine, realEngine } from './real-engine.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const [FIRST, SECOND] = ['key-of-the-first-account', 'key-of-the-second-account'] as const;
const STREAM = { model: 'test-model', max_tokens: 5, stream: true, messages: [{ role: 'user', content: 'Hi' }] };
const LIMITED: Script = { status: 429, headers: { 'retry-after': '20' }, body: messagesError('rate_limit_error') };

describe('faults of accounts, with the engine and a pool', () => {
  let upstream: Upstream;
  let real: RealEngine;
  let proxy: TestProxy;

  beforeEach(async () => {
    upstream = await startUpstream();
    real = await realEngine(upstream.url, [FIRST, SECOND]);
    proxy = await testProxy({ upstream, engine: real.engine, now: () => real.clock.nowMs });
  });
  afterEach(async () => {
    await proxy.close();
    await upstream.close();
    await real.home.remove();
  });

  const asked = (): string[] => upstream.requests.map(({ account }) => account!);
  const last = (): RequestRow => proxy.rows.at(-1)!;

  it('stays with one account while it is healthy', async () => {
    for (let time = 0; time < 4; time++) await ask(proxy);
    assert.deepEqual(asked(), [FIRST, FIRST, FIRST, FIRST]);
    assert.equal(last().accountId, `id-${FIRST}`);
  });

  for (const [what, script, isRetriedHere] of [
    ['429', LIMITED, false], ['429 without a reset', { status: 429, body: messagesError('rate_limit_error') }, false], ['401', { status: 401, body: messagesError('authentication_error') }, false],
    ['500', { status: 500, body: messagesError('api_error') }, true], ['529', { status: 529, body: messagesError('overloaded_error') }, true],
    ['a connection that breaks before an answer', { instead: 'cut' }, true], ['a limit that its stream begins with', { pieces: [toEvent({ type: 'error', error: { type: 'rate_limit_error', message: 'limit' } })] }, false],
    ['an overload that its stream begins with', { pieces: [': hello\n\n', 'event: ping\ndata: {"type": "ping"}\n\n', toEvent({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } })] }, true],
  ] as const) {
    it(`goes on with the next account on ${what}, and the client sees nothing of it`, async () => {
      upstream.script(FIRST, script as Script);
      const answer = await ask(proxy, { body: STREAM });
      assert.equal(answer.status, 200);
      assert.equal(answer.text, messagesStream({ model: 'test-model' }).join(''));
      assert.equal(upstream.of(SECOND).length, 1);
      if (!isRetriedHere) assert.equal(upstream.of(FIRST).length, 1);
      assert.deepEqual([last().end, last().status, last().accountId, last().attempts], ['complete', 200, `id-${SECOND}`, asked().length]);
    });
  }

  it('leaves an account out until its reset, and takes it back by itself after it', async () => {
    upstream.script(FIRST, LIMITED, {});
    await ask(proxy);
    await ask(proxy);
    assert.deepEqual(asked(), [FIRST, SECOND, SECOND]);
    real.clock.nowMs += 21_000;
    await ask(proxy, { body: { model: 'test-model', messages: [{ role: 'user', content: 'another conversation' }] } });
    assert.equal(asked().at(-1), FIRST);
  });

  it('goes on when the clock is set back, and no request has taken less than nothing', async () => {
    upstream.script(FIRST, () => {
      real.clock.nowMs -= 3_600_000;
      return {};
    });
    assert.deepEqual([(await ask(proxy)).status, (await ask(proxy)).status], [200, 200]);
    assert.deepEqual(proxy.rows.map(({ durationMs, firstByteMs, tokensPerSecond }) => [durationMs, firstByteMs, tokensPerSecond]), [[0, 0, null], [0, 0, null]]);
  });

  it('asks a dead account at most once for each request of a burst of 50', async () => {
    upstream.script(FIRST, { ...LIMITED as object, hold: new Promise((resolve) => { setImmediate(resolve); }) });
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(proxy)));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.ok(upstream.of(FIRST).length <= 50);
    const before = upstream.of(FIRST).length;
    await ask(proxy);
    assert.equal(upstream.of(FIRST).length, before);
    assert.equal(proxy.rows.length, 51);
  });

  it('answers 429 with the soonest reset when all are out, naming each account and why, and sends nothing unauthenticated', async () => {
    upstream.script(FIRST, { status: 429, headers: { 'retry-after': '25' }, body: messagesError('rate_limit_error') });
    upstream.script(SECOND, LIMITED);
    await ask(proxy);
    const answer = await ask(proxy, { headers: { 'x-api-key': 'sk-of-the-client', authorization: 'Bearer of-the-client' } });
    assert.equal(answer.status, 429);
    const { type, error } = answer.json as { type: string; error: { type: string; message: string; accounts: { account: string }[] } };
    assert.deepEqual([type, error.type, error.accounts.map(({ account }) => account).sort()], ['error', 'rate_limit_error', [FIRST, SECOND]]);
    assert.ok(Number(answer.headers['retry-after']) >= 1 && Number(answer.headers['retry-after']) <= 20);
    assert.equal(upstream.requests.length, 2);
    assert.deepEqual([last().end, last().status, last().attempts, last().error], ['refused', 429, 0, 'BALANCER_ALL_OUT']);
  });

  it('names the accounts that are out to nobody who needs a key', async () => {
    for (const key of [FIRST, SECOND]) upstream.script(key, LIMITED);
    const told = await ask(proxy);
    const keyed = await testProxy({ upstream, engine: real.engine, now: () => real.clock.nowMs, keys: { isRequired: true, check: () => ({ id: 'team' }) } });
    const answer = await ask(keyed, { headers: { 'x-api-key': 'of-the-team' } });
    await keyed.close();
    const names = /first|second/;
    assert.deepEqual([told.status, names.test(told.text), answer.status, names.test(answer.text.replace('the first is back', '')), answer.headers['retry-after'] !== undefined], [429, true, 429, false, true]);
  });

  it('passes on a refusal that is about the request, as it came', async () => {
    upstream.script(FIRST, { status: 400, headers: { 'x-reason': 'yes' }, body: messagesError('invalid_request_error', 'max_tokens: too large') });
    const answer = await ask(proxy);
    assert.deepEqual([answer.status, answer.headers['x-reason'], answer.json], [400, 'yes', messagesError('invalid_request_error', 'max_tokens: too large')]);
    assert.deepEqual([last().end, last().error, asked()], ['error', 'invalid_request_error', [FIRST]]);
  });

  it('does not try again after the client has seen a byte: an error event passes', async () => {
    const stream = [messagesStream()[0]!, toEvent({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })];
    upstream.script(FIRST, { pieces: stream });
    const answer = await ask(proxy, { body: STREAM });
    assert.deepEqual([answer.text, asked()], [stream.join(''), [FIRST]]);
    assert.deepEqual([last().end, last().error, last().inputTokens], ['error', 'overloaded_error', 25]);
  });
});
