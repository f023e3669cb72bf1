import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import { nextStreak, reduce, WELL_MS } from '../../src/account/reduce.ts';
import { modelUntilMs, REFRESH_LIMIT_MS, stateAt } from '../../src/account/state.ts';
import { added, T0 } from '../start-balancer.ts';

/** The rest of an event of the account `work`. */
type Said = { [Type in AccountEvent['type']]: Omit<Extract<AccountEvent, { type: Type }>, 'accountId' | 'by' | 'seq'> }[AccountEvent['type']];

const S = 1000, MIN = 60 * S, H = 60 * MIN;

const fold = (events: readonly AccountEvent[], from?: Account): Account | undefined => events.reduce<Account | undefined>(reduce, from);
const say = (said: Said): AccountEvent => ({ ...said, accountId: 'id-work', by: 'a test' });
/** The account after these, from the one that was just added. */
const after = (...said: Said[]): Account => fold(said.map(say), reduce(undefined, added('work')))!;

const limited = (atMs: number, untilMs: number, more: Partial<Extract<AccountEvent, { type: 'limited' }>> = {}) => ({ type: 'limited', atMs, untilMs, reason: 'too many requests', status: 429, ...more }) as const;
const paused = (atMs: number, reason = '') => ({ type: 'paused', atMs, reason }) as const;
const failed = (atMs: number, more: Partial<Extract<AccountEvent, { type: 'refresh-failed' }>> = {}) => ({ type: 'refresh-failed', atMs, reason: 'invalid_grant', isFinal: false, retryAtMs: atMs + MIN, ...more }) as const;
const refreshed = (atMs: number, tokenVersion: number, expiresAtMs: number | null = atMs + H) => ({ type: 'refreshed', atMs, tokenVersion, expiresAtMs }) as const;
const recovered = (atMs: number, more: { model?: string; byPerson?: true } = {}) => ({ type: 'recovered', atMs, reason: 'it answered', ...more }) as const;

