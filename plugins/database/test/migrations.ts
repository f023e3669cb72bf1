import assert from 'node:assert/strict';
import type { Migration, Queries } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { type Opened, type Place, SHOP } from './place.ts';

type Up = Migration['up'];
const one = (up: Up, name = 'one'): Migration[] => [{ name, up }];

/** What becomes of migrations on every engine. */
export function itMigrates(createPlace: () => Promise<Place>): void {
  let place: Place;
  let database: Opened;
  beforeEach(async () => {
    place = await createPlace();
    database = place.open();
  });
  afterEach(() => place.remove());

  const ownerOf = async (name: string) => (await database.status()).owners.find(({ owner }) => owner === name);

  it('run once, in order, and are told', async () => {
    assert.deepEqual(await database.migrate('shop', SHOP.slice(0, 1)), ['0001-items']);
    assert.deepEqual(await database.migrate('shop', SHOP), ['0002-index']);
    assert.deepEqual(await place.open().migrate('shop', SHOP), []);

    assert.deepEqual(await ownerOf('shop'), { owner: 'shop', migrations: ['0001-items', '0002-index'], tables: ['shop_items'] });
  });

  it('leave all as it was where one fails, and those before it stay', async () => {
    const broken: Migration = { name: '0003-broken', up: async ({ sql }) => {
      await sql`CREATE TABLE shop_more (id text)`;
      await sql`INSERT INTO shop_items (id) VALUES (${'from the migration'})`;
      await sql`CREATE TABLE shop_items (id text)`;
    } };

    await assert.rejects(database.migrate('shop', [...SHOP, broken]), { code: 'DATABASE_MIGRATION_FAILED', message: /^The migration 0003-broken of plugin shop failed, and the database is as it was before it: / });

    assert.deepEqual(await ownerOf('shop'), { owner: 'shop', migrations: ['0001-items', '0002-index'], tables: ['shop_items'] });
    assert.deepEqual(await database.transaction('read', async ({ sql }) => (await sql`SELECT * FROM shop_items`).rows), []);
    assert.deepEqual(await database.migrate('shop', [...SHOP, { ...broken, up: async ({ sql }) => void await sql`CREATE TABLE shop_more (id text)` }]), ['0003-broken']);
  });

  it('fail where one throws, and where it hides that a statement failed', async () => {
    const thrown: Up = async () => { throw new TypeError('undefined is not a function'); };
    const hidden: Up = async ({ sql }) => void await sql`nonsense`.catch(() => undefined);

    for (const up of [thrown, hidden]) await assert.rejects(database.migrate('shop', one(up)), { code: 'DATABASE_MIGRATION_FAILED' });
    assert.equal(await ownerOf('shop'), undefined);
  });

  it('are refused, and nothing changed, where a newer version was here', async () => {
    await database.migrate('shop', [...SHOP, { name: '0003-newer', up: async ({ sql }) => void await sql`ALTER TABLE shop_items ADD COLUMN newer text` }]);
    const before = await database.status();

    await assert.rejects(place.open().migrate('shop', SHOP), { code: 'DATABASE_NEWER', message: /was used by a newer version of plugin shop: the migration 0003-newer has run, and is not known here\. Nothing was changed$/ });

    assert.deepEqual((await database.status()).owners, before.owners);
  });

  it('are refused where a newer pith keeps what it needs itself in another way', async () => {
    await database.migrate('shop', SHOP);
    await database.transaction('write', async ({ sql }) => void await sql`INSERT INTO pith_migrations (owner, name, position, applied_ms) VALUES (${'pith'}, ${'0002-later'}, ${1}, ${0})`);

    await assert.rejects(database.migrate('shop', SHOP), { code: 'DATABASE_NEWER', message: /newer version of pith/ });
  });

  it('are refused where one was put between those that have run', async () => {
    await database.migrate('shop', SHOP);

    await assert.rejects(database.migrate('shop', [SHOP[0]!, { name: '0001b-late', up: async () => undefined }, SHOP[1]!]), { code: 'DATABASE_MIGRATION_INVALID', message: /The migration 0001b-late of plugin shop stands where 0002-index has run/ });
  });

  for (const [what, owner, migrations] of [
    ['an owner that is no plugin name', 'Shop!', SHOP], ['the service’s own name', 'pith', SHOP], ['an owner too long for a table’s name', 'a'.repeat(40), SHOP],
    ['two of one name', 'shop', [...SHOP, SHOP[0]!]], ['a name with a blank', 'shop', one(async () => undefined, 'a b')], ['one without a function', 'shop', [{ name: 'one' } as Migration]],
  ] as const) {
    it(`are refused with ${what}`, () => assert.rejects(database.migrate(owner, migrations), { code: 'DATABASE_MIGRATION_INVALID' }));
  }

  const trespasses: readonly [string, (queries: Queries) => Promise<unknown>, RegExp][] = [
    ['makes a table of another name', ({ sql }) => sql`CREATE TABLE items (id text)`, /makes the table items, whose name does not begin with other_/],
    ['makes an index of another name', async ({ sql }) => { await sql`CREATE TABLE other_t (id text)`; await sql`CREATE INDEX quick ON other_t (id)`; }, /makes the index quick, whose name/],
    ['puts an index on somebody’s table', ({ sql }) => sql`CREATE INDEX other_quick ON shop_items (price)`, /index other_quick on shop_items, which belongs to plugin shop/],
    ['changes somebody’s table', ({ sql }) => sql`ALTER TABLE shop_items ADD COLUMN more text`, /changes the table shop_items, which belongs to plugin shop/],
    ['takes somebody’s table away', ({ sql }) => sql`DROP TABLE shop_items`, /takes away the .* which belongs to plugin shop/],
    ['refers to somebody’s table', ({ sql }) => sql`CREATE TABLE other_t (item text REFERENCES shop_items (id))`, /lets other_t refer to shop_items, which belongs to plugin shop/],
    ['takes somebody’s name for its own', ({ sql }) => sql`ALTER TABLE shop_items RENAME TO other_items`, /takes away the table shop_items, which belongs to plugin shop/],
  ];
  for (const [what, up, message] of trespasses) {
    it(`are refused where one ${what}`, async () => {
      await database.migrate('shop', SHOP);

      await assert.rejects(database.migrate('other', one(async (queries) => void await up(queries))), { code: 'DATABASE_MIGRATION_INVALID', message });

      assert.equal(await ownerOf('other'), undefined);
      assert.deepEqual((await ownerOf('shop'))?.tables, ['shop_items']);
    });
  }

  it('may change, rename and take away what is their own', async () => {
    await database.migrate('shop', SHOP);
    await database.migrate('shop', [...SHOP, { name: '0003-all', up: async ({ sql }) => {
      await sql`ALTER TABLE shop_items RENAME TO shop_things`;
      await sql`ALTER TABLE shop_things ADD COLUMN more text`;
      await sql`DROP INDEX shop_items_count`;
      await sql`CREATE TABLE shop_orders (thing text REFERENCES shop_things (id))`;
      await sql`CREATE VIEW shop_view AS SELECT id FROM shop_things`;
    } }]);

    assert.deepEqual((await ownerOf('shop'))?.tables, ['shop_orders', 'shop_things', 'shop_view']);
  });

  it('keep two owners apart where the name of one begins as that of the other', async () => {
    await database.migrate('shop', SHOP);
    await database.migrate('shop-items', one(async ({ sql }) => void await sql`CREATE TABLE shop_items_own (id text)`));

    assert.deepEqual(await database.drop('shop'), ['shop_items']);

    assert.deepEqual((await database.status()).owners, [{ owner: 'shop-items', migrations: ['one'], tables: ['shop_items_own'] }]);
  });

  it('run anew after their owner was dropped, whatever its tables referred to', async () => {
    const linked = one(async ({ sql }) => {
      await sql`CREATE TABLE shop_a (id text PRIMARY KEY)`;
      await sql`CREATE TABLE shop_b (id text REFERENCES shop_a (id))`;
      await sql`CREATE VIEW shop_c AS SELECT id FROM shop_b`;
      await sql`INSERT INTO shop_a (id) VALUES (${'x'})`;
      await sql`INSERT INTO shop_b (id) VALUES (${'x'})`;
    });
    await database.migrate('shop', linked);

    assert.deepEqual(await database.drop('shop'), ['shop_a', 'shop_b', 'shop_c']);
    assert.deepEqual(await database.drop('shop'), []);

    assert.equal(await ownerOf('shop'), undefined);
    assert.deepEqual(await database.migrate('shop', linked), ['one']);
  });
}
