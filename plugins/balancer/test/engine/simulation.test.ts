import assert from 'node:assert/strict';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import type { Signal } from '../../src/engine.ts';
import { STRATEGY_NAMES } from '../../src/strategy/names.ts';
import { account, answer, facts, ground, lost, START_MS } from './fake-pool.ts';

const MINUTE = 60_000;

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** What a scripted account does in the minute at hand: the same for every request of that minute. */
const MOODS: readonly ((atMs: number) => Signal)[] = [
  () => answer(200),
  () => answer(429, { 'retry-after': '45' }), () => answer(429), (atMs) => answer(429, { 'anthropic-ratelimit-unified-reset': String(Math.ceil((atMs + 20 * MINUTE) / 1000)) }),
  () => answer(529), () => answer(529, { 'retry-after': '30' }), () => answer(500), () => answer(503), () => answer(401), () => answer(402), () => answer(400),
  () => lost('connect'), () => lost('head'), () => answer(200, {}, { phase: 'stream', errorType: 'overloaded_error' }), () => answer(429, { 'x-should-retry': 'true' }),
];

interface Asked { name: string; signal: Signal; action: string; isLast: boolean }

/** One request among others, with everything that must hold of any. */
async function ask(held: ReturnType<typeof ground>, moodOf: (name: string) => Signal, random: () => number): Promise<{ asked: Asked[]; ended: 'pass' | 'all-out' }> {
  const route = held.engine.route(facts({ conversation: `c${Math.floor(random() * 30)}`, isBackground: random() < 0.1, replayable: random() < 0.9 }));
  const asked: Asked[] = [];
  try {
    for (;;) {
      const lease = await route.next();
      if ('kind' in lease) {
        assert.ok(lease.retryAtMs === null || lease.retryAtMs > held.clock.nowMs, 'a time to come back is ahead');
        return { asked, ended: 'all-out' };
      }
      const latest = held.pool.find(lease.account.id)!;
      const isAgain = asked.at(-1)?.name === lease.account.name;
      assert.ok(isAgain || latest.state.kind === 'active' || (latest.state.kind === 'cooling' && latest.state.untilMs <= held.clock.nowMs), `an account that is ${latest.state.kind} was asked`);
      assert.equal(lease.attempt, asked.length + 1);
      const signal = moodOf(lease.account.name);
      const action = route.report(signal);
      asked.push({ name: lease.account.name, signal, action: action.kind, isLast: action.kind === 'pass' });
      if (action.kind === 'pass') {
        assert.equal(route.report({ ...signal, phase: 'shown' }).kind, 'pass', 'nothing is tried again that was shown');
        return { asked, ended: 'pass' };
      }
    }
  } finally {
    route.end();
    route.end();
  }
}

describe('a pool in a bad hour', () => {
  for (const strategy of STRATEGY_NAMES) {
    it(`keeps its promises for a thousand requests by ${strategy}`, async () => {
      const random = randomFrom(STRATEGY_NAMES.indexOf(strategy) + 7);
      const accounts: Account[] = ['a', 'b', 'c', 'd', 'e'].map((name, index) => account(name, { priority: index % 2, tier: index + 1, createdMs: START_MS + index }));
      const held = ground(accounts, { renew: async () => random() < 0.5 }, random);
      held.options.strategy = strategy;
      const moods = new Map<string, number>();
      const benched = new Map<string, number>();
      let passed = 0;
      for (let n = 0; n < 1000; n++) {
        if (n % 20 === 0) for (const { name } of accounts) moods.set(name, random() < 0.6 ? 0 : Math.floor(random() * MOODS.length));
        const before = held.pool.noted.length;
        const { asked, ended } = await ask(held, (name) => MOODS[moods.get(name)!]!(held.clock.nowMs), random);

        // Each account once, and where it is tried again, as often as the table says: two waits in one request, one new token an account.
        const times = new Map<string, number>();
        for (const { name } of asked) times.set(name, (times.get(name) ?? 0) + 1);
        const again = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
        const renewals = new Set(asked.filter(({ signal }) => signal.status === 401).map(({ name }) => name)).size;
        assert.ok(again <= 2 + renewals, JSON.stringify(asked));
        if (ended === 'pass') passed++;
        else assert.ok(accounts.every(({ id, name }) => times.has(name) || held.engine.peek(facts()).find((each) => each.account.id === id)?.isAvailable === false || held.pool.find(id)!.state.kind !== 'active'), 'nobody was left out who could be asked');
        checkLimits(held.pool.noted.slice(before), benched);
        held.clock.nowMs += Math.floor(random() * 4000);
      }
      assert.ok(passed > 500, `${passed} of 1000 were answered`);
    });
  }

  /** A limit never becomes shorter, except by a good answer after it. */
  function checkLimits(noted: readonly AccountEvent[], benched: Map<string, number>): void {
    for (const event of noted) {
      if (event.type === 'recovered') {
        assert.ok((benched.get(event.accountId) ?? 0) <= event.atMs, 'a good answer is no end of a limit that holds');
        benched.delete(event.accountId);
      } else if (event.type === 'limited') {
        assert.ok(event.untilMs > event.atMs);
        benched.set(event.accountId, Math.max(event.untilMs, benched.get(event.accountId) ?? 0));
      }
    }
  }
});
