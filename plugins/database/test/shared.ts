import assert from 'node:assert/strict';
import { afterEach, before, beforeEach } from 'mocha';
import { bundleChild, type Child, LEDGER, type Place, SHOP, startChild } from './place.ts';

const PROCESSES = 8;

/** What holds for many processes, on every engine. */
export function itIsShared(createPlace: () => Promise<Place>, { kills, rowsEach = 500 }: { kills: number; rowsEach?: number }): void {
  let place: Place;
  const children = new Set<Child>();
  before(bundleChild);
  beforeEach(async () => { place = await createPlace(); });
  afterEach(async () => {
    for (const child of children) child.process.kill('SIGKILL');
    children.clear();
    await place.remove();
  });

  const start = async (...words: (string | number)[]): Promise<Child> => {
    const child = await startChild(place, words);
    children.add(child);
    void child.ended.then(() => children.delete(child));
    return child;
  };

  it('migrates once where eight start at the same time', async () => {
    const ended = await Promise.all(Array.from({ length: PROCESSES }, async () => (await start('migrate')).ended));

    assert.deepEqual(ended.map(({ code }) => code), Array(PROCESSES).fill(0), JSON.stringify(ended));
    assert.deepEqual(ended.flatMap(({ stdout }) => stdout.trim().split(' ')).filter((name) => name !== '').sort(), SHOP.map(({ name }) => name));
  });

  it(`keeps all ${PROCESSES * rowsEach} rows of eight that append ${rowsEach} each, from the very first on`, async () => {
    const ended = await Promise.all(Array.from({ length: PROCESSES }, async (_, index) => (await start('append', `p${index}`, rowsEach)).ended));

    assert.deepEqual(ended, Array(PROCESSES).fill({ code: 0, stdout: '' }));
    const { rows } = await place.open().transaction('read', ({ sql }) => sql`SELECT count(*) AS rows, count(DISTINCT id) AS ids, sum(count) AS sum FROM shop_items`);
    assert.deepEqual(rows, [{ rows: PROCESSES * rowsEach, ids: PROCESSES * rowsEach, sum: PROCESSES * rowsEach * (rowsEach - 1) / 2 }]);
  });

  it('hears what other processes notify', async () => {
    const texts: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await place.open().listen('told', (text) => { if (texts.push(text) === 2 * 30) resolve(); });

    const ended = await Promise.all(['a', 'b'].map(async (prefix) => (await start('notify', prefix, 30)).ended));
    await promise;

    assert.deepEqual(ended.map(({ code }) => code), [0, 0]);
    for (const prefix of ['a', 'b']) assert.deepEqual(texts.filter((text) => text.startsWith(prefix)), Array.from({ length: 30 }, (_, index) => `${prefix}-${index}`));
  });

  it('gives a name free whose process was killed', async () => {
    const child = await start('exclusive', 'token');
    await child.said(1);
    const database = place.open();
    await assert.rejects(database.exclusive('token', async () => assert.fail('it ran'), { waitMs: 50 }), { code: 'DATABASE_BUSY' });

    child.process.kill('SIGKILL');

    assert.equal(await database.exclusive('token', async () => 'free'), 'free');
  });

  it(`has everything that was confirmed, and nothing by half, after ${kills} kills`, async function () {
    this.timeout(30_000 + kills * 1000);
    const confirmed = new Set<string>();
    const database = place.open();
    await database.migrate('ledger', LEDGER);
    // Two at a time, so that one is killed while the other goes on.
    const worker = async (lane: number): Promise<void> => {
      for (let round = 0; round < kills / 2; round++) {
        const child = await start('transfer', `${lane}-${round}`);
        await child.said(1 + (round % 3));
        child.process.kill('SIGKILL');
        const { stdout } = await child.ended;
        for (const line of stdout.split('\n').slice(0, -1)) confirmed.add(line);
      }
    };

    await Promise.all([worker(0), worker(1)]);

    const { rows: [account], kept } = await database.transaction('read', async ({ sql }) => ({ ...await sql`SELECT micro, (SELECT count(*) FROM ledger_transfers) AS transfers FROM ledger_accounts`, kept: new Set((await sql<{ id: string }>`SELECT id FROM ledger_transfers`).rows.map(({ id }) => id)) }));
    assert.deepEqual([...confirmed].filter((id) => !kept.has(id)), []);
    assert.equal(account!['micro'], account!['transfers']);
    assert.ok(confirmed.size >= kills);
  });
}
