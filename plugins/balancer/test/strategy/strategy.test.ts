import assert from 'node:assert/strict';
import type { Account } from '../../src/account/account.ts';
import { keyOf, RouteMemory } from '../../src/strategy/memory.ts';
import { STRATEGY_NAMES, type StrategyName } from '../../src/strategy/names.ts';
import { STRATEGIES } from '../../src/strategy/strategy.ts';
import { toAccountModel } from '../../src/engine/model-name.ts';
import { account, answer, facts, type Ground, ground, send, START_MS } from '../engine/fake-pool.ts';

const H = 3_600_000;

/** Whom so many requests go to, each of its own conversation where it says so. */
async function asked(held: Ground, count: number, conversation?: (n: number) => string): Promise<string> {
  const names: string[] = [];
  for (let n = 0; n < count; n++) names.push(...(await send(held, {}, conversation === undefined ? {} : { conversation: conversation(n) })).asked);
  return names.join('');
}

function by(strategy: StrategyName, ...accounts: (string | Account)[]): Ground {
  const held = ground(accounts);
  held.options.strategy = strategy;
  return held;
}

const countOf = (names: string, name: string): number => [...names].filter((each) => each === name).length;

describe('a strategy', () => {
  it('priority takes the first of the smallest number as long as it can, and comes back to it', async () => {
    const held = by('priority', account('a', { priority: 2 }), account('b', { priority: 1 }), account('c', { priority: 1 }));

    assert.equal(await asked(held, 3, String), 'bbb');
    assert.deepEqual((await send(held, { b: answer(429, { 'retry-after': '9' }), c: answer(429, { 'retry-after': '5' }) })).asked, ['b', 'c', 'a']);
    held.clock.nowMs += 5000;
    assert.equal(await asked(held, 1), 'c');
    held.clock.nowMs += 4000;
    assert.equal(await asked(held, 2), 'bb');
  });

  it('round-robin takes one after the other, whoever is out', async () => {
    const held = by('round-robin', 'a', 'b', 'c');

    assert.equal(await asked(held, 4, () => 'one conversation'), 'abca');
    held.pool.pause('b');
    assert.equal(await asked(held, 4), 'caca');
  });

  it('least-used takes whoever got the fewest requests lately', async () => {
    const held = by('least-used', 'a', 'b');
    held.pool.pause('b');
    assert.equal(await asked(held, 10), 'a'.repeat(10));
    held.pool.change({ type: 'resumed', accountId: 'id-b', atMs: 0, by: 'test' });

    assert.equal(await asked(held, 8), 'b'.repeat(8));
    held.clock.nowMs += 48 * H;
    const names = await asked(held, 6);
    assert.deepEqual([countOf(names, 'a'), countOf(names, 'b')], [3, 3]);
  });

  it('weighted gives each as many as its tier says', async () => {
    const names = await asked(by('weighted', account('a', { tier: 1 }), account('b', { tier: 5 }), account('c', { tier: 20 })), 260);

    assert.deepEqual([countOf(names, 'a'), countOf(names, 'b'), countOf(names, 'c')].map((count) => Math.round(count / 10)), [1, 5, 20]);
  });

  it('drain-soonest uses up first what begins anew first, weeks before minutes', async () => {
    const ends = (inMs: number, window = 'unified-7d'): Partial<Account> => ({ windows: { [window]: { resetAtMs: START_MS + inMs } } });
    const held = by('drain-soonest', account('a'), account('b', ends(48 * H)), account('c', ends(24 * H)), account('d', ends(60_000, 'requests')), account('e', ends(-1000)));

    assert.equal(await asked(held, 2), 'cc');
    held.pool.pause('c');
    assert.equal(await asked(held, 1), 'b');
    held.pool.pause('b');
    assert.equal(await asked(held, 1), 'd');
    held.pool.pause('d');
    assert.deepEqual(held.engine.peek(facts())[0]!.reason, 'drain-soonest: no reset is known');
  });

  it('session keeps each conversation with its account, and one with the same beginning where no conversation is known', async () => {
    const held = by('session', 'a', 'b', 'c', 'd');
    const first = await asked(held, 40, String);

    assert.deepEqual(await asked(held, 40, String), first);
    assert.equal(new Set(first).size, 4);
    const of = async (cachePrefix: string): Promise<string> => (await send(held, {}, { cachePrefix })).asked[0]!;
    assert.equal(await of('x'), await of('x'));
    assert.deepEqual(new Set([await of('p1'), await of('p2'), await of('p3'), await of('p4'), await of('p5'), await of('p6'), await of('p7')]).size > 1, true);
  });

  it('session takes a new conversation to where others began the same, in every process, and leaves it there when its beginning changes', async () => {
    const to = async (held: Ground, conversation: string, cachePrefix: string): Promise<string> => (await send(held, {}, { conversation, cachePrefix })).asked[0]!;
    const held = by('session', 'a', 'b', 'c', 'd');
    const first = await to(held, 'begun', 'p1');
    for (const conversation of ['forked', 'again', 'elsewhere']) assert.deepEqual([await to(held, conversation, 'p1'), await to(by('session', 'd', 'c', 'b', 'a'), conversation, 'p1')], [first, first]);
    held.pool.pause(first);
    const moved = await to(held, 'begun', 'p1');
    held.pool.change({ type: 'resumed', accountId: `id-${first}`, atMs: 0, by: 'test' });

    assert.equal(await to(held, 'later', 'p1'), moved);
    for (const prefix of ['p2', 'p3', 'p4', 'p5', 'p6']) assert.equal(await to(held, 'begun', prefix), moved);
  });

  it('session comes to the same in every process, and moves only those conversations whose account has gone', async () => {
    const first = await asked(by('session', 'a', 'b', 'c', 'd'), 100, String);
    const held = by('session', 'd', 'c', 'b', 'a');
    assert.equal(await asked(held, 100, String), first);

    const without = await asked(by('session', 'a', 'b', 'd'), 100, String);
    for (const [index, name] of [...first].entries()) if (name !== 'c') assert.equal(without[index], name);
    assert.ok(countOf(first, 'c') > 10);
  });

  it('session lets a conversation go after five hours, counted from its first request with the account', async () => {
    const held = by('session', 'a', 'b');
    held.pool.pause('a');
    for (const name of Array.from({ length: 20 }, (_, n) => `c${n}`)) await send(held, {}, { conversation: name });
    held.pool.change({ type: 'resumed', accountId: 'id-a', atMs: 0, by: 'test' });
    held.clock.nowMs += 5 * H - 1;
    assert.equal(await asked(held, 20, (n) => `c${n}`), 'b'.repeat(20));
    held.clock.nowMs += 1;
    assert.ok((await asked(held, 20, (n) => `c${n}`)).includes('a'));
  });

  it('remembers ten thousand conversations, those that were asked for last', () => {
    const memory = new RouteMemory();
    const key = (n: number): string => keyOf({ family: 'anthropic', conversation: `c${n}` })!;
    for (let n = 0; n < 10_000; n++) memory.settle(key(n), 'a', { nowMs: 0, homeMs: H });
    memory.settle(key(0), 'a', { nowMs: 1, homeMs: H });
    memory.settle(key(10_000), 'a', { nowMs: 1, homeMs: H });

    assert.deepEqual([memory.homeOf(key(0), 1), memory.homeOf(key(1), 1), memory.homeOf(key(2), 1)], ['a', undefined, 'a']);
    const long = (end: string): string => keyOf({ family: 'openai', conversation: `${'x'.repeat(5000)}${end}` })!;
    assert.ok(long('a').length < 300 && long('a') !== long('b'));
  });

  it('is changed from one request to the next', async () => {
    const held = by('priority', 'a', 'b');
    assert.equal(await asked(held, 2), 'aa');
    held.options.strategy = 'round-robin';
    assert.equal(await asked(held, 4), 'baba');
  });

  it('never chooses an account that it was not offered, whichever it is', () => {
    const accounts = ['a', 'b', 'c'].map((name) => account(name));
    for (const name of STRATEGY_NAMES) {
      for (let from = 0; from < 3; from++) {
        const offered = accounts.slice(from);
        assert.ok(offered.includes(STRATEGIES[name]({ accounts: offered, facts: facts(), memory: new RouteMemory(), nowMs: START_MS }).account), name);
      }
    }
    assert.deepEqual([...STRATEGY_NAMES].toSorted(), ['drain-soonest', 'least-used', 'priority', 'round-robin', 'session', 'weighted']);
  });
});

