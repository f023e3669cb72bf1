import assert from 'node:assert/strict';
import { WindowWatch } from '../../src/account/windows.ts';
import { T0 } from '../start-balancer.ts';

const UNIFIED = {
  'content-type': 'application/json', 'anthropic-ratelimit-unified-status': 'allowed', 'anthropic-ratelimit-unified-reset': '1795356000',
  'anthropic-ratelimit-unified-5h-status': 'allowed', 'anthropic-ratelimit-unified-5h-reset': '1795356000', 'anthropic-ratelimit-unified-5h-utilization': '0.42',
};

describe('what answers say of an account’s windows', () => {
  const see = (watch: WindowWatch, headers: Record<string, string>, afterMs = 0) => watch.see('id-work', { headers, atMs: T0 + afterMs });

  it('is read from the headers of both vendors', () => {
    assert.deepEqual(see(new WindowWatch(), UNIFIED)!.windows, {
      unified: { status: 'allowed', resetAtMs: 1_795_356_000_000 }, 'unified-5h': { status: 'allowed', resetAtMs: 1_795_356_000_000, utilization: 0.42 },
    });
    assert.deepEqual(see(new WindowWatch(), { 'x-ratelimit-limit-tokens': '200000', 'x-ratelimit-remaining-tokens': '17', 'x-ratelimit-reset-tokens': '6m0s' })!.windows, { tokens: { limit: 200_000, remaining: 17, resetAtMs: T0 + 360_000 } });
  });

  it('is said once in five seconds for an account, and at once where a status changes', () => {
    const watch = new WindowWatch();

    const said = [0, 10, 4999, 5000, 5001].map((afterMs) => see(watch, { ...UNIFIED, 'anthropic-ratelimit-unified-5h-utilization': `0.${afterMs}` }, afterMs) !== undefined);
    const warned = see(watch, { ...UNIFIED, 'anthropic-ratelimit-unified-5h-status': 'allowed_warning' }, 5002);

    assert.deepEqual(said, [true, false, false, true, false]);
    assert.equal(warned!.windows['unified-5h']!.status, 'allowed_warning');
    assert.notEqual(watch.see('id-other', { headers: UNIFIED, atMs: T0 + 5003 }), undefined);
  });

  it('is that it was used, once a minute, where they say nothing', () => {
    const watch = new WindowWatch();

    const said = [0, 59_999, 60_000].map((afterMs) => see(watch, { 'content-type': 'text/plain' }, afterMs)?.windows);

    assert.deepEqual(said, [{}, undefined, {}]);
  });

  it('is what a provider has read already, with how much is used', () => {
    const limits = { windows: { 'unified-7d': { resetAtMs: T0 } }, headers: { 'anthropic-ratelimit-unified-7d-utilization': '1.03', 'anthropic-ratelimit-unified-5h-utilization': 'none' } };

    const event = new WindowWatch().see('id-work', { headers: limits.headers, atMs: T0, limits });

    assert.deepEqual(event!.windows, { 'unified-7d': { resetAtMs: T0, utilization: 1.03 } });
  });
});
