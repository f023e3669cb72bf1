// What the database service costs above node:sqlite, in the same run: single rows, rows in batches, ledger transactions, and
// the same rows through the query builder. Run with: npm run bench database
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TransactionMode } from '@pith/kernel';
import { createDatabase } from '../plugins/database/src/database.ts';
import { SqliteEngine } from '../plugins/database/src/sqlite/engine.ts';
import { interleave } from './measure.ts';

const SINGLES = 500;
const BATCHES = 20;
const BATCH_ROWS = 100;
const LEDGERS = 300;
/** How many times as long as bare node:sqlite it may take. */
const MUST = { singles: 2.5, batches: 3, ledgers: 2 };

const folder = await mkdtemp(join(tmpdir(), 'pith-bench-database-'));
const COLUMNS = Array.from({ length: 15 }, (_, index) => `c${index}`);
const TABLES = `
  CREATE TABLE bench_rows (${COLUMNS.map((name, index) => `${name} ${index % 3 === 0 ? 'text' : 'bigint'}`).join(', ')});
  CREATE TABLE bench_accounts (id text PRIMARY KEY, micro bigint NOT NULL);
  CREATE TABLE bench_transfers (id bigint PRIMARY KEY, account text NOT NULL, micro bigint NOT NULL);
  CREATE TABLE bench_entries (transfer bigint NOT NULL, micro bigint NOT NULL);
  INSERT INTO bench_accounts VALUES ('pool', 0), ('revenue', 0);`;

// Each has a file of its own, so that neither waits for the other.
const bare = new DatabaseSync(join(folder, 'bare.db'));
bare.exec(`PRAGMA journal_mode = WAL; ${TABLES}`);
const made = new DatabaseSync(join(folder, 'pith.db'));
made.exec(TABLES);
made.close();
const database = createDatabase(new SqliteEngine(join(folder, 'pith.db'), { backups: { folder: join(folder, 'backups'), most: 0 } }));

const values = Array.from({ length: 15 }, (_, index) => (index % 3 === 0 ? `text number ${index} of a row` : index * 1_000_000));
const v = values;
let ids = 0;

const insertRow = bare.prepare(`INSERT INTO bench_rows VALUES (${COLUMNS.map(() => '?').join(', ')})`);
const readBalance = bare.prepare('SELECT micro FROM bench_accounts WHERE id = ?');
const insertTransfer = bare.prepare('INSERT INTO bench_transfers VALUES (?, ?, ?)');
const insertEntry = bare.prepare('INSERT INTO bench_entries VALUES (?, ?)');
const updateBalance = bare.prepare('UPDATE bench_accounts SET micro = ? WHERE id = ?');
const addBalance = bare.prepare('UPDATE bench_accounts SET micro = micro + ? WHERE id = ?');

function inBare(synchronous: 'NORMAL' | 'FULL', count: number, work: () => void): () => Promise<void> {
  return async () => {
    bare.exec(`PRAGMA synchronous = ${synchronous}`);
    for (let index = 0; index < count; index++) {
      bare.exec('BEGIN IMMEDIATE');
      work();
      bare.exec('COMMIT');
    }
  };
}

function inService(mode: TransactionMode, count: number, work: Parameters<typeof database.transaction>[1]): () => Promise<void> {
  return async () => { for (let index = 0; index < count; index++) await database.transaction(mode, work); };
}

const rows = (): void => { for (let row = 0; row < BATCH_ROWS; row++) insertRow.run(...values); };
const ledger = (): void => {
  const { micro } = readBalance.get('pool') as { micro: number };
  insertTransfer.run(++ids, 'pool', 5);
  insertEntry.run(ids, 5);
  updateBalance.run(micro + 5, 'pool');
  addBalance.run(-5, 'revenue');
};

