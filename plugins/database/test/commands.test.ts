import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'mocha';
import { fileHome } from '../src/open.ts';
import { restore, setAside } from '../src/sqlite/set-aside.ts';
import { createPlace } from '../../../test/support/pith.ts';
import { createFilePlace, type FilePlace, SHOP } from './place.ts';

const RUN = fileURLToPath(new URL('run-command.ts', import.meta.url));

describe('pith database', () => {
  let place: FilePlace;
  beforeEach(async () => { place = await createFilePlace(); });
  afterEach(() => place.remove());

  const home = () => fileHome(place.data);
  const run = (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> => new Promise((done) => {
    execFile(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', RUN, ...args], { env: { PITH_HOME: dirname(place.data), PATH: process.env['PATH'] ?? '', HOME: place.data } },
      (error, stdout, stderr) => { done({ stdout, stderr, code: error === null ? 0 : Number(error.code) }); });
  });
  /** One row before the second migration, and one after it. */
  async function fill(): Promise<void> {
    const database = place.open();
    await database.migrate('shop', SHOP.slice(0, 1));
    await database.transaction('durable', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'before'})`);
    await database.migrate('shop', SHOP);
    await database.transaction('durable', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'after'})`);
    await database.close();
  }
  const idsIn = (file: string): unknown[] => {
    const database = new DatabaseSync(file);
    try {
      return database.prepare('SELECT id FROM shop_items ORDER BY id').all().map(({ id }) => id);
    } finally {
      database.close();
    }
  };

  it('sets a file aside, with all that belongs to it, and a new one begins', async () => {
    mkdirSync(place.data);
    for (const ending of ['', '-wal', '-shm']) writeFileSync(`${place.file}${ending}`, `damaged${ending}`);

    const { stdout, code } = await run('set-aside');

    const [, aside] = /^The database is in (.*) from now on\.\n$/.exec(stdout)!;
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(aside!).sort().map((name) => `${name}: ${readFileSync(join(aside!, name), 'utf8')}`), ['pith.db: damaged', 'pith.db-shm: damaged-shm', 'pith.db-wal: damaged-wal']);
    assert.deepEqual(await place.open().migrate('shop', SHOP), ['0001-items', '0002-index']);
  });

  it('says that there is nothing to set aside, and no copy to put back', async () => {
    assert.equal((await run('set-aside')).stdout, `There is no database yet (${place.file})\n`);
    assert.match((await run('restore')).stderr, /There are no copies in/);

    assert.equal(existsSync(place.data), false);
  });

  it('puts the newest copy back, and keeps what was in its place', async () => {
    await fill();
    const { stdout: listed } = await run('copies');

    const { stdout } = await run('restore');

    const [copy] = listed.split('\n');
    assert.match(stdout, new RegExp(`^${copy} is in place\\.\nWhat was there is in `));
    assert.deepEqual(idsIn(place.file), ['before']);
    assert.deepEqual(idsIn(join(/is in (.*)\n$/.exec(stdout)![1]!, 'pith.db')), ['after', 'before']);
    assert.deepEqual(await place.open().migrate('shop', SHOP), ['0002-index']);
  });

  it('puts a copy back in the place of a damaged file, or of none', async () => {
    await fill();
    writeFileSync(place.file, 'damaged'.repeat(1000));

    const { aside } = await restore(home());

    assert.deepEqual(idsIn(place.file), ['before']);
    assert.match(readFileSync(join(aside!, 'pith.db'), 'utf8'), /^damaged/);
    await setAside(home());
    assert.equal((await restore(home())).aside, undefined);
    assert.deepEqual(idsIn(place.file), ['before']);
  });

  it('names the copies that are near to one that is not there', async () => {
    await fill();
    const [copy] = readdirSync(place.backups);

    await assert.rejects(restore(home(), copy!.replace('index', 'inbex')), { code: 'DATABASE_COPY_NOT_FOUND', hint: new RegExp(`^Did you mean ${copy}\\?`) });
    assert.deepEqual(idsIn(place.file), ['after', 'before']);
  });

  it('is noticed by who has the file open, who then writes nothing into what was moved', async () => {
    await fill();
    const database = place.open();
    await database.migrate('shop', SHOP);

    const aside = await setAside(home());
    await assert.rejects(database.transaction('write', async ({ sql }) => void await sql`INSERT INTO shop_items (id) VALUES (${'lost'})`), { code: 'DATABASE_MOVED' });
    await restore(home());
    await assert.rejects(database.migrate('shop', [...SHOP, { name: '0003', up: async () => undefined }]), { code: 'DATABASE_MOVED' });

    await database.close();
    assert.deepEqual(idsIn(join(aside!, 'pith.db')), ['after', 'before']);
    assert.deepEqual(idsIn(place.file), ['before']);
  });

  it('moves no file in which somebody is in the middle of a change', async () => {
    await fill();
    const other = new DatabaseSync(place.file);
    other.exec('BEGIN IMMEDIATE');

    await assert.rejects(setAside(home()), { code: 'DATABASE_BUSY' });
    await assert.rejects(restore(home()), { code: 'DATABASE_BUSY' });

    other.close();
    assert.deepEqual(idsIn(place.file), ['after', 'before']);
  });

  it('gives back room by pith as it is built, and says how much', async () => {
    await fill();
    const pith = await createPlace({ isWarm: true });
    const { stdout, stderr } = await pith.pith(['database', 'compact'], { env: { PITH_HOME: dirname(place.data) } });
    await pith.remove();

    assert.match(`${stdout}${stderr}`, /^The database had [\d.]+ KB, and has [\d.]+ KB now\.\n$/);
    assert.deepEqual(idsIn(place.file), ['after', 'before']);
    assert.match((await run('compact')).stderr, /Code: DATABASE_ALONE/);
  });

  it('says what is wrong with an address, and that the configuration is', async () => {
    const pith = await createPlace({ isWarm: true });
    const { stderr, code } = await pith.pith(['database', 'compact'], { env: { PITH_DATABASE_URL: 'mysql://me:hunter2-secret@host/x' } });
    await pith.remove();

    assert.match(stderr, /^pith: Nothing provides the service database, since its plugin did not load: .*url: must be the address of a PostgreSQL server/);
    assert.doesNotMatch(stderr, /hunter2/);
    assert.equal(code, 2);
  });
});
