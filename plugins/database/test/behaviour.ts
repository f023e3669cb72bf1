import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Queries, SqlValue } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { type Opened, type Place, SHOP } from './place.ts';

interface Tables { shop_items: { id: string; count: number | bigint | null; price: number | null; picture: Uint8Array | null } }

/** What every engine does, to the same word. */
export function itIsADatabase(createPlace: () => Promise<Place>): void {
  let place: Place;
  let database: Opened;
  beforeEach(async () => {
    place = await createPlace();
    database = place.open();
    await database.migrate('shop', SHOP);
  });
  afterEach(() => place.remove());

  const write = <T>(work: (queries: Queries) => Promise<T>): Promise<T> => database.transaction('write', work);
  const ids = (from = database): Promise<unknown[]> => from.transaction('read', async ({ sql }) => (await sql`SELECT id FROM shop_items ORDER BY id`).rows.map(({ id }) => id));

  it('keeps what it confirmed, for others to see', async () => {
    const changed = await write(async ({ sql }) => (await sql`INSERT INTO shop_items (id) VALUES (${'a'}), (${'b'})`).changes);

    assert.equal(changed, 2);
    assert.deepEqual(await ids(place.open()), ['a', 'b']);
  });

  it('gives every value back as it was', async () => {
    const values = [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), null];

    const back = await write(async ({ sql }) => {
      for (const [index, value] of values.entries()) await sql`INSERT INTO shop_items (id, count) VALUES (${`n${index}`}, ${value})`;
      await sql`INSERT INTO shop_items (id, price, picture) VALUES (${'ünï "quoted" \\ \''}, ${0.1}, ${new Uint8Array([0, 1, 255])})`;
      return (await sql`SELECT id, count, price, picture FROM shop_items ORDER BY id`).rows;
    });

    assert.deepEqual(back.filter(({ price }) => price === null).map(({ count }) => count), values);
    assert.deepEqual(back.at(-1), { id: 'ünï "quoted" \\ \'', count: null, price: 0.1, picture: new Uint8Array([0, 1, 255]) });
    assert.equal(back.at(-1)!['picture']!.constructor, Uint8Array);
  });

  it('counts and adds up exactly, beyond what a number holds', async () => {
    const row = await write(async ({ sql }) => {
      for (const id of ['a', 'b', 'c']) await sql`INSERT INTO shop_items (id, count) VALUES (${id}, ${Number.MAX_SAFE_INTEGER})`;
      return (await sql<Record<string, SqlValue>>`SELECT count(*) AS rows, sum(count) AS sum, avg(count) AS mean, max(count) AS largest, count(*) > 2 AS many FROM shop_items`).rows[0];
    });

    assert.deepEqual(row, { rows: 3, sum: 3n * BigInt(Number.MAX_SAFE_INTEGER), mean: Number.MAX_SAFE_INTEGER, largest: Number.MAX_SAFE_INTEGER, many: 1 });
  });

  it('counts the rows that a statement changed, and none where it changed none', async () => {
    await database.migrate('other', [{ name: 'one', up: async ({ sql }) => {
      const counts = [
        await sql`CREATE TABLE other_t (id bigint)`, await sql`INSERT INTO other_t (id) VALUES (1), (2), (3)`, await sql`CREATE INDEX other_i ON other_t (id)`, await sql`UPDATE other_t SET id = id + 1 WHERE id > 1 RETURNING id`,
        await sql`SELECT id FROM other_t`, await sql`DELETE FROM other_t WHERE id > 100`,
      ];
      assert.deepEqual(counts.map(({ changes, rows }) => [changes, rows.length]), [[0, 0], [3, 0], [0, 0], [2, 2], [0, 3], [0, 0]]);
    } }]);
  });

  it('takes true and false as 1 and 0', async () => {
    assert.deepEqual(await write(async ({ sql }) => (await sql`INSERT INTO shop_items (id, count) VALUES (${'yes'}, ${true}), (${'no'}, ${false}) RETURNING count`).rows), [{ count: 1 }, { count: 0 }]);
  });

  it('never takes a value for a part of the statement', async () => {
    const evil = "x'); DELETE FROM shop_items; --";
    await write(async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${evil})`);

    assert.deepEqual(await ids(), [evil]);
  });

  for (const [what, value, message] of [
    ['a date', new Date(), /an object.*/], ['nothing', undefined, /nothing/], ['NaN', NaN, /NaN/], ['a text with a NUL', 'a\0b', /NUL/], ['a number that no column holds', 2n ** 63n, /64 bits/],
  ] as const) {
    it(`refuses ${what} as a value`, async () => {
      await assert.rejects(write(async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${value as SqlValue})`), { code: 'DATABASE_VALUE_INVALID', message });
      assert.deepEqual(await ids(), []);
    });
  }

  it('keeps nothing of a transaction that throws', async () => {
    const thrown = new Error('changed my mind');

    await assert.rejects(write(async ({ sql }) => {
      await sql`INSERT INTO shop_items (id) VALUES (${'a'})`;
      throw thrown;
    }), thrown);

    assert.deepEqual(await ids(), []);
  });

  it('keeps nothing of a transaction in which a statement failed, also where that was caught', async () => {
    await assert.rejects(write(async ({ sql }) => {
      await sql`INSERT INTO shop_items (id) VALUES (${'a'})`;
      await sql`INSERT INTO shop_items (nonsense) VALUES (1)`.catch(() => undefined);
      return 'as if nothing were';
    }), { code: 'DATABASE_QUERY_FAILED' });

    assert.deepEqual(await ids(), []);
  });

  it('says where a row of that key is there, and where one breaks another rule', async () => {
    await write(async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'a'})`);

    await assert.rejects(write(async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'a'})`), { code: 'DATABASE_CONFLICT' });
    await database.migrate('other', [{ name: 'one', up: async ({ sql }) => void await sql`CREATE TABLE other_one (id text NOT NULL CHECK (length(id) < 3))` }]);
    await assert.rejects(write(async ({ sql }) => void await sql`INSERT INTO other_one (id) VALUES (${'long'})`), { code: 'DATABASE_CONSTRAINT' });
    await assert.rejects(write(async ({ sql }) => void await sql`INSERT INTO other_one (id) VALUES (${null})`), { code: 'DATABASE_CONSTRAINT' });
  });

  it('changes nothing in a transaction that only reads', async () => {
    await assert.rejects(database.transaction('read', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'a'})`), { code: 'DATABASE_QUERY_FAILED', message: /only reads/ });
  });

  it('shows a transaction that reads one state, whatever is confirmed meanwhile', async () => {
    const other = place.open();

    const seen = await database.transaction('read', async ({ sql }) => {
      const count = async (): Promise<unknown> => (await sql`SELECT count(*) AS n FROM shop_items`).rows[0]!['n'];
      const before = await count();
      await other.transaction('write', async (queries) => void await queries.sql`INSERT INTO shop_items (id) VALUES (${'a'})`);
      return [before, await count()];
    });

    assert.deepEqual(seen, [0, 0]);
    assert.deepEqual(await ids(), ['a']);
  });

  it('refuses a transaction within a transaction, whichever modes', async () => {
    for (const inner of ['read', 'durable'] as const) {
      await assert.rejects(write(async () => database.transaction(inner, async () => undefined)), { code: 'DATABASE_NESTED', message: /within another one/ });
    }
    await assert.rejects(write(async () => database.migrate('shop', SHOP)), { code: 'DATABASE_NESTED' });
    await assert.rejects(write(async ({ builder }) => (await builder<Tables>()).transaction().execute(async () => undefined)), { code: 'DATABASE_NESTED' });
  });

  it('lets a transaction begin where one has ended', async () => {
    const late = await write(async () => ({ run: async () => ids() }));

    assert.deepEqual(await late.run(), []);
    assert.deepEqual(await write(async () => Promise.resolve().then(() => 'done')).then(() => ids()), []);
  });

  it('runs no statement after the transaction has ended', async () => {
    const { sql } = await write(async (queries) => queries);

    await assert.rejects(sql`INSERT INTO shop_items (id) VALUES (${'late'})`, { code: 'DATABASE_ENDED' });
    assert.deepEqual(await ids(), []);
  });

  it('leaves the beginning and the end of a transaction to nobody else', async () => {
    for (const text of ['COMMIT', ' rollback', 'ATTACH \'x\' AS y', 'PRAGMA synchronous = OFF']) {
      await assert.rejects(write(async ({ sql }) => void await sql([text] as unknown as TemplateStringsArray)), { code: 'DATABASE_QUERY_FAILED' });
    }
    await assert.rejects(write(async ({ sql }) => void await sql`DELETE FROM shop_items; DELETE FROM shop_items`), { code: 'DATABASE_QUERY_FAILED' });
  });

  it('counts up without losing one, however many ask at a time', async () => {
    await write(async ({ sql }) => void await sql`INSERT INTO shop_items (id, count) VALUES (${'n'}, ${0})`);
    const other = place.open();

    await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? database : other).transaction('durable', async ({ sql }) => {
      const { rows: [row] } = await sql<{ count: number }>`SELECT count FROM shop_items WHERE id = ${'n'}`;
      await Promise.resolve();
      await sql`UPDATE shop_items SET count = ${row!.count + 1} WHERE id = ${'n'}`;
    })));

    assert.deepEqual(await write(async ({ sql }) => (await sql`SELECT count FROM shop_items`).rows), [{ count: 40 }]);
  });

  it('does nothing for a signal that has fired, and lets others on where one waits no longer', async () => {
    const gone = AbortSignal.abort(new Error('no more'));
    await assert.rejects(database.transaction('write', async () => assert.fail('it ran'), { signal: gone }), /no more/);
    const waiting = new AbortController();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();

    const first = write(() => held);
    const second = database.transaction('write', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'never'})`, { signal: waiting.signal });
    const third = write(async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'third'})`);
    waiting.abort(new Error('enough'));
    await assert.rejects(second, /enough/);
    letGo();
    await Promise.all([first, third]);

    assert.deepEqual(await ids(), ['third']);
  });

  it('builds queries over the same transaction', async () => {
    const rows = await write(async ({ builder, sql }) => {
      const shop = await builder<Tables>();
      await shop.insertInto('shop_items').values([{ id: 'a', count: 2n ** 60n, price: null, picture: null }, { id: 'b', count: 2, price: 1.5, picture: new Uint8Array([7]) }]).execute();
      await shop.insertInto('shop_items').values({ id: 'b', count: 0, price: null, picture: null }).onConflict((conflict) => conflict.column('id').doUpdateSet({ count: 3 })).execute();
      const changed = await shop.updateTable('shop_items').set({ price: 2.5 }).where('id', '=', 'b').executeTakeFirst();
      assert.equal(changed.numUpdatedRows, 1n);
      await sql`DELETE FROM shop_items WHERE id = ${'a'} AND count = ${2n ** 60n}`;
      return shop.selectFrom('shop_items').selectAll().orderBy('id').execute();
    });

    assert.deepEqual(rows, [{ id: 'b', count: 3, price: 2.5, picture: new Uint8Array([7]) }]);
  });

  it('tells all who listen what was confirmed, once, in its order', async () => {
    const other = place.open();
    const heard: string[][] = [[], [], []];
    const all = Promise.withResolvers<void>();
    const note = (at: number) => (text: string): void => {
      heard[at]!.push(text);
      if (heard.every((texts) => texts.includes('last'))) all.resolve();
    };
    await database.listen('prices', note(0));
    await other.listen('prices', note(1));
    await other.listen('stock', note(2));

    await write(async ({ notify }) => {
      await notify('prices', 'one');
      await notify('stock', 'ünï "quoted"');
    });
    await assert.rejects(write(async ({ notify }) => {
      await notify('prices', 'never');
      throw new Error('no');
    }), /no/);
    await other.transaction('durable', async ({ notify }) => {
      await notify('prices', 'last');
      await notify('stock', 'last');
    });
    await all.promise;

    assert.deepEqual(heard, [['one', 'last'], ['one', 'last'], ['ünï "quoted"', 'last']]);
  });

  it('tells those nothing who have stopped, and nobody a note of another length', async () => {
    const heard: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = await database.listen('a', (text) => heard.push(text));
    await database.listen('b', () => resolve());

    await stop();
    await write(async ({ notify }) => {
      await notify('a', 'x');
      await notify('b', 'x');
    });
    await promise;

    assert.deepEqual(heard, []);
    for (const text of ['', 'x'.repeat(1001)]) await assert.rejects(write(({ notify }) => notify('a', text)), { code: 'DATABASE_VALUE_INVALID' });
  });

  it('lets one in at a time under a name, and those of other names beside it', async () => {
    const other = place.open();
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await write(async ({ sql }) => void await sql`SELECT 1 AS one`);
      inside--;
    };

    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? database : other).exclusive('token', work)));
    const beside = await database.exclusive('token', () => other.exclusive('another', async () => 'both'));

    assert.deepEqual([most, beside], [1, 'both']);
  });

  it('says who waits too long, goes by a signal, and gives a name free whatever its work does', async () => {
    const other = place.open();

    await database.exclusive('token', async () => {
      await assert.rejects(other.exclusive('token', async () => assert.fail('it ran'), { waitMs: 20 }), { code: 'DATABASE_BUSY', message: /^Another process works on token for more than 0.02 s$/ });
      await assert.rejects(other.exclusive('token', async () => assert.fail('it ran'), { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    });
    await assert.rejects(database.exclusive('token', async () => { throw new Error('broken'); }), /broken/);

    assert.equal(await other.exclusive('token', async () => 'free'), 'free');
  });

  it('gives back the room of what was deleted, also while it is used, and keeps all else', async () => {
    await write(async ({ sql }) => { for (let index = 0; index < 200; index++) await sql`INSERT INTO shop_items (id, picture) VALUES (${`n${index}`}, ${randomBytes(20_000)})`; });
    await write(async ({ sql }) => void await sql`DELETE FROM shop_items WHERE id <> ${'n7'}`);

    const { beforeBytes, afterBytes } = await database.compact();
    const other = place.open();
    const [sizes, same] = await Promise.all([database.compact(), database.compact(), other.compact(), write(({ sql }) => sql`INSERT INTO shop_items (id) VALUES (${'during'})`), other.transaction('read', ({ sql }) => sql`SELECT id FROM shop_items`)]);

    assert.ok(afterBytes < beforeBytes - 3_000_000, `${beforeBytes} ${afterBytes}`);
    assert.equal(same, sizes, 'two at a time are one');
    assert.deepEqual(await ids(other), ['during', 'n7']);
  });

  it('is closed once, after what has begun, and takes nothing more', async () => {
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begins } = Promise.withResolvers<void>();
    const last = write(async ({ sql }) => {
      begins();
      await held;
      await sql`INSERT INTO shop_items (id) VALUES (${'last'})`;
    });
    await begun;

    const closed = database.close();
    letGo();
    await Promise.all([last, closed]);

    await assert.rejects(ids(), { code: 'DATABASE_CLOSED' });
    assert.deepEqual(await ids(place.open()), ['last']);
  });
}