try {
  const ms = await interleave({
    bareSingles: inBare('NORMAL', SINGLES, () => insertRow.run(...values)),
    singles: inService('write', SINGLES, async ({ sql }) => void await sql`INSERT INTO bench_rows VALUES (${v[0]!}, ${v[1]!}, ${v[2]!}, ${v[3]!}, ${v[4]!}, ${v[5]!}, ${v[6]!}, ${v[7]!}, ${v[8]!}, ${v[9]!}, ${v[10]!}, ${v[11]!}, ${v[12]!}, ${v[13]!}, ${v[14]!})`),
    bareBatches: inBare('NORMAL', BATCHES, rows),
    batches: inService('write', BATCHES, async ({ sql }) => {
      for (let row = 0; row < BATCH_ROWS; row++) await sql`INSERT INTO bench_rows VALUES (${v[0]!}, ${v[1]!}, ${v[2]!}, ${v[3]!}, ${v[4]!}, ${v[5]!}, ${v[6]!}, ${v[7]!}, ${v[8]!}, ${v[9]!}, ${v[10]!}, ${v[11]!}, ${v[12]!}, ${v[13]!}, ${v[14]!})`;
    }),
    built: inService('write', BATCHES, async ({ builder }) => {
      const bench = await builder<{ bench_rows: Record<string, string | number> }>();
      await bench.insertInto('bench_rows').values(Array.from({ length: BATCH_ROWS }, () => Object.fromEntries(COLUMNS.map((name, index) => [name, values[index]!])))).execute();
    }),
    bareLedgers: inBare('FULL', LEDGERS, ledger),
    ledgers: inService('durable', LEDGERS, async ({ sql }) => {
      const { rows: [account] } = await sql<{ micro: number }>`SELECT micro FROM bench_accounts WHERE id = ${'pool'}`;
      const id = ++ids;
      await sql`INSERT INTO bench_transfers VALUES (${id}, ${'pool'}, ${5})`;
      await sql`INSERT INTO bench_entries VALUES (${id}, ${5})`;
      await sql`UPDATE bench_accounts SET micro = ${account!.micro + 5} WHERE id = ${'pool'}`;
      await sql`UPDATE bench_accounts SET micro = micro + ${-5} WHERE id = ${'revenue'}`;
    }),
  }, { rounds: 15 });
  const figures = [
    { name: 'single rows', unit: 'rows/s', got: SINGLES / ms.singles * 1000, bare: SINGLES / ms.bareSingles * 1000, times: ms.singles / ms.bareSingles, must: MUST.singles },
    { name: 'rows in batches of 100', unit: 'rows/s', got: BATCHES * BATCH_ROWS / ms.batches * 1000, bare: BATCHES * BATCH_ROWS / ms.bareBatches * 1000, times: ms.batches / ms.bareBatches, must: MUST.batches },
    { name: 'the same through the builder', unit: 'rows/s', got: BATCHES * BATCH_ROWS / ms.built * 1000, bare: BATCHES * BATCH_ROWS / ms.bareBatches * 1000, times: ms.built / ms.bareBatches, must: undefined },
    { name: 'durable ledger transactions', unit: 'per s', got: LEDGERS / ms.ledgers * 1000, bare: LEDGERS / ms.bareLedgers * 1000, times: ms.ledgers / ms.bareLedgers, must: MUST.ledgers },
  ];
  for (const { name, unit, got, bare: bareSpeed, times, must } of figures) console.error(`${name.padEnd(30)} ${got.toFixed(0).padStart(8)} ${unit} (node:sqlite ${bareSpeed.toFixed(0)}), ${times.toFixed(2)} times as long${must === undefined ? '' : times <= must ? `, may be ${must}` : `, too much: may be ${must}`}`);
  console.log(JSON.stringify({ bench: 'database', node: process.version, at: new Date().toISOString(), figures: figures.map((figure) => ({ ...figure, ...(figure.must === undefined ? {} : { ok: figure.times <= figure.must }) })) }));
} finally {
  await database.close();
  bare.close();
  await rm(folder, { recursive: true, force: true });
}
