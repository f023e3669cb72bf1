import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach } from 'mocha';
import { itIsADatabase } from './behaviour.ts';
import { restore } from '../src/sqlite/set-aside.ts';
import { createFilePlace, type FilePlace, SHOP } from './place.ts';

describe('the database in a file', () => {
  itIsADatabase(() => createFilePlace());

  describe('on the disk', () => {
    let place: FilePlace;
    beforeEach(async () => { place = await createFilePlace({ waitMs: 400 }); });
    afterEach(() => place.remove());

    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

    it('is the user’s alone, with all that lies beside it, whatever the umask', async () => {
      const before = process.umask(0);
      try {
        const database = place.open();
        await database.migrate('shop', SHOP);
        await database.migrate('other', [{ name: 'one', up: async ({ sql }) => void await sql`CREATE TABLE other_one (id text)` }]);
      } finally {
        process.umask(before);
      }

      assert.deepEqual(readdirSync(place.data).sort().map((name) => `${name} ${mode(join(place.data, name))}`), ['database 700', 'pith.db 600', 'pith.db-shm 600', 'pith.db-wal 600']);
      assert.equal(mode(place.data), '700');
      for (const copy of readdirSync(place.backups)) assert.equal(mode(join(place.backups, copy)), '600');
    });

    it('is closed to others where it was open', async () => {
      mkdirSync(place.data, { recursive: true });
      writeFileSync(place.file, '');
      chmodSync(place.file, 0o644);

      await place.open().migrate('shop', SHOP);

      assert.equal(mode(place.file), '600');
    });

    it('is not made by looking at it, nor by dropping what is not there', async () => {
      const database = place.open();

      assert.deepEqual(await database.status(), { engine: 'sqlite', place: place.file, sizeBytes: null, owners: [] });
      assert.deepEqual(await database.drop('shop'), []);

      assert.equal(existsSync(place.data), false);
    });

    it('writes through to the disk where a transaction is durable, and only there', async () => {
      const database = place.open();
      const synchronous = async (wanted: 'write' | 'durable'): Promise<unknown> => database.transaction(wanted, async ({ sql }) => (await sql`SELECT synchronous FROM pragma_synchronous`).rows[0]!['synchronous']);

      assert.deepEqual([await synchronous('write'), await synchronous('durable'), await synchronous('write')], [1, 2, 1]);
      assert.deepEqual(await database.transaction('read', async ({ sql }) => (await sql`SELECT journal_mode FROM pragma_journal_mode`).rows), [{ journal_mode: 'wal' }]);
    });

    it('tells a listener that something was missed where more was told than is kept, and the rest', async () => {
      const database = place.open();
      const heard: string[] = [];
      const last = Promise.withResolvers<void>();
      await database.listen('told', (text) => {
        heard.push(text);
        if (text === '1499') last.resolve();
      });

      await place.open().transaction('write', async ({ notify }) => { for (let index = 0; index < 1500; index++) await notify('told', `${index}`); });
      await last.promise;

      assert.deepEqual(heard, ['', ...Array.from({ length: 1000 }, (_, index) => `${index + 500}`)]);
    });

    it('hears in the file that is in its place once it was put back, by whoever opens it anew', async () => {
      const before = place.open();
      await before.migrate('shop', SHOP);
      await before.migrate('other', [{ name: 'one', up: async ({ sql }) => void await sql`CREATE TABLE other_one (id text)` }]);
      await before.listen('told', () => undefined);
      await before.transaction('write', ({ notify }) => notify('told', 'before'));
      await restore({ file: place.file, folder: join(place.data, 'database'), backups: place.backups });
      await assert.rejects(before.transaction('write', ({ notify }) => notify('told', 'into what was moved away')), { code: 'DATABASE_MOVED' });
      const { promise, resolve } = Promise.withResolvers<string>();
      await place.open().listen('told', resolve);

      await place.open().transaction('write', ({ notify }) => notify('told', 'after'));

      assert.equal(await promise, 'after');
    });

    it('leaves one file behind when it is closed', async () => {
      const database = place.open();
      await database.transaction('durable', async ({ sql }) => void await sql`CREATE TABLE loose (id text)`);

      await database.close();

      assert.deepEqual(readdirSync(place.data), ['pith.db']);
    });

    it('says after a while that somebody else holds it, goes on with other things meanwhile, and works once it is free', async () => {
      const database = place.open();
      await database.migrate('shop', SHOP);
      const other = new DatabaseSync(place.file);
      other.exec('BEGIN IMMEDIATE');
      let beats = 0;
      const heart = setInterval(() => { beats++; }, 20);
      try {
        await assert.rejects(database.transaction('write', async () => undefined), { code: 'DATABASE_BUSY', message: /is in use by another process for more than 0\.4 s/ });
        assert.ok(beats > 2, `${beats} beats`);
        assert.deepEqual(await database.transaction('read', async ({ sql }) => (await sql`SELECT * FROM shop_items`).rows), []);
      } finally {
        clearInterval(heart);
        other.close();
      }

      assert.equal(await database.transaction('write', async ({ sql }) => (await sql`INSERT INTO shop_items (id) VALUES (${'a'})`).changes), 1);
    });
  });
});
