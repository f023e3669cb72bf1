import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import { fold, NOTHING } from '../../src/account/event-store.ts';
import { SharedPool } from '../../src/account/shared-pool.ts';
import { TIDY_RULES } from '../../src/account/tidy.ts';
import { onEngines } from '../on-engines.ts';
import { added, type Home, T0 } from '../start-balancer.ts';

const DAY = 86_400_000;
const redact = (text: string): string => text;
const rules = { ...TIDY_RULES, ageMs: 30 * DAY, eventsMax: 20, snapshotEvery: 5, rowsMax: 7 };

onEngines('the log of events', (createHome) => {
  let home: Home;
  let pool: SharedPool;
  beforeEach(async () => {
    home = await createHome();
    pool = await another();
    await pool.append(added('work'));
  });
  afterEach(() => home.remove());

  const another = async (): Promise<SharedPool> => (await (await home.open()).service('balancer')).pool();
  const typesOf = async (): Promise<string> => (await pool.events('id-work')).map(({ type }) => type[0]).join('');
  const say = (said: object, atMs = T0): void => pool.note({ accountId: 'id-work', atMs, by: 'a test', ...said } as AccountEvent);
  const answer = (times: number, atMs = T0): void => {
    for (let time = 0; time < times; time++) say({ type: 'windows', windows: { requests: { remaining: time } } }, atMs + time);
  };

  it('forgets what requests said thirty days ago, and nothing that a person did', async () => {
    answer(3);
    say({ type: 'paused', reason: 'the bill' });
    say({ type: 'limited', untilMs: T0 + 60 * DAY, reason: 'used up', status: 429 }, T0 + 5);
    answer(2, T0 + 30 * DAY);
    await pool.flush();
    const before = pool.accounts;

    await pool.tidy({ nowMs: T0 + 30 * DAY + 10, rules });

    assert.equal(await typesOf(), 'apww');
    assert.equal(await pool.forgottenMs('id-work'), T0 + 5);
    assert.deepEqual(pool.accounts, before);
    assert.deepEqual((await another()).accounts, before);
  });

  it('forgets after as many days as the option says, which are thirty', async () => {
    answer(3);
    await pool.flush();
    const database = await (await (await home.open()).service('balancer')).database();
    const shorter = await SharedPool.open(database, { eventDays: 1, redact });

    await pool.tidy({ nowMs: T0 + 29 * DAY });
    assert.equal(await typesOf(), 'awww');
    await shorter.tidy({ nowMs: T0 + DAY + 10 });
    assert.equal(await typesOf(), 'a');
    await shorter.close();
  });

  it('forgets the oldest where there are too many, in small steps', async () => {
    answer(60);
    await pool.flush();

    await pool.tidy({ nowMs: T0, rules });

    assert.equal((await typesOf()).length, 21);
    assert.deepEqual((await another()).accounts, pool.accounts);
  });

  it('goes on from its snapshot as from all of it', async () => {
    const all = [added('work', { seq: 1 })] as AccountEvent[];
    pool.onChange((event) => { all.push(event); });
    for (let round = 0; round < 5; round++) {
      answer(10, T0 + round);
      say({ type: 'limited', untilMs: T0 + round * 1000, reason: `round ${round}`, status: 429 }, T0 + round * 100);
      await pool.flush();
      await pool.tidy({ nowMs: T0, rules });
    }

    const [account] = (await another()).accounts as [Account];

    const told = fold(NOTHING, all.map((event, index) => ({ ...event, seq: index + 1 }))).accounts.get('id-work')!;
    assert.deepEqual(account, told);
  });

  it('is read anew by a process that has missed what was forgotten', async () => {
    const database = await (await (await home.open()).service('balancer')).database();
    const late = await SharedPool.open({ ...database, listen: async () => async () => undefined }, { eventDays: 30, redact });
    answer(60);
    await pool.flush();
    await pool.tidy({ nowMs: T0, rules });
    assert.deepEqual(late.find('work')!.windows, {});

    await late.append({ type: 'changed', accountId: 'id-work', atMs: T0, by: 'a test', priority: 7 });

    assert.equal(late.find('work')!.windows['requests']!.remaining, 59);
    assert.equal(late.find('work')!.priority, 7);
    await late.close();
  });

  it('forgets an account altogether thirty days after it was removed', async () => {
    const other = await another();
    answer(6);
    await pool.flush();
    await pool.tidy({ nowMs: T0, rules });
    await pool.append({ type: 'removed', accountId: 'id-work', atMs: T0, by: 'a test' });
    await pool.append(added('work', { accountId: 'id-new' }));
    const days = async (count: number): Promise<number> => {
      await pool.tidy({ nowMs: T0 + count * DAY + 1, rules });
      return (await pool.events('id-work')).length;
    };

    assert.ok(await days(29) > 0);
    assert.equal(await days(30), 0);
    await other.append({ type: 'paused', accountId: 'id-new', atMs: T0, by: 'a test', reason: '' });
    assert.deepEqual([pool, other, await another()].map(({ accounts }) => accounts.map(({ id }) => id)), [['id-new'], ['id-new'], ['id-new']]);
  });
});
