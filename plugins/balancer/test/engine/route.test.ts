import assert from 'node:assert/strict';
import { PithError } from '@pith/kernel';
import { account, allOut, answer, facts, ground, leased, lost, send, START_MS } from './fake-pool.ts';

const MIN = 60_000, H = 3_600_000;
const limited = answer(429, { 'retry-after': '90' });

/** Whom so many requests, each of a conversation of its own, go to. */
async function spread(held: ReturnType<typeof ground>, count: number): Promise<string[]> {
  const asked: string[] = [];
  for (let n = 0; n < count; n++) asked.push(...(await send(held, {}, { conversation: `c${n}` })).asked);
  return asked;
}

describe('a route through the pool', () => {
  it('gives a lease at once, with the credential, the account’s name for the model, and why it is this account', () => {
    const { engine } = ground([account('a', { models: { 'claude-*': 'vendor/claude-*' } })]);
    const lease = engine.route(facts({ model: 'claude-x' })).next();

    assert.ok(!(lease instanceof Promise) && !('kind' in lease));
    assert.deepEqual([lease.account.name, lease.headers, lease.model, lease.reason, lease.attempt], ['a', { 'x-api-key': 'key of a' }, 'vendor/claude-x', 'session', 1]);
  });

  it('says that the pool is empty where there is no account of that family, or none of those allowed', async () => {
    const { engine } = ground(['a']);
    const ofNobody = [await allOut(engine.route(facts({ family: 'openai' })).next()), await allOut(engine.route(facts({ accounts: new Set(['id-z']) })).next())];

    assert.deepEqual(ofNobody, [{ kind: 'all-out', retryAtMs: null, reasons: [], isEmpty: true }, { kind: 'all-out', retryAtMs: null, reasons: [], isEmpty: true }]);
  });

  it('stays with one account while it is healthy, goes on to the next when it is limited, and comes back after the reset', async () => {
    const held = ground(['a', 'b', 'c']);
    const home = (await send(held, {})).asked[0]!;
    for (let n = 0; n < 5; n++) assert.deepEqual((await send(held, {})).asked, [home]);

    const { asked: [first, second], ended } = await send(held, { [home]: limited });
    assert.deepEqual([first, ended], [home, 'pass']);
    for (let n = 0; n < 5; n++) assert.deepEqual((await send(held, {})).asked, [second]);
    held.clock.nowMs += 90_000;
    assert.deepEqual((await send(held, {})).asked, [home]);
  });

  it('leaves a conversation where it has moved, and takes it back to a smaller priority number', async () => {
    for (const [priority, back] of [[50, false], [40, true]] as const) {
      const held = ground([account('a', { priority }), account('b')]);
      const conversation = 'c-1';
      held.pool.change({ type: 'paused', accountId: 'id-b', atMs: 0, by: 'test', reason: 'x' });
      await send(held, {}, { conversation });
      held.pool.change({ type: 'resumed', accountId: 'id-b', atMs: 0, by: 'test' });
      assert.deepEqual((await send(held, { a: limited }, { conversation })).asked, ['a', 'b']);
      held.clock.nowMs += 90_000;

      assert.deepEqual((await send(held, {}, { conversation })).asked, [back ? 'a' : 'b']);
    }
  });

  it('does not move a conversation for one request that failed', async () => {
    const held = ground(['a', 'b']);
    const home = (await send(held, {}, { conversation: 'c' })).asked[0]!;

    assert.equal((await send(held, { [home]: answer(500) }, { conversation: 'c' })).asked.length, 2);
    assert.deepEqual((await send(held, {}, { conversation: 'c' })).asked, [home]);
  });

  it('spreads conversations over the accounts, by their tiers', async () => {
    const held = ground([account('a', { tier: 1 }), account('b', { tier: 3 })]);
    const asked = await spread(held, 400);

    const share = asked.filter((name) => name === 'b').length / 400;
    assert.ok(share > 0.65 && share < 0.85, String(share));
  });

  it('sends a burst to a dead account at most once for each request that was under way', async () => {
    const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 })]);
    const routes = Array.from({ length: 50 }, () => held.engine.route(facts()));
    const before = await Promise.all(routes.slice(0, 20).map((route) => route.next()).map(leased));
    assert.deepEqual(new Set(before.map((lease) => lease.account.name)), new Set(['a']));

    assert.equal(routes[0]!.report(limited).kind, 'next');
    const after = await Promise.all(routes.slice(20).map((route) => leased(route.next())));

    assert.deepEqual(new Set(after.map((lease) => lease.account.name)), new Set(['b']));
    for (const route of routes.slice(1, 20)) assert.equal(route.report(limited).kind, 'next');
    for (const route of routes.slice(0, 20)) assert.equal((await leased(route.next())).account.name, 'b');
    assert.equal(held.pool.find('a')!.streak?.count, 1);
  });

  it('keeps a far reset, and says of all that are out which is back first', async () => {
    const held = ground(['a', 'b', 'c']);
    held.pool.pause('c');
    const { asked, out } = await send(held, { a: answer(429, { 'anthropic-ratelimit-unified-reset': String((START_MS + 5 * H) / 1000) }), b: answer(429, { 'retry-after': '120' }) });

    assert.deepEqual(asked.toSorted(), ['a', 'b']);
    assert.deepEqual([out?.retryAtMs, out?.isEmpty], [START_MS + 120_000, false]);
    assert.deepEqual(out?.reasons, [{ account: 'a', reason: '429: upstream_429_with_reset' }, { account: 'b', reason: '429: upstream_429_with_reset' }, { account: 'c', reason: 'paused: holiday' }]);
    assert.deepEqual((await send(held, {})).out?.reasons, [{ account: 'a', reason: 'cooling: upstream_429_with_reset' }, { account: 'b', reason: 'cooling: upstream_429_with_reset' }, { account: 'c', reason: 'paused: holiday' }]);
  });

  it('knows no time to come back where only a person can help', async () => {
    const held = ground(['a']);
    held.pool.pause('a');

    const { retryAtMs, isEmpty, reasons } = (await send(held, {})).out!;
    assert.deepEqual([retryAtMs, isEmpty, reasons], [null, false, [{ account: 'a', reason: 'paused: holiday' }]]);
  });

  it('is not limited for one model because another is', async () => {
    const held = ground(['a']);
    await send(held, { a: answer(429, { 'retry-after': '90' }, { errorMessage: 'Rate limit reached for claude-big' }) }, { model: 'claude-big' });

    assert.equal((await send(held, {}, { model: 'claude-big' })).out?.retryAtMs, START_MS + 90_000);
    assert.deepEqual((await send(held, {}, { model: 'claude-small' })).ended, 'pass');
    held.clock.nowMs += 90_000;
    assert.equal((await send(held, {}, { model: 'claude-big' })).ended, 'pass');
    assert.deepEqual(held.pool.find('a')!.coolingModels, {});
  });

  it('lets background traffic bench nobody, and tries no account for it', async () => {
    const held = ground(['a']);
    for (let n = 0; n < 9; n++) await send(held, { a: answer(500) }, { isBackground: true });
    await send(held, { a: limited }, { isBackground: true });

    assert.deepEqual(held.pool.noted.filter(({ type }) => type === 'limited'), []);
    await send(held, { a: answer(529, { 'retry-after': '30' }) });
    held.clock.nowMs += 30_000;
    assert.equal((await send(held, {}, { isBackground: true })).ended, 'all-out');
    assert.equal((await send(held, {})).ended, 'pass');
  });

  it('tries a 529 twice again where it was, then the next account, and once each from then on', async () => {
    const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 }), account('c', { priority: 3 })]);
    const { asked, ended } = await send(held, { a: answer(529), b: answer(529), c: answer(529) });

    assert.deepEqual([asked, ended], [['a', 'a', 'a', 'b', 'c'], 'pass']);
    assert.equal(held.pool.find('a')!.streak, undefined);
  });

  it('never shortens a longer limit by an overload', async () => {
    const held = ground(['a']);
    const [one, two] = [held.engine.route(facts()), held.engine.route(facts())];
    await leased(one.next());
    await leased(two.next());
    one.report(limited);
    two.report(answer(529, { 'retry-after': '5' }));

    assert.equal((await send(held, {})).out?.retryAtMs, START_MS + 90_000);
  });

  it('does not take an answer that was on its way before for the end of a limit', async () => {
    const held = ground(['a']);
    const [one, two] = [held.engine.route(facts()), held.engine.route(facts())];
    await leased(one.next());
    await leased(two.next());
    one.report(limited);
    two.report(answer(200));

    assert.equal((await send(held, {})).ended, 'all-out');
  });
});

