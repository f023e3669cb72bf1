import assert from 'node:assert/strict';
import { createPlace, type Place } from '../../../../test/support/pith.ts';
import { addAccounts, linkBalancer } from '../add-accounts.ts';
import { startUpstream, type Upstream } from '../upstream.ts';

const limited = (retryAfterS: number): object => ({ status: 429, headers: { 'retry-after': String(retryAfterS) }, body: { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } } });

describe('pith run where all accounts are out', () => {
  let upstream: Upstream;
  let place: Place;

  before(async () => {
    upstream = await startUpstream();
    place = await createPlace();
    const home = place.env['PITH_HOME']!;
    await linkBalancer(home);
    await addAccounts(home, ['work', 'spare'], { baseUrl: upstream.url });
  });
  after(async () => {
    await place.remove();
    await upstream.close();
  });

  it('says once until when, waits that long, and answers', async () => {
    upstream.script(undefined, limited(1), limited(1), {});

    const { code, stdout, stderr } = await place.pith(['run', 'hi']);

    assert.deepEqual([code, upstream.requests.length], [0, 3]);
    assert.notEqual(stdout, '');
    assert.match(stderr, /^! trying again in 1\.0 s: All accounts for anthropic are out: (?:work|spare) \(its limit is reached\), (?:work|spare) \(its limit is reached\)\. The first is back at \d\d:\d\d:\d\d, in 1 s\.\n$/);
  });

  it('ends with exit 5 where nobody waits that long, and says when the first is back', async () => {
    upstream.script(undefined, limited(3600));

    const { code, stdout, stderr } = await place.pith(['run', '--output', 'json', 'hi']);

    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
    assert.deepEqual([code, stderr, error.code], [5, '', 'BALANCER_ALL_OUT']);
    assert.match(error.message, /^All accounts for anthropic are out: .+ The first is back at [ \d:-]+, in 1 h\.$/);
    assert.match(error.hint, /pith accounts explain/);
  });
});
