import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach } from 'mocha';
import { itMigrates } from './migrations.ts';
import { createFilePlace, type FilePlace, SHOP } from './place.ts';

describe('migrations in a file', () => {
  itMigrates(() => createFilePlace());

  describe('of SQLite', () => {
    let place: FilePlace;
    beforeEach(async () => { place = await createFilePlace({ backups: 3 }); });
    afterEach(() => place.remove());

    it('keeps a copy of what was there before each that changes something, and none of an empty file', async () => {
      const database = place.open();
      await database.migrate('shop', SHOP.slice(0, 1));
      assert.deepEqual(readdirSync(join(place.data)).includes('database'), false);
      await database.transaction('write', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'before'})`);

      await database.migrate('shop', SHOP);

      const [copy, ...others] = readdirSync(place.backups);
      assert.deepEqual(others, []);
      assert.match(copy!, /^\d{8}T\d{6}\.\d{3}Z-shop-0002-index\.db$/);
      const kept = new DatabaseSync(join(place.backups, copy!));
      assert.deepEqual(kept.prepare('SELECT id FROM shop_items').all().map(({ id }) => id), ['before']);
      assert.deepEqual(kept.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'shop%'").all(), []);
      kept.close();
    });

    it('own the tables in which a full-text index keeps its content, and take all of it away', async () => {
      const database = place.open();
      await database.migrate('shop', [{ name: 'search', up: async ({ sql }) => void await sql`CREATE VIRTUAL TABLE shop_search USING fts5 (words)` }]);
      await database.transaction('write', async ({ sql }) => void await sql`INSERT INTO shop_search (words) VALUES (${'a needle in the hay'})`);

      assert.deepEqual(await database.transaction('read', async ({ sql }) => (await sql`SELECT words FROM shop_search WHERE shop_search MATCH ${'needle'}`).rows), [{ words: 'a needle in the hay' }]);
      assert.equal((await database.drop('shop')).includes('shop_search'), true);
      assert.deepEqual((await database.status()).owners, []);
    });

    it('keeps the newest copies only', async () => {
      const steps = Array.from({ length: 6 }, (_, index) => ({ name: `step-${index}`, up: async ({ sql }: { sql: (text: TemplateStringsArray) => Promise<unknown> }) => void await sql([`CREATE TABLE shop_t${index} (id text)`] as unknown as TemplateStringsArray) }));

      await place.open().migrate('shop', steps);

      assert.deepEqual(readdirSync(place.backups).map((name) => /step-\d/.exec(name)![0]), ['step-3', 'step-4', 'step-5']);
    });

    it('changes nothing where no copy can be made', async () => {
      const database = place.open();
      await database.migrate('shop', SHOP.slice(0, 1));
      writeFileSync(join(place.data, 'database'), 'in the way');

      await assert.rejects(database.migrate('shop', SHOP), { code: 'DATABASE_MIGRATION_FAILED', message: /No copy of .*pith\.db could be made before its tables are changed, so nothing was changed: / });

      assert.deepEqual((await database.status()).owners[0]!.migrations, ['0001-items']);
      rmSync(join(place.data, 'database'));
      assert.deepEqual(await database.migrate('shop', SHOP), ['0002-index']);
    });
  });
});
