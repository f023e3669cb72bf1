import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { after, afterEach, before, beforeEach } from 'mocha';
import type { Queries } from '@pith/kernel';
import { createAuthority } from '../../../src/net/test/support/certificate.ts';
import { createDatabase, Transactions } from '../src/database.ts';
import { PostgresEngine } from '../src/postgres/engine.ts';
import { parseServer, toPlace } from '../src/postgres/server.ts';
import { createPlace } from '../../../test/support/pith.ts';
import { itIsADatabase } from './behaviour.ts';
import { type Manner, startFake, startWay } from './fake-server.ts';
import { itMigrates } from './migrations.ts';
import { type Opened, SHOP } from './place.ts';
import { PASSWORD, type PostgresServer, startPostgres } from './postgres-server.ts';
import { itIsShared } from './shared.ts';

const soak = process.env['PITH_SOAK'] !== undefined;

describe('the address of a PostgreSQL server', () => {
  it('is read, encrypted beyond this machine', () => {
    assert.deepEqual(parseServer('postgres://me@db.example.org/pool'), { host: 'db.example.org', port: 5432, database: 'pool', user: 'me', isEncrypted: true });
    assert.deepEqual(parseServer('postgresql://127.0.0.1:6543/a%20b'), { host: '127.0.0.1', port: 6543, database: 'a b', user: undefined, isEncrypted: false });
    assert.equal(parseServer('postgres://localhost/a?sslmode=verify-full').isEncrypted, true);
    assert.equal(parseServer('postgres://10.0.0.1/a?sslmode=disable').isEncrypted, false);
    assert.deepEqual(toPlace(parseServer('postgres://me@[::1]:1/a')), '[::1]:1/a');
  });

  for (const [what, url, message] of [
    ['with a password', 'postgres://me:hunter2-secret@db.example.org/pool', /holds a password/], ['with a password behind it', 'postgres://db/pool?password=hunter2-secret', /holds a password/],
    ['without a database', 'postgres://db', /names no host, or no database/], ['of another kind', 'mysql://hunter2-secret/x', /is not the address/], ['that is none', 'hunter2-secret', /is not the address/],
    ['that trusts every certificate', 'postgres://db/pool?sslmode=require', /sslmode that is not known; allowed are disable and verify-full/], ['with what nobody reads', 'postgres://db/pool?options=hunter2-secret', /has a setting options/],
    ['with half a character', 'postgres://db/%zz', /%/],
  ] as const) {
    it(`is refused ${what}, and not repeated`, () => assert.throws(() => parseServer(url), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, 'DATABASE_URL_INVALID');
      assert.match(error.message, message);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
      return true;
    }));
  }

  it('is named where nobody answers there, or hangs up', async () => {
    const server = createServer((socket) => { socket.destroy(); }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const database = createDatabase(new PostgresEngine(parseServer(`postgres://me@127.0.0.1:${port}/pool`), async () => 'hunter2-secret'));
    const isUnreachable = { code: 'DATABASE_UNREACHABLE', details: { passes: true }, message: new RegExp(`^The PostgreSQL server at 127\\.0\\.0\\.1:${port}/pool cannot be reached: (?!.*hunter2)`) };

    await assert.rejects(database.status(), isUnreachable);
    server.close();
    await once(server, 'close');
    await assert.rejects(database.transaction('write', async () => undefined), isUnreachable);

    await database.close();
  });
});

