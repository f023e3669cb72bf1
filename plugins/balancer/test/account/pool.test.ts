import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach } from 'mocha';
import type { AccountEvent } from '../../src/account/account.ts';
import { SharedPool } from '../../src/account/shared-pool.ts';
import { stateAt } from '../../src/account/state.ts';
import { onEngines } from '../on-engines.ts';
import { added, type Home, T0 } from '../start-balancer.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('pool-child.ts', import.meta.url));

onEngines('the pool of accounts', (createHome) => {
  let home: Home;
  let pool: SharedPool;
  beforeEach(async () => {
    home = await createHome();
    pool = await another();
  });
  afterEach(() => home.remove());

  /** As another process has it. */
  const another = async (): Promise<SharedPool> => (await (await home.open()).service('balancer')).pool();
  const limited = (name: string, more: object = {}): AccountEvent => ({ type: 'limited', accountId: `id-${name}`, atMs: T0 + 1, by: 'a test', untilMs: T0 + 60_000, reason: 'too many requests', status: 429, ...more });

  it('begins empty, and has what was appended, by name in any letter case and by id', async () => {
    assert.deepEqual(pool.accounts, []);

    const work = await pool.append(added('Work'));
    await pool.append(added('home', { atMs: T0 + 1 }));

    assert.equal(work.version, 1);
    assert.deepEqual(pool.accounts.map(({ name }) => name), ['Work', 'home']);
    assert.equal(pool.find('work'), work);
    assert.equal(pool.find('id-Work'), work);
    assert.equal(pool.find('other'), undefined);
  });

  it('is the same after a new start', async () => {
    await pool.append(added('work'));
    pool.note(limited('work'));
    await pool.flush();

    const { accounts } = await another();

    assert.deepEqual(accounts, pool.accounts);
    assert.equal(accounts[0]!.version, 2);
  });

  it('knows at once what was noted, before anything is kept', async () => {
    await pool.append(added('work'));

    pool.note(limited('work'));

    assert.equal(stateAt(pool.find('work')!, T0 + 2).kind, 'cooling');
    assert.equal(pool.find('work')!.version, 1);
  });

  it('keeps what was noted last, however soon it is closed', async () => {
    const kernel = await home.open();
    const closing = await (await kernel.service('balancer')).pool();
    await closing.append(added('work'));
    closing.note(limited('work'));

    await kernel.close();

    assert.equal((await another()).find('work')!.state.kind, 'cooling');
    assert.deepEqual(kernel.troubles, []);
  });

  it('keeps no secret that a vendor repeats, and no long story', async () => {
    const kernel = await home.open();
    kernel.secrets.add('sk-ant-of-this-very-test', 'a key');
    const telling = await (await kernel.service('balancer')).pool();
    await telling.append(added('work'));

    telling.note(limited('work', { reason: `The key sk-ant-of-this-very-test is not valid${'!'.repeat(10_000)}` }));
    await telling.append({ type: 'paused', accountId: 'id-work', atMs: T0, by: 'a test', reason: 'sk-ant-of-this-very-test' });

    const kept = JSON.stringify([telling.accounts, await telling.events('id-work')]);
    assert.ok(!kept.includes('of-this-very-test'));
    assert.match(kept, /The key .* is not valid!+…/);
    assert.ok(kept.length < 4000);
  });

  it('goes on with what it knows where the database fails, and keeps it when that works again', async () => {
    await pool.append(added('work'));
    const database = await (await (await home.open()).service('balancer')).database();
    const broken = new Error('no room on the disk');
    let isBroken = false;
    const weak = await SharedPool.open({ ...database, transaction: (mode, work) => (isBroken && mode !== 'read' ? Promise.reject(broken) : database.transaction(mode, work)) }, { eventDays: 30, redact: (text) => text });
    isBroken = true;

    weak.note(limited('work'));
    await assert.rejects(weak.flush(), broken);
    await assert.rejects(weak.append({ type: 'paused', accountId: 'id-work', atMs: T0, by: 'a test', reason: '' }), broken);
    assert.equal(weak.find('work')!.state.kind, 'cooling');
    isBroken = false;
    await weak.close();

    assert.equal((await another()).find('work')!.state.kind, 'cooling');
  });

  it('hears of what another process did, once, and of its own, once', async () => {
    const other = await another();
    const heard: string[] = [];
    const news = new EventTarget();
    pool.onChange(({ type }, { name }) => {
      heard.push(`${type} ${name}`);
      news.dispatchEvent(new Event(type));
    });

    await other.append(added('work'));
    if (heard.length === 0) await once(news, 'added');
    const limit = once(news, 'limited');
    other.note(limited('work'));
    await limit;
    pool.note(limited('work', { atMs: T0 + 5 }));
    await pool.flush();

    assert.deepEqual(heard, ['added work', 'limited work', 'limited work']);
    assert.equal(pool.find('work')!.streak!.count, 1);
  });

  it('loses nothing of four processes that append and note at the same time, and all see one order', async () => {
    await pool.append(added('all'));
    const names = ['a', 'b', 'c', 'd'];

    await Promise.all(names.map((by) => run(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', child, home.word, by])));

    const late = await another();
    const events = await late.events('id-all');
    for (const by of names) {
      assert.deepEqual(events.flatMap((event) => (event.type === 'limited' && event.by === by ? [Number(event.reason)] : [])), Array.from({ length: 50 }, (_, index) => index));
      assert.equal(late.find(by)!.priority, 40);
    }
    await pool.append({ type: 'paused', accountId: 'id-all', atMs: T0, by: 'a test', reason: '' });
    assert.equal(pool.find('all')!.version, 1 + names.length * (1 + 50 + 5) + 1);
    assert.deepEqual(pool.accounts.filter(({ id }) => id !== 'id-all'), late.accounts.filter(({ id }) => id !== 'id-all'));
  });

  it('refuses by what is there at that moment, also when another process was faster', async () => {
    const other = await another();
    const results = await Promise.allSettled([pool.append(added('work', { accountId: 'id-1' })), other.append(added('WORK', { accountId: 'id-2' }))]);

    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { reason } = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    assert.equal((reason as { code: string }).code, 'ACCOUNT_NAME_TAKEN');
    await assert.rejects(other.append({ type: 'paused', accountId: 'id-none', atMs: T0, by: 'a test', reason: '' }), { code: 'ACCOUNT_NOT_FOUND' });
    await assert.rejects(pool.append({ type: 'changed', accountId: pool.accounts[0]!.id, atMs: T0, by: 'a test', priority: 101 }), { code: 'ACCOUNT_VALUE_INVALID', message: /from 0 to 100.*found 101/ });
    await assert.rejects(pool.append(added('other'), () => { throw new Error('no more than one'); }), { message: 'no more than one' });
    assert.equal(pool.accounts.length, 1);
  });
});