describe('the name of a model', () => {
  it('is the account’s own where its map has it, whole or by the longest beginning', () => {
    const models = { 'claude-opus': 'opus-own', 'claude-*': 'c/*', 'claude-opus-*': 'opus-any', '*': 'any' };

    assert.deepEqual(['claude-opus', 'claude-opus-5', 'claude-haiku-5', 'gpt-x'].map((name) => toAccountModel({ models }, name)), ['opus-own', 'opus-any', 'c/haiku-5', 'any']);
    assert.deepEqual(['x', 'constructor'].map((name) => toAccountModel({ models: {} }, name)), ['x', 'constructor']);
  });

  it('decides which accounts are meant, where some surely are', async () => {
    const held = by('round-robin', account('a', { provider: 'openai', family: 'openai' }), account('b', { provider: 'openrouter', family: 'openai' }), account('c', { provider: 'local', family: 'openai', models: { llama: 'llama:8b' } }));
    const of = async (model: string, count: number): Promise<string> => {
      const names: string[] = [];
      for (let n = 0; n < count; n++) names.push(...(await send(held, {}, { family: 'openai', model })).asked);
      return names.toSorted().join('');
    };

    assert.deepEqual([await of('gpt-6-luna', 2), await of('openai/gpt-6-luna', 2), await of('llama', 2), await of('nobody-knows', 3)], ['aa', 'bb', 'cc', 'abc']);
  });
});
