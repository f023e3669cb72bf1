import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'mocha';
import { itIsShared } from './shared.ts';
import { createFilePlace, type FilePlace, LEDGER, SHOP, startChild } from './place.ts';

const soak = process.env['PITH_SOAK'] !== undefined;

describe('a database file that many processes use', () => {
  itIsShared(() => createFilePlace(), { kills: soak ? 500 : 40 });

  describe('and one of them at a bad moment', () => {
    let place: FilePlace;
    beforeEach(async () => { place = await createFilePlace({ waitMs: 300 }); });
    afterEach(() => place.remove());

    it('is free again when the one that held it is killed, and holds nothing of what that had begun', async () => {
      const child = await startChild(place, ['hold']);
      await child.said(1);
      const database = place.open();
      await assert.rejects(database.transaction('write', async () => undefined), { code: 'DATABASE_BUSY' });
      await assert.rejects(database.compact(), { code: 'DATABASE_BUSY', message: /pith\.db is in use by another process/ });

      child.process.kill('SIGKILL');
      await child.ended;

      assert.deepEqual(await database.migrate('shop', SHOP), []);
      assert.deepEqual(await database.transaction('write', async ({ sql }) => (await sql`SELECT id FROM shop_items`).rows), []);
    });

    it('counts a transfer as one, in two ways', async () => {
      const { code } = await (await startChild(place, ['transfer', 'a', 20])).ended;

      assert.equal(code, 0);
      const database = place.open();
      assert.deepEqual(await database.migrate('ledger', LEDGER), []);
      assert.deepEqual(await database.transaction('read', async ({ sql }) => (await sql`SELECT micro, (SELECT sum(micro) FROM ledger_transfers) AS moved FROM ledger_accounts`).rows), [{ micro: 20, moved: 20 }]);
    });
  });
});