describe('a probe', () => {
  /** An account with five limits in a row, whose time is over. */
  async function atRisk(): Promise<ReturnType<typeof ground>> {
    const held = ground(['a']);
    for (let n = 0; n < 5; n++) {
      await send(held, { a: limited });
      held.clock.nowMs += 90_000;
    }
    assert.equal(held.pool.find('a')!.streak?.count, 5);
    return held;
  }

  it('is one request at a time, and after its good answer all may', async () => {
    const held = await atRisk();
    const probe = held.engine.route(facts());
    assert.equal((await leased(probe.next())).reason, 'probe');

    const { out } = await send(held, {});
    assert.deepEqual([out?.retryAtMs, out?.reasons[0]?.reason], [held.clock.nowMs + 1000, 'one request is trying whether its limit is over']);
    probe.report(answer(200));
    const [one, two] = [held.engine.route(facts()), held.engine.route(facts())];
    assert.deepEqual([(await leased(one.next())).reason, (await leased(two.next())).reason], ['session', 'session']);
    assert.equal(held.pool.find('a')!.state.kind, 'active');
  });

  it('that fails benches again', async () => {
    const held = await atRisk();

    assert.equal((await send(held, { a: answer(429) })).out?.retryAtMs, held.clock.nowMs + 5 * MIN);
  });

  it('that never ends is over after two minutes, and one that is given up at once', async () => {
    const held = await atRisk();
    const lostProbe = held.engine.route(facts());
    await leased(lostProbe.next());
    held.clock.nowMs += 119_999;
    assert.equal((await send(held, {})).ended, 'all-out');
    held.clock.nowMs += 1;
    const second = held.engine.route(facts());
    assert.equal((await leased(second.next())).reason, 'probe');
    lostProbe.end();
    assert.equal((await send(held, {})).ended, 'all-out');
    second.end();
    second.end();
    assert.equal((await send(held, {})).ended, 'pass');
  });

  it('is what comes after an overload, too', async () => {
    const held = ground(['a']);
    await send(held, { a: answer(529, { 'retry-after': '10' }) });
    held.clock.nowMs += 10_000;
    const probe = held.engine.route(facts());

    assert.equal((await leased(probe.next())).reason, 'probe');
    assert.equal((await send(held, {})).ended, 'all-out');
  });
});