describe('the database on a PostgreSQL server', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  before(async () => { server = await startPostgres(); });
  after(() => server.stop());

  describe('as every database', () => itIsADatabase(() => server.createPlace()));
  describe('with migrations', () => itMigrates(() => server.createPlace()));
  describe('that many processes use', () => itIsShared(() => server.createPlace(), soak ? { kills: 100 } : { kills: 4, rowsEach: 50 }));

  describe('whose connections are lost', () => {
    let place: Awaited<ReturnType<PostgresServer['createPlace']>>;
    let database: Opened;
    beforeEach(async () => {
      place = await server.createPlace();
      database = place.open();
      await database.migrate('shop', SHOP);
    });
    afterEach(() => place.remove());

    const cut = (): Promise<unknown> => server.administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${new URL(place.word).username}'`);
    const notify = (text: string): Promise<void> => place.open().transaction('write', (queries) => queries.notify('told', text));
    /** @returns what waits until a text was heard */
    const listen = async (): Promise<{ heard: string[]; until: (text: string) => Promise<void> }> => {
      const heard: string[] = [];
      let check = (): void => undefined;
      await database.listen('told', (text) => {
        heard.push(text);
        check();
      });
      return { heard, until: (text) => new Promise((resolve) => {
        check = () => { if (heard.includes(text)) resolve(); };
        check();
      }) };
    };

    it('says to whoever holds a name that it is lost, and lets the next one have it', async () => {
      const reason = await database.exclusive('token', async (held) => {
        const lost = once(held, 'abort');
        await cut();
        await lost;
        assert.equal(await place.open().exclusive('token', async () => 'another'), 'another');
        return held.reason as Error & { code: string };
      });

      assert.deepEqual([reason.code, await database.exclusive('token', async (held) => held.aborted)], ['DATABASE_UNREACHABLE', false]);
    });

    it('hears that something may have been missed, once, and then all that is told', async () => {
      const { heard, until } = await listen();
      await notify('before');
      await until('before');

      await cut();
      await until('');
      await notify('after');
      await until('after');

      assert.deepEqual(heard, ['before', '', 'after']);
    });

    it('goes on where the server was started anew in the middle: who works is told, who listens hears of it', async () => {
      const { heard, until } = await listen();
      const begun = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const cutOff = database.transaction('durable', async ({ sql }) => {
        await sql`INSERT INTO shop_items (id) VALUES (${'cut off'})`;
        begun.resolve();
        await goOn.promise;
        await sql`INSERT INTO shop_items (id) VALUES (${'never'})`;
      });
      await begun.promise;

      await server.crash();
      goOn.resolve();
      await assert.rejects(cutOff, { code: 'DATABASE_UNREACHABLE' });
      await assert.rejects(database.exclusive('token', async () => assert.fail('it ran')), { code: 'DATABASE_UNREACHABLE' });
      await server.start();
      await until('');
      await database.transaction('durable', async ({ sql, notify: tell }) => {
        await sql`INSERT INTO shop_items (id) VALUES (${'after'})`;
        await tell('told', 'after');
      });
      await until('after');

      assert.deepEqual(heard, ['', 'after']);
      assert.deepEqual(await database.exclusive('token', () => database.transaction('read', async ({ sql }) => (await sql`SELECT id FROM shop_items`).rows)), [{ id: 'after' }]);
    });

    it('says to who begins to listen that it is away, and lets it listen later', async () => {
      await server.crash();
      await assert.rejects(database.listen('told', () => undefined), { code: 'DATABASE_UNREACHABLE' });
      await server.start();

      const { until } = await listen();
      await notify('later');
      await until('later');
    });
  });

  it('warns of nothing where a transaction asks many things at a time, beside names and notes', async () => {
    const warnings: string[] = [];
    const warn = ({ message }: Error): unknown => warnings.push(message);
    process.on('warning', warn);
    const place = await server.createPlace();
    const database = place.open();
    await database.migrate('shop', SHOP);
    await Promise.all([
      database.transaction('write', ({ sql }) => Promise.all(Array.from({ length: 10 }, (_, index) => sql`INSERT INTO shop_items (id) VALUES (${`${index}`})`))),
      ...Array.from({ length: 10 }, (_, index) => database.exclusive(`${index}`, async () => database.listen(`${index}`, () => undefined))),
    ]);
    await place.remove();
    process.off('warning', warn);

    assert.deepEqual(warnings, []);
  });

  it('is reached by pith as it is built, by the settings and by PITH_DATABASE_URL', async () => {
    const place = await createPlace();
    const line = /^✔ plugin database: PostgreSQL at 127\.0\.0\.1:\d+\/postgres, .* tables of nobody yet$/m;
    const address = `127.0.0.1:${server.port}/postgres`;
    const fromEnvironment = await place.pith(['doctor'], { env: { PITH_DATABASE_URL: `postgres://pith:${encodeURIComponent(PASSWORD)}@${address}` } });
    const wrong = await place.pith(['doctor'], { env: { PITH_DATABASE_URL: `postgres://pith:hunter2-wrong@${address}` } });
    await place.write('../home/pith/config/settings.json', JSON.stringify({ plugins: { database: { url: `postgres://pith@${address}` } } }));
    const fromFile = await place.pith(['doctor'], { env: { PITH_DATABASE_PASSWORD: PASSWORD } });
    await place.remove();

    assert.match(fromEnvironment.stdout, line);
    assert.match(fromFile.stdout, line);
    assert.match(wrong.stdout, /lets nobody of that name in/);
    assert.doesNotMatch(wrong.stdout + wrong.stderr, /hunter2/);
  });

  it('says that a password is asked for where none is set', async () => {
    const database = createDatabase(new PostgresEngine(parseServer(`postgres://pith@127.0.0.1:${server.port}/postgres`), async () => undefined));

    await assert.rejects(database.status(), { code: 'DATABASE_UNREACHABLE', message: /asks for a password, and none is set$/, hint: /pith auth set database/ });
    await database.close();
  });

  it('lets nobody in with a wrong password, and does not say it', async () => {
    const database = createDatabase(new PostgresEngine(parseServer(`postgres://pith@127.0.0.1:${server.port}/postgres`), async () => 'hunter2-wrong'));

    await assert.rejects(database.status(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'DATABASE_UNREACHABLE');
      assert.match(error.message, /lets nobody of that name in: password authentication failed/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    await database.close();
  });

  it('says which database is not there', async () => {
    const database = createDatabase(new PostgresEngine(parseServer(`postgres://pith@127.0.0.1:${server.port}/elsewhere`), async () => PASSWORD));

    await assert.rejects(database.status(), { code: 'DATABASE_UNREACHABLE', message: /has no such database: database "elsewhere" does not exist$/, details: undefined });
    await database.close();
  });

  it('takes five connections at most, however many ask it for something', async () => {
    const place = await server.createPlace();
    const database = place.open();
    await database.migrate('shop', SHOP);
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const held = Array.from({ length: 4 }, () => database.transaction('read', () => all));
    await database.listen('told', () => undefined);
    await database.exclusive('token', async () => undefined);
    const late = Array.from({ length: 50 }, () => database.transaction('read', ({ sql }) => sql`SELECT 1 AS one`));
    const [row] = await server.administer(`SELECT count(*)::int AS connections FROM pg_stat_activity WHERE usename = '${new URL(place.word).username}'`);
    resolve();
    await Promise.all([...held, ...late]);
    await place.remove();

    assert.equal(row!['connections'], 5);
  });

  it('says that all connections of this process are in use, where they are for too long', async () => {
    const database = createDatabase(new PostgresEngine(parseServer(`postgres://pith@127.0.0.1:${server.port}/postgres`), async () => PASSWORD, { connectMs: 100 }));
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const held = Array.from({ length: 4 }, () => database.transaction('read', () => all));

    await assert.rejects(database.transaction('read', async () => assert.fail('it ran')), { code: 'DATABASE_BUSY', message: /^All connections of this process to the PostgreSQL server at .* are in use for too long$/ });
    resolve();
    await Promise.all(held);
    await database.close();
  });

  it('gives up what is not answered, at each step of a transaction, and goes on once the way is free', async () => {
    const way = await startWay(server.port);
    const engine = new PostgresEngine(parseServer(`postgres://pith@127.0.0.1:${way.port}/postgres`), async () => PASSWORD, { answerMs: 100 });
    const transactions = new Transactions(engine);
    const one = ({ sql }: Queries): Promise<unknown> => sql`SELECT 1 AS one`;
    await transactions.run('read', one);

    way.freeze();
    await assert.rejects(transactions.run('read', one), { code: 'DATABASE_UNREACHABLE', message: /cannot be reached: it does not answer$/ });
    way.thaw();
    await assert.rejects(transactions.run('write', async (queries) => {
      await one(queries);
      way.freeze();
      await one(queries);
    }, { limitMs: 100 }), { code: 'DATABASE_TIMEOUT' });
    way.thaw();
    await assert.rejects(transactions.run('write', async (queries) => {
      await one(queries);
      way.freeze();
    }), { code: 'DATABASE_UNREACHABLE', message: /nobody knows whether it was kept: it does not answer$/ });
    way.thaw();

    await transactions.run('durable', one);
    await transactions.close();
    await way.close();
  });
});

describe('a server that is not what pith needs', () => {
  const authority = createAuthority();
  const STRANGE: [string, Manner, string, object][] = [
    ['is too old', { version: '110022' }, '', { code: 'DATABASE_OUTDATED', message: /is of version 11, and pith needs 12 or newer$/, exitCode: 2 }],
    ['wants to encrypt', { refusal: 'no pg_hba.conf entry for host "127.0.0.1", user "me", database "pool", no encryption' }, '', { code: 'DATABASE_UNREACHABLE', message: /lets nobody of that name in: no pg_hba/, hint: /sslmode=verify-full/, exitCode: 5 }],
    ['does not encrypt', { plain: true }, '?sslmode=verify-full', { code: 'DATABASE_UNREACHABLE', message: /it does not encrypt connections/, hint: /sslmode=disable/, exitCode: 5 }],
    ['shows a certificate that nobody knows', { tls: authority.issue(['127.0.0.1']) }, '?sslmode=verify-full', { code: 'DATABASE_UNREACHABLE', message: /shows a certificate that is not trusted: /, hint: /NODE_EXTRA_CA_CERTS/, exitCode: 5 }],
  ];
  for (const [what, manner, more, found] of STRANGE) {
    it(`is named where it ${what}, and is not waited for`, async () => {
      const fake = await startFake(manner);
      const database = createDatabase(new PostgresEngine(parseServer(`postgres://me@127.0.0.1:${fake.port}/pool${more}`), async () => 'a word'));

      await assert.rejects(database.transaction('read', async () => assert.fail('it ran')), { ...found, details: undefined });
      await database.close();
      await fake.close();
    });
  }
});