describe('an account, as its events make it', () => {
  it('is active once it was added, and gone once it was removed; nothing happens to it after that', () => {
    const account = after();

    assert.deepEqual(stateAt(account, T0), { kind: 'active' });
    assert.equal(account.createdMs, T0);
    assert.equal(fold([say({ type: 'removed', atMs: T0 }), say(paused(T0))], account), undefined);
    assert.equal(fold([say(paused(T0))]), undefined);
  });

  it('is not added twice', () => {
    assert.equal(reduce(after(), added('other', { accountId: 'id-work' }))!.name, 'work');
  });

  it('is as it was after an event of a newer pith', () => {
    assert.deepEqual(reduce(after(), { ...say(paused(T0)), type: 'blessed', seq: 5 } as unknown as AccountEvent), { ...after(), version: 5 });
  });

  it('has the name, priority, models and address that it was given last', () => {
    const account = after({ type: 'changed', atMs: T0, name: 'home', priority: 5 }, { type: 'changed', atMs: T0, models: { 'gpt-*': 'mine' } });

    assert.deepEqual([account.name, account.priority, account.models, account.baseUrl], ['home', 5, { 'gpt-*': 'mine' }, 'https://api.anthropic.com']);
  });

  describe('paused', () => {
    it('until a person lets it go on, since the first time, for the last reason', () => {
      const account = after(paused(T0 + S, 'a'), paused(T0 + 2 * S, 'b'));

      assert.deepEqual(stateAt(account, T0 + H), { kind: 'paused', sinceMs: T0 + S, reason: 'b' });
      assert.equal(stateAt(reduce(account, say({ type: 'resumed', atMs: T0 + H }))!, T0 + H).kind, 'active');
    });

    it('hides that it is cooling, which goes on behind it', () => {
      const account = after(limited(T0, T0 + H), paused(T0 + S), limited(T0 + 2 * S, T0 + 2 * H));

      assert.equal(stateAt(account, T0 + MIN).kind, 'paused');
      assert.deepEqual(stateAt(reduce(account, say({ type: 'resumed', atMs: T0 + MIN }))!, T0 + MIN), { kind: 'cooling', untilMs: T0 + 2 * H, reason: 'too many requests', streak: 1 });
    });
  });

  describe('cooling', () => {
    it('ends by itself', () => {
      const account = after(limited(T0, T0 + MIN));

      assert.equal(stateAt(account, T0 + MIN - 1).kind, 'cooling');
      assert.equal(stateAt(account, T0 + MIN).kind, 'active');
    });

    it('is not made shorter by a shorter limit, and keeps its reason', () => {
      const account = after(limited(T0, T0 + H, { reason: 'the week is used up' }), limited(T0 + S, T0 + 10 * S, { status: 529, reason: 'overloaded' }));

      assert.deepEqual(stateAt(account, T0 + MIN), { kind: 'cooling', untilMs: T0 + H, reason: 'the week is used up', streak: 1 });
    });

    it('ends with a good answer and with a person’s word', () => {
      assert.equal(stateAt(after(limited(T0, T0 + H), recovered(T0 + S)), T0 + S).kind, 'active');
      assert.equal(stateAt(after(limited(T0, T0 + H), recovered(T0 + S, { byPerson: true })), T0 + S).kind, 'active');
    });

    it('counts a burst of limits as one', () => {
      const account = after(...Array.from({ length: 50 }, (_, index) => limited(T0 + index, T0 + MIN)));

      assert.deepEqual(account.streak, { count: 1, wellSinceMs: T0 + MIN });
      assert.equal(nextStreak(account, T0 + 50), 1);
    });

    it('counts limits in a row, until it was well for five minutes', () => {
      const two = after(limited(T0, T0 + MIN), recovered(T0 + MIN), limited(T0 + 2 * MIN, T0 + 3 * MIN));

      assert.equal(two.streak!.count, 2);
      assert.equal(nextStreak(two, T0 + 3 * MIN + WELL_MS - 1), 3);
      assert.equal(nextStreak(two, T0 + 3 * MIN + WELL_MS), 1);
      assert.equal(reduce(two, say(limited(T0 + 3 * MIN + WELL_MS, T0 + H)))!.streak!.count, 1);
    });

    it('forgets the row by a person’s word, and not by a good answer alone', () => {
      assert.equal(nextStreak(after(limited(T0, T0 + MIN), recovered(T0 + S, { byPerson: true })), T0 + S), 1);
      assert.equal(nextStreak(after(limited(T0, T0 + MIN), recovered(T0 + S)), T0 + S), 2);
    });

    for (const status of [529, 500, null]) {
      it(`for a server that is at fault (${status ?? 'no answer'}) begins no row and touches none`, () => {
        const one = after(limited(T0, T0 + MIN));
        const two = reduce(one, say(limited(T0 + MIN, T0 + MIN + 10 * S, { status })))!;

        assert.equal(stateAt(two, T0 + MIN).kind, 'cooling');
        assert.deepEqual(two.streak, one.streak);
        assert.equal(after(limited(T0, T0 + MIN, { status })).streak, undefined);
      });
    }
  });

  describe('cooling for one model', () => {
    const account = after(limited(T0, T0 + MIN, { model: 'opus' }), limited(T0 + S, T0 + 2 * MIN, { model: 'sonnet' }));

    it('stays active for the others', () => {
      assert.equal(stateAt(account, T0 + S).kind, 'active');
      assert.deepEqual([modelUntilMs(account, 'opus'), modelUntilMs(account, 'haiku')], [T0 + MIN, 0]);
      assert.equal(account.streak, undefined);
    });

    for (const model of ['constructor', '__proto__']) {
      it(`cools one that is called ${model}, and it alone`, () => {
        assert.equal(modelUntilMs(account, model), 0);
        assert.equal(modelUntilMs(reduce(account, say(limited(T0, T0 + MIN, { model })))!, model), T0 + MIN);
      });
    }

    it('ends with a good answer of that model, and with a person’s word for all', () => {
      assert.deepEqual(reduce(account, say(recovered(T0 + S, { model: 'opus' })))!.coolingModels, { sonnet: T0 + 2 * MIN });
      assert.deepEqual(reduce(account, say(recovered(T0 + S)))!.coolingModels, account.coolingModels);
      assert.deepEqual(reduce(account, say(recovered(T0 + S, { byPerson: true })))!.coolingModels, {});
    });

    it('is not made shorter by a shorter limit', () => {
      assert.equal(modelUntilMs(reduce(account, say(limited(T0 + S, T0 + 2 * S, { model: 'opus' })))!, 'opus'), T0 + MIN);
    });

    it('is remembered of a hundred models at most', () => {
      const many = after(...Array.from({ length: 500 }, (_, index) => limited(T0, T0 + H + index, { model: `model-${index}` })));

      assert.equal(Object.keys(many.coolingModels).length, 100);
    });
  });

  describe('with a token', () => {
    it('is refreshing until that has ended, and not for longer than a process may take', () => {
      const account = after({ type: 'refresh-started', atMs: T0 });

      assert.equal(stateAt(account, T0 + S).kind, 'refreshing');
      assert.equal(stateAt(account, T0 + REFRESH_LIMIT_MS).kind, 'active');
      assert.equal(stateAt(reduce(account, say(refreshed(T0 + S, 2)))!, T0 + S).kind, 'active');
    });

    it('rests where it could not be refreshed and the one at hand has ended, until it is refreshed', () => {
      const rests = after(refreshed(T0, 1, T0 + S), failed(T0 + S));

      assert.deepEqual(stateAt(rests, T0 + 2 * S), { kind: 'cooling', untilMs: T0 + S + MIN, reason: 'invalid_grant', streak: 0, from: 'refresh' });
      assert.equal(stateAt(reduce(rests, say(refreshed(T0 + 2 * S, 2)))!, T0 + 2 * S).kind, 'active');
      assert.equal(stateAt(after(refreshed(T0, 1, T0 + H), failed(T0 + S)), T0 + 2 * S).kind, 'active');
    });

    it('keeps its limit where the token is refreshed', () => {
      const account = after(limited(T0, T0 + H), failed(T0 + S), refreshed(T0 + 2 * S, 2));

      assert.deepEqual(stateAt(account, T0 + MIN), { kind: 'cooling', untilMs: T0 + H, reason: 'too many requests', streak: 1 });
      assert.equal(account.behind, undefined);
    });

    it('needs a sign-in by a final refusal only, until there is a new token', () => {
      const account = after(refreshed(T0, 3, T0), failed(T0 + S, { isFinal: true, tokenVersion: 3 }));

      assert.deepEqual(stateAt(account, T0 + H), { kind: 'needs-sign-in', sinceMs: T0 + S, reason: 'invalid_grant' });
      assert.equal(stateAt(reduce(account, say(refreshed(T0 + MIN, 4)))!, T0 + MIN).kind, 'active');
    });

    it('believes no refusal of an older token, and takes no older one in the place of a newer', () => {
      const account = after(refreshed(T0, 3), failed(T0 + S, { isFinal: true, tokenVersion: 2 }), refreshed(T0 + 2 * S, 2, T0));

      assert.equal(stateAt(account, T0 + 3 * S).kind, 'active');
      assert.deepEqual(account.token, { version: 3, expiresAtMs: T0 + H });
    });
  });

  describe('with windows', () => {
    const windows = (windows: Account['windows'], atMs = T0 + S) => ({ type: 'windows', atMs, windows }) as const;

    it('has of each what was said last, and when it was used last', () => {
      const account = after(windows({ requests: { remaining: 5 }, tokens: { remaining: 7 } }), windows({ requests: { remaining: 4 } }, T0 + MIN), windows({}, T0 + 2 * MIN));

      assert.deepEqual(account.windows, { requests: { remaining: 4 }, tokens: { remaining: 7 } });
      assert.equal(account.lastUsedMs, T0 + 2 * MIN);
    });

    for (const [limit, tier] of [[800_000, 20], [799_999, 5], [200_000, 5], [199_999, 1]] as const) {
      it(`is of tier ${tier} where ${limit} tokens are its limit, unless a person chose one`, () => {
        const said = windows({ tokens: { limit } });

        assert.equal(after(said).tier, tier);
        assert.equal(after({ type: 'changed', atMs: T0, tier: 7 }, said).tier, 7);
        assert.equal(after({ type: 'changed', atMs: T0, tier: 7 }, said, { type: 'changed', atMs: T0, tier: null }).tier, tier);
        assert.equal(fold([say(said)], reduce(undefined, added('work', { tier: 5 })))!.tier, 5);
      });
    }
  });
});