describe('the breaker of an account', () => {
  it('opens after five failures in a row for 30 s, then lets one request try, and doubles up to five minutes', async () => {
    const held = ground(['a']);
    for (let n = 0; n < 4; n++) assert.equal((await send(held, { a: answer(500) })).ended, 'pass');
    await send(held, {});
    for (let n = 0; n < 5; n++) assert.equal((await send(held, { a: answer(500) })).ended, 'pass', `after a good answer it begins anew, ${n}`);
    for (const openMs of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
      const { out } = await send(held, {});
      assert.deepEqual([out?.retryAtMs, out?.reasons[0]?.reason], [held.clock.nowMs + openMs, 'cooling: circuit_open']);
      held.clock.nowMs += openMs;
      const probe = held.engine.route(facts());
      assert.equal((await leased(probe.next())).reason, 'probe');
      assert.equal((await send(held, {})).ended, 'all-out');
      probe.report(lost('head'));
    }
    held.clock.nowMs += 300_000;
    assert.equal((await send(held, {})).ended, 'pass');
    for (let n = 0; n < 4; n++) assert.equal((await send(held, { a: answer(502) })).ended, 'pass');
  });

  it('is closed by an answer that only refuses the request, which is no end of a limit', async () => {
    const held = ground(['a']);
    for (let n = 0; n < 4; n++) await send(held, { a: answer(500) });
    await send(held, { a: answer(400) });
    for (let n = 0; n < 5; n++) assert.equal((await send(held, { a: answer(500) })).ended, 'pass', `after an answer it begins anew, ${n}`);
    held.clock.nowMs += 30_000;
    await send(held, { a: answer(404) });
    assert.equal(held.pool.find('a')!.state.kind, 'active');

    await send(held, { a: limited });
    held.clock.nowMs += 90_000;
    await send(held, { a: answer(400) });
    assert.equal(held.pool.find('a')!.state.kind, 'cooling');
  });

  it('sends each request on to the next account meanwhile', async () => {
    const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 })]);
    for (let n = 0; n < 5; n++) assert.deepEqual((await send(held, { a: lost('connect') })).asked, ['a', 'b']);

    assert.deepEqual((await send(held, {})).asked, ['b']);
  });
});

