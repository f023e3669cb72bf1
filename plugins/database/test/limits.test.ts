import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import { Transactions } from '../src/database.ts';
import { Line } from '../src/line.ts';
import { checkRoom } from '../src/sqlite/compact.ts';
import { SqliteEngine } from '../src/sqlite/engine.ts';
import { toSqliteError } from '../src/sqlite/errors.ts';
import { createFilePlace, type FilePlace } from './place.ts';

describe('the limits of the database', () => {
  let place: FilePlace;
  beforeEach(async () => { place = await createFilePlace(); });
  afterEach(() => place.remove());

  it('ends a transaction that takes too long, keeps nothing of it, and lets the next one in', async () => {
    const transactions = new Transactions(new SqliteEngine(place.file, { backups: { folder: place.backups, most: 0 } }));
    await transactions.run('write', async ({ sql }) => void await sql`CREATE TABLE t (id text)`);
    const { promise: never } = Promise.withResolvers<void>();

    await assert.rejects(transactions.run('write', async ({ sql }) => {
      await sql`INSERT INTO t (id) VALUES (${'late'})`;
      await never;
    }, { limitMs: 20 }), { code: 'DATABASE_TIMEOUT', message: /took longer than 0\.02 s, so nothing of it was kept/ });

    assert.deepEqual(await transactions.run('write', async ({ sql }) => (await sql`SELECT id FROM t`).rows), []);
    await transactions.close();
  });

  it('turns away who comes when ten thousand wait', async () => {
    const line = new Line();
    const waiting = Array.from({ length: 10_001 }, () => line.enter());

    await assert.rejects(line.enter(), { code: 'DATABASE_BUSY', message: /10000 transactions of this process wait/ });

    for (const turn of waiting) (await turn)();
    (await line.enter())();
  });

  it('makes nothing smaller where the disk has no room for it meanwhile, and says how much it takes', () => {
    checkRoom('/data/pith.db', { sizeBytes: 5_000_000, freeBytes: 10_000_000 });
    assert.throws(() => checkRoom('/data/pith.db', { sizeBytes: 5_000_001, freeBytes: 10_000_000 }), { code: 'DATABASE_FULL', message: 'To make /data/pith.db smaller takes 11 MB of its disk for a while, and 10 MB are free; nothing was changed' });
  });

  for (const [what, errcode, code, message] of [
    ['a full disk', 13, 'DATABASE_FULL', /There is no room on the disk for .*everything from before is there/], ['a disk that does not answer', 266, 'DATABASE_UNWRITABLE', /could not read or write/],
    ['a lock of somebody else', 261, 'DATABASE_BUSY', /in use by another process/], ['a page that makes no sense', 267, 'DATABASE_DAMAGED', /left as it is/], ['a wrong statement', 1, 'DATABASE_QUERY_FAILED', /could not be run/],
  ] as const) {
    it(`says what it is where SQLite speaks of ${what}`, () => {
      const error = toSqliteError(Object.assign(new Error('said by SQLite'), { errcode }), { file: 'pith.db' });

      assert.equal(error.code, code);
      assert.match(error.message, message);
    });
  }
});