const aTime = fc.integer({ min: T0, max: T0 + 2 * H });
/** Clients choose names, also those that every object has. */
const aModel = fc.constantFrom('opus', 'sonnet', 'constructor', '__proto__');
const anEvent: fc.Arbitrary<AccountEvent> = fc.oneof(
  fc.record({ type: fc.constant('changed' as const), atMs: aTime, priority: fc.nat(100), tier: fc.constantFrom(null, 1, 5, 20) }),
  fc.record({ type: fc.constant('paused' as const), atMs: aTime, reason: fc.string() }),
  fc.record({ type: fc.constant('resumed' as const), atMs: aTime }),
  fc.record({ type: fc.constant('limited' as const), atMs: aTime, untilMs: aTime, reason: fc.string(), status: fc.constantFrom(429, 529, null) }),
  fc.record({ type: fc.constant('limited' as const), atMs: aTime, untilMs: aTime, reason: fc.string(), status: fc.constant(429), model: aModel }),
  fc.record({ type: fc.constant('recovered' as const), atMs: aTime, reason: fc.string() }),
  fc.record({ type: fc.constant('recovered' as const), atMs: aTime, reason: fc.string(), model: aModel }),
  fc.record({ type: fc.constant('recovered' as const), atMs: aTime, reason: fc.string(), byPerson: fc.constant(true as const) }),
  fc.record({ type: fc.constant('windows' as const), atMs: aTime, windows: fc.dictionary(fc.constantFrom('requests', 'tokens'), fc.record({ limit: fc.nat(1_000_000) }, { noNullPrototype: true }), { noNullPrototype: true }) }),
  fc.record({ type: fc.constant('refresh-started' as const), atMs: aTime }),
  fc.record({ type: fc.constant('refreshed' as const), atMs: aTime, tokenVersion: fc.nat(5), expiresAtMs: fc.option(aTime) }),
  fc.record({ type: fc.constant('refresh-failed' as const), atMs: aTime, reason: fc.string(), isFinal: fc.boolean(), retryAtMs: aTime, tokenVersion: fc.nat(5) }),
).map(say);
const someEvents = fc.array(anEvent, { maxLength: 40 }).map((events) => [added('work', { seq: 1 }), ...events.map((event, index) => ({ ...event, seq: index + 2 }))]);