describe('a refused credential', () => {
  it('is fetched anew once, and the same account is asked again', async () => {
    const held = ground(['a'], { renew: async () => true });
    const route = held.engine.route(facts());
    await leased(route.next());

    assert.deepEqual(route.report(answer(401)), { kind: 'retry', waitMs: 0, reason: 'credential_refused' });
    assert.deepEqual([(await leased(route.next())).account.name, held.credentials.renewals], ['a', ['a']]);
    assert.equal(route.report(answer(200)).kind, 'pass');
    assert.equal(held.pool.find('a')!.state.kind, 'active');
  });

  it('that stays refused benches the account, and the next one is asked', async () => {
    for (const renew of [async () => true, async () => false]) {
      const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 })], { renew });
      const { asked } = await send(held, { a: answer(401) });

      assert.deepEqual([asked.at(-1), held.credentials.renewals], ['b', ['a']]);
      assert.deepEqual((await send(held, {})).asked, ['b']);
    }
  });

  it('that cannot be fetched anew is said as it was said', async () => {
    const retryAtMs = START_MS + 60_000;
    const held = ground(['a'], { renew: () => Promise.reject(new PithError('The issuer cannot be reached', { code: 'ACCOUNT_REFRESH_FAILED', details: { retryAtMs } })) });

    const { out } = await send(held, { a: answer(401) });
    assert.deepEqual([out?.retryAtMs, out?.reasons], [retryAtMs, [{ account: 'a', reason: 'The issuer cannot be reached' }]]);
  });

  it('is passed over before it is used where it cannot be had, and waited for where it is on its way', async () => {
    const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 }), account('c', { priority: 3 })], {
      of: ({ name }) => {
        if (name === 'a') throw new PithError('Account a needs a sign-in', { code: 'ACCOUNT_NEEDS_SIGN_IN' });
        return name === 'b' ? Promise.reject(new Error('no')) : Promise.resolve({ headers: { authorization: 'x' }, tokenVersion: 7 });
      },
    });
    const lease = await leased(held.engine.route(facts()).next());

    assert.deepEqual([lease.account.name, lease.tokenVersion, lease.attempt], ['c', 7, 1]);
  });

  it('that came while the account was benched is not used', async () => {
    let give: (() => void) | undefined;
    const held = ground([account('a', { priority: 1 }), account('b', { priority: 2 })], { of: ({ name }) => (name === 'a' ? new Promise((resolve) => { give = () => resolve({ headers: {} }); }) : { headers: {} }) });
    const waiting = held.engine.route(facts()).next();
    held.pool.pause('a');
    give!();

    assert.equal((await leased(waiting)).account.name, 'b');
  });

  it('waits no longer than its request', async () => {
    const stop = new AbortController();
    const reason = new Error('the client has gone');
    const held = ground(['a'], { of: (_, signal) => new Promise((_resolve, reject) => { signal!.addEventListener('abort', () => reject(signal!.reason as Error)); }) });
    const waiting = Promise.resolve(held.engine.route(facts()).next(stop.signal));
    stop.abort(reason);

    await assert.rejects(waiting, reason);
    assert.throws(() => held.engine.route(facts()).next(stop.signal), reason);
  });
});

describe('a look at what would be picked', () => {
  it('names the order, then who is out and why, and changes nothing', async () => {
    const held = ground([account('a', { priority: 2 }), account('b', { priority: 1 }), account('c'), account('d')]);
    held.pool.pause('d');
    await send(held, { b: limited });
    const noted = held.pool.noted.length;
    const look = (): unknown[] => held.engine.peek(facts()).map((each) => [each.account.name, each.isAvailable, each.reason]);

    assert.deepEqual(look(), [['a', true, 'session'], ['c', true, 'failover'], ['b', false, 'cooling: upstream_429_with_reset'], ['d', false, 'paused: holiday']]);
    assert.deepEqual(look(), look());
    assert.equal(held.pool.noted.length, noted);
    assert.deepEqual((await send(held, {})).asked, ['a']);
  });
});
