import assert from 'node:assert/strict';
import { readLimits } from '@pith/wire';

const NOW = Date.UTC(2026, 0, 1);
const read = (headers: Record<string, string>, secrets: string[] = []) => readLimits(new Headers(headers), { nowMs: NOW, secrets });
const resetOf = (value: string): number | undefined => read({ 'x-ratelimit-reset-tokens': value })?.windows['tokens']?.resetAtMs;

describe('the limit headers of an answer', () => {
  it('are nothing where there are none', () => {
    assert.equal(read({ 'content-type': 'text/plain', 'x-request-id': 'r' }), undefined);
  });

  it('are numbers by what they limit, in the two vendors’ spellings', () => {
    assert.deepEqual(read({ 'anthropic-ratelimit-input-tokens-limit': '50000', 'anthropic-ratelimit-input-tokens-remaining': '0' })?.windows, { 'input-tokens': { limit: 50_000, remaining: 0 } });
    assert.deepEqual(read({ 'x-ratelimit-limit-tokens': '160000', 'x-ratelimit-remaining-tokens': '159976' })?.windows, { tokens: { limit: 160_000, remaining: 159_976 } });
    assert.deepEqual(read({ 'x-ratelimit-limit': '20', 'x-ratelimit-remaining': '19', 'x-ratelimit-reset': '1767225660000' })?.windows, { requests: { limit: 20, remaining: 19, resetAtMs: NOW + 60_000 } });
  });

  it('keep the word of a subscription’s window', () => {
    assert.deepEqual(read({ 'anthropic-ratelimit-unified-status': 'allowed', 'anthropic-ratelimit-unified-7d-status': 'rejected', 'anthropic-ratelimit-unified-representative-claim': 'five_hour' })?.windows, { unified: { status: 'allowed' }, 'unified-7d': { status: 'rejected' } });
  });

  for (const [value, afterMs] of [
    ['2026-01-01T00:00:30Z', 30_000], ['2026-01-01T01:00:00+01:00', 0], ['1767225601', 1000], ['1767225600500', 500], ['12ms', 12], ['1s', 1000], ['60', 60_000], ['0.5', 500], ['6m0s', 360_000], ['1h2m3.5s', 3_723_500], ['17µs', 1], ['2d', 172_800_000],
  ] as const) {
    it(`reset at a time written as ${value}`, () => assert.equal(resetOf(value), NOW + afterMs));
  }

  it('leave out a time that could mean two things, or none', () => {
    for (const value of ['60000', '9999', '', 'soon', '-1s', '1x', 'Thu', '2026-13-45T00:00:00Z', '1e3s', '9'.repeat(400)]) assert.equal(resetOf(value), undefined, value);
  });

  it('leave out a count that is none, and keep every header as it came', () => {
    const headers = { 'x-ratelimit-limit-requests': '100, 100;w=60', 'x-ratelimit-remaining-requests': '-1', 'anthropic-ratelimit-odd': 'x' };
    assert.deepEqual(read(headers), { windows: {}, headers: { 'anthropic-ratelimit-odd': 'x', 'x-ratelimit-limit-requests': '100, 100;w=60', 'x-ratelimit-remaining-requests': '-1' } });
  });

  it('say when to come back, in each way of saying it', () => {
    const retryAt = (headers: Record<string, string>) => read(headers)?.retryAtMs;
    assert.equal(retryAt({ 'retry-after': '3' }), NOW + 3000);
    assert.equal(retryAt({ 'retry-after': '3', 'retry-after-ms': '1500' }), NOW + 1500);
    assert.equal(retryAt({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }), NOW + 30_000);
    assert.equal(retryAt({ 'retry-after': 'soon' }), undefined);
    assert.equal(retryAt({ 'retry-after': '1e999', 'retry-after-ms': 'Infinity' }), undefined);
  });

  it('are bounded, hold no key, and cannot reach a prototype', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-ratelimit-thing-${index}`, 'v'.repeat(1000)]));
    const bounded = read(many)!;
    assert.equal(Object.keys(bounded.headers).length, 32);
    assert.ok(Object.values(bounded.headers).every((value) => value.length === 200));
    assert.deepEqual(read({ 'x-ratelimit-key': 'for my-own-secret' }, ['my-own-secret'])?.headers, { 'x-ratelimit-key': 'for [secret:key]' });
    assert.equal(Object.getPrototypeOf(read({ 'x-ratelimit-remaining-__proto__': '1' })!.windows), Object.prototype);
  });
});
