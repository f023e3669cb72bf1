import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach } from 'mocha';
import { bundleChild, createFilePlace, type FilePlace, SHOP, startChild } from './place.ts';

/** Somebody without rights, for a test that root runs: the system refuses root nothing. */
const NOBODY = 65_534;

describe('a database file that cannot be used', () => {
  let place: FilePlace;
  beforeEach(async () => {
    place = await createFilePlace({ waitMs: 300 });
    mkdirSync(place.data);
  });
  afterEach(() => place.remove());

  const isDamaged = { code: 'DATABASE_DAMAGED', message: /pith\.db is damaged, or is no database: .*It was left as it is$/, hint: /pith database restore .*pith database set-aside/ };

  for (const [what, content] of [['a text', 'These are notes, and no database.\n'.repeat(200)], ['random bytes', Buffer.from(Array.from({ length: 8192 }, (_, index) => (index * 7919) % 251))]] as const) {
    it(`is left as it is where it is ${what}`, async () => {
      writeFileSync(place.file, content);

      await assert.rejects(place.open().migrate('shop', SHOP), isDamaged);

      assert.deepEqual(readFileSync(place.file), Buffer.from(content));
      assert.equal(existsSync(`${place.file}-wal`), false);
    });
  }

  it('is left as it is where a part of it is missing', async () => {
    const database = place.open();
    await database.migrate('shop', SHOP);
    await database.transaction('write', async ({ sql }) => { for (let index = 0; index < 50; index++) await sql`INSERT INTO shop_items (id, picture) VALUES (${`r${index}`}, ${new Uint8Array(3000)})`; });
    await database.close();
    truncateSync(place.file, statSync(place.file).size >> 1);
    const before = readFileSync(place.file);

    await assert.rejects(place.open().transaction('write', async ({ sql }) => (await sql`SELECT sum(length(picture)) FROM shop_items`).rows), isDamaged);

    assert.deepEqual(readFileSync(place.file), before);
  });

  for (const [what, make] of [['a folder', (file: string) => mkdirSync(file)], ['a pipe', (file: string) => assert.equal(spawnSync('mkfifo', [file]).status, 0)]] as const) {
    it(`is said to be no file where it is ${what}, and is not waited for`, async () => {
      make(place.file);

      await assert.rejects(place.open().migrate('shop', SHOP), { code: 'DATABASE_DAMAGED', message: /it is not a file/ });
    });
  }

  it('is said not to be writable in a folder that cannot be written', async () => {
    chmodSync(place.data, 0o500);
    const { said, code } = await runAsUser('migrate');

    assert.match(said, /^DATABASE_UNWRITABLE: .*pith\.db cannot be opened for writing: .*permission denied.* \| Mend the permissions .*PITH_HOME/i);
    assert.equal(code, 1);
    assert.equal(existsSync(place.file), false);
  });

  it('is said not to be writable where the file itself is not', async () => {
    await place.open().migrate('shop', SHOP);
    await place.remove();
    mkdirSync(place.data, { recursive: true });
    const database = new DatabaseSync(place.file);
    database.exec('CREATE TABLE x (y)');
    database.close();
    chmodSync(place.file, 0o400);

    const { said } = await runAsUser('migrate');

    assert.match(said, /^DATABASE_UNWRITABLE: /);
  });

  it('has all that was confirmed where the disk was full', async () => {
    const child = await startChild(place, ['fill'], { through: ['bash', '-c', 'trap "" XFSZ; ulimit -f 4000; exec "$@" > >(cat)', 'bash'] });

    const { code, stdout } = await child.ended;

    const lines = stdout.trim().split('\n');
    assert.match(lines.at(-1)!, /^DATABASE_(FULL: There is no room|UNWRITABLE: The system could not read or write).*pith\.db.*everything from before is there/);
    assert.equal(code, 1);
    const { rows } = await place.open().transaction('write', async ({ sql }) => sql`SELECT id FROM shop_items`);
    assert.deepEqual(new Set(rows.map(({ id }) => id)), new Set(lines.slice(0, -1)));
    assert.ok(rows.length > 5);
    assert.equal(await place.open().transaction('write', async ({ sql }) => (await sql`INSERT INTO shop_items (id) VALUES (${'after'})`).changes), 1);
  });

  /** A job of database-child.ts, by somebody to whom the system refuses what it refuses everybody. */
  async function runAsUser(job: string): Promise<{ code: number | null; said: string }> {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      chmodSync(dirname(place.data), 0o755);
      chmodSync(dirname(await bundleChild()), 0o755);
      for (const path of [place.data, place.file]) if (existsSync(path)) chownSync(path, NOBODY, NOBODY);
    }
    const { ended } = await startChild(place, [job], isRoot ? { uid: NOBODY, cwd: '/' } : {});
    const { code, stdout } = await ended;
    chmodSync(place.data, 0o700);
    if (existsSync(place.file)) rmSync(place.file);
    return { code, said: stdout };
  }
});
