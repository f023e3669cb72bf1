// One process among others that use a database: database-child.ts PLACE JOB WORDS…
import { setTimeout as wait } from 'node:timers/promises';
import { createDatabase } from '../src/database.ts';
import { backupFolder, databaseFile } from '../src/open.ts';
import { SqliteEngine } from '../src/sqlite/engine.ts';
import { LEDGER, SHOP } from './place.ts';

const [place = '', job = '', ...words] = process.argv.slice(2);
const database = createDatabase(place.startsWith('postgres:')
  ? new (await import('../src/postgres/engine.ts')).PostgresEngine((await import('../src/postgres/server.ts')).parseServer(place), async () => process.env['PITH_DATABASE_PASSWORD'])
  : new SqliteEngine(databaseFile(place), { backups: { folder: backupFolder(place), most: 10 } }));

const say = (line: string): unknown => process.stdout.write(`${line}\n`);

const JOBS: Readonly<Record<string, () => Promise<void>>> = {
  /** Rows of its own, a transaction each. */
  append: async () => {
    const [prefix, count] = words;
    await database.migrate('shop', SHOP);
    for (let index = 0; index < Number(count); index++) await database.transaction('write', async ({ sql }) => void await sql`INSERT INTO shop_items (id, count) VALUES (${`${prefix}-${index}`}, ${index})`);
  },
  migrate: async () => void say((await database.migrate('shop', SHOP)).join(' ')),
  /** Moves one to the account again and again, and says which it was once that is confirmed, until it is killed. */
  transfer: async () => {
    const [prefix, count = Infinity] = words;
    await database.migrate('ledger', LEDGER);
    for (let index = 0; index < Number(count); index++) {
      await database.transaction('durable', async ({ sql }) => {
        const { rows: [account] } = await sql<{ micro: number }>`SELECT micro FROM ledger_accounts WHERE id = ${'pool'}`;
        await sql`INSERT INTO ledger_transfers (id, account, micro) VALUES (${`${prefix}-${index}`}, ${'pool'}, ${1})`;
        await sql`UPDATE ledger_accounts SET micro = ${account!.micro + 1} WHERE id = ${'pool'}`;
      });
      say(`${prefix}-${index}`);
    }
  },
  /** Tells others, a transaction each. */
  notify: async () => {
    const [prefix, count] = words;
    for (let index = 0; index < Number(count); index++) await database.transaction('write', ({ notify }) => notify('told', `${prefix}-${index}`));
  },
  /** Takes a name, says so, and goes to sleep with it. */
  exclusive: () => database.exclusive(words[0]!, async () => {
    say('held');
    await wait(600_000);
  }),
  /** Begins a change, says so, and goes to sleep in it. */
  hold: async () => {
    await database.migrate('shop', SHOP);
    await database.transaction('write', async ({ sql }) => {
      await sql`INSERT INTO shop_items (id) VALUES (${'held'})`;
      say('held');
      await wait(600_000);
    });
  },
  /** Rows of 100 KB, until something ends it. */
  fill: async () => {
    await database.migrate('shop', SHOP);
    for (let index = 0; ; index++) {
      await database.transaction('durable', async ({ sql }) => void await sql`INSERT INTO shop_items (id, picture) VALUES (${`row ${index}`}, ${new Uint8Array(100_000)})`);
      say(`row ${index}`);
    }
  },
};

await JOBS[job]!().catch((error: Error & { code?: string; hint?: string }) => {
  say(`${error.code}: ${error.message} | ${error.hint}`);
  process.exitCode = 1;
});
await database.close();