describe('the fold of any events', () => {
  it('is the same in pieces, with a piece twice, and with what was kept as JSON in between', () => {
    fc.assert(fc.property(someEvents, fc.nat(40), fc.nat(40), (events, end, back) => {
      const first = fold(events.slice(0, end + 1));
      const again = JSON.parse(JSON.stringify(first)) as Account;

      assert.deepEqual(fold(events.slice(Math.max(0, end - back)), again), fold(events));
    }));
  });

  it('changes nothing that it was given', () => {
    fc.assert(fc.property(someEvents, (events) => {
      let account: Account | undefined;
      for (const event of events) {
        const before = JSON.stringify(account);
        const next = reduce(account, event);
        assert.equal(JSON.stringify(account), before);
        account = next;
      }
    }));
  });

  it('makes no cooling shorter but by a good answer or a person', () => {
    fc.assert(fc.property(someEvents, aTime, (events, nowMs) => {
      const untilOf = (account: Account): number => Math.max(0, ...[account.state, ...account.behind ?? []].map((state) => (state.kind === 'cooling' && state.from === undefined ? state.untilMs : 0)));
      const last = events.at(-1)!;
      const before = fold(events.slice(0, -1));

      const now = reduce(before, last)!;

      if (before !== undefined && last.type !== 'recovered') assert.ok(untilOf(now) >= untilOf(before));
      if (last.type === 'paused') assert.equal(stateAt(now, nowMs).kind, 'paused');
    }));
  });

  it('needs a sign-in only where a final refusal came, and nothing but a token after it', () => {
    fc.assert(fc.property(someEvents, (events) => {
      const kinds = [fold(events)!.state, ...fold(events)!.behind ?? []].map(({ kind }) => kind);
      const refusal = events.findLastIndex((event) => event.type === 'refresh-failed' && event.isFinal);

      if (kinds.includes('needs-sign-in')) assert.ok(refusal > 0);
      assert.equal(new Set(kinds).size + (kinds.filter((kind) => kind === 'cooling').length === 2 ? 1 : 0), kinds.length);
    }));
  });
});
