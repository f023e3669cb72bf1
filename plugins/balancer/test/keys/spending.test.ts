import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@pith/kernel';
import { after, before, beforeEach } from 'mocha';
import type { Budget } from '../../src/keys/budget.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { type Held, type Short, Spending } from '../../src/keys/spending.ts';
import { onEngines } from '../on-engines.ts';
import { createHome, type Home, T0 } from '../start-balancer.ts';

const DAY: Budget = { amountMicroUsd: 1000, per: 'day' };

onEngines('The budget of a client key', (createHome) => {
  let home: Home;
  /** As two processes have it. */
  let databases: [Database, Database];
  before(async () => {
    home = await createHome();
    const open = async (): Promise<Database> => (await (await home.open()).service('balancer')).database();
    databases = [await open(), await open()];
  });
  after(() => home.remove());
  let nowMs = T0;
  let key = '';
  let [one, other]: [Spending, Spending] = [] as never;
  let count = 0;
  beforeEach(() => {
    nowMs = T0;
    key = `key-${++count}`;
    [one, other] = databases.map((database) => new Spending(database, () => nowMs)) as [Spending, Spending];
  });
  const spent = async (period = '2026-11-22'): Promise<number> => (await new KeyStore(databases[0]).spending(key)).get(period) ?? 0;
  const isHeld = (answer: Held | Short): answer is Held => 'settle' in answer;

  it('is held before, and settled after: what was not spent is free again', async () => {
    const held = await one.hold(key, [DAY], 900);
    const second = await one.hold(key, [DAY], 200);
    (held as Held).settle(100);
    const third = await one.hold(key, [DAY], 200);

    assert.deepEqual(second, { kind: 'short', budget: DAY, leftMicroUsd: 100 });
    assert.equal(isHeld(third), true);
    (third as Held).settle(50);
    await one.close();
    assert.equal(await spent(), 150);
  });

  it('asks the database once for many requests', async () => {
    const budget: Budget = { amountMicroUsd: 1_000_000, per: 'day' };
    (await one.hold(key, [budget], 10) as Held).settle(10);

    const next = one.hold(key, [budget], 10);

    assert.equal(next instanceof Promise, false);
    (next as Held).settle(10);
    await one.close();
    assert.equal(await spent(), 20);
  });

  it('is never exceeded by 200 requests of two processes at once', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? one : other).hold(key, [DAY], 30)));
    const held = answers.filter(isHeld);
    for (const each of held) each.settle(30);
    await Promise.all([one.close(), other.close()]);

    assert.ok(held.length > 25 && held.length <= 33, String(held.length));
    assert.equal(await spent(), held.length * 30);
  });

  it('gives back what a process held for requests to come, so that another has it', async () => {
    (await one.hold(key, [DAY], 100) as Held).settle(100);
    await one.flush();

    const held = await other.hold(key, [DAY], 900);

    assert.equal(isHeld(held), true);
    (held as Held).settle(900);
    await Promise.all([one.close(), other.close()]);
    assert.equal(await spent(), 1000);
  });

  it('is new on the next day, and what began before counts for its own day', async () => {
    const held = await one.hold(key, [DAY], 1000);
    nowMs += 86_400_000;

    const next = await one.hold(key, [DAY], 1000);
    (held as Held).settle(1000);
    (next as Held).settle(400);
    await one.close();

    assert.deepEqual([await spent(), await spent('2026-11-23')], [1000, 400]);
  });

  it('needs room in each of several', async () => {
    const total: Budget = { amountMicroUsd: 1500, per: 'total' };
    (await one.hold(key, [DAY, total], 1000) as Held).settle(1000);
    nowMs += 86_400_000;

    assert.deepEqual(await one.hold(key, [DAY, total], 600), { kind: 'short', budget: total, leftMicroUsd: 500 });
    const fits = await one.hold(key, [DAY, total], 500);
    assert.equal(isHeld(fits), true);
    (fits as Held).settle(500);
    await one.close();
    assert.equal(await spent('total'), 1500);
  });

  it('counts as spent what a process held that has died', async () => {
    await one.hold(key, [DAY], 700); // Killed: it settles and closes nothing.
    assert.equal(isHeld(await other.hold(key, [DAY], 400)), false);
    nowMs += 60_001;

    assert.equal(isHeld(await other.hold(key, [DAY], 400)), false);
    const held = await other.hold(key, [DAY], 200);

    assert.equal(isHeld(held), true);
    (held as Held).settle(200);
    await other.close();
    assert.ok(await spent() >= 900);
  });

  it('counts what a request cost more than was held for it', async () => {
    (await one.hold(key, [DAY], 10) as Held).settle(1200);

    assert.equal(isHeld(await one.hold(key, [DAY], 10)), false);
    await one.close();
    assert.equal(await spent(), 1200);
  });

  it('is settled once', async () => {
    const held = await one.hold(key, [DAY], 10) as Held;
    held.settle(5);
    held.settle(5);
    await one.close();

    assert.equal(await spent(), 5);
  });
});

describe('The spending of a client key', () => {
  it('is told once the database is there again, also where nobody asks any more', async () => {
    const home = await createHome();
    const database = await (await (await home.open()).service('balancer')).database();
    const { promise: failed, resolve: fails } = Promise.withResolvers<void>();
    let isAway = false;
    const spending = new Spending({ ...database, transaction: async (mode, work, options) => {
      if (!isAway) return database.transaction(mode, work, options);
      fails();
      throw new Error('away');
    } });
    const held = await spending.hold('key', [{ amountMicroUsd: 1000, per: 'total' }], 10) as Held;
    isAway = true;
    held.settle(7);
    await failed;

    isAway = false;
    const store = new KeyStore(database);
    while ((await store.spending('key')).get('total') !== 7) await wait(20);

    await spending.close();
    await home.remove();
  });
});
