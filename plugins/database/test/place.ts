import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database, Migration } from '@pith/kernel';
import { build } from 'esbuild';
import { createDatabase } from '../src/database.ts';
import { backupFolder, databaseFile } from '../src/open.ts';
import { SqliteEngine } from '../src/sqlite/engine.ts';

export type Opened = Database & { close(): Promise<void> };

/** Somewhere a database can be, for tests of what is the same on every engine. */
export interface Place {
  /** Another one at the same place, as another process would have it. */
  open(): Opened;
  /** How a child of `startChild` finds it. */
  word: string;
  remove(): Promise<void>;
}

export interface FilePlace extends Place { data: string; file: string; backups: string }

export async function createFilePlace({ backups: most = 10, waitMs = undefined as number | undefined } = {}): Promise<FilePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'pith-database-'));
  const data = join(folder, 'data');
  const opened: Opened[] = [];
  return {
    data, file: databaseFile(data), backups: backupFolder(data), word: data,
    open() {
      const database = createDatabase(new SqliteEngine(databaseFile(data), { backups: { folder: backupFolder(data), most }, ...(waitMs === undefined ? {} : { waitMs }) }));
      opened.push(database);
      return database;
    },
    remove: async () => {
      for (const database of opened) await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const SHOP: readonly Migration[] = [
  { name: '0001-items', up: async ({ sql }) => void await sql`CREATE TABLE shop_items (id text PRIMARY KEY, count bigint, price double precision, picture bytea)` },
  { name: '0002-index', up: async ({ sql }) => void await sql`CREATE INDEX shop_items_count ON shop_items (count)` },
];

/** A ledger as billing would keep it: what was moved, and what is left. */
export const LEDGER: readonly Migration[] = [{
  name: '0001-ledger',
  up: async ({ sql }) => {
    await sql`CREATE TABLE ledger_accounts (id text PRIMARY KEY, micro bigint NOT NULL)`;
    await sql`CREATE TABLE ledger_transfers (id text PRIMARY KEY, account text NOT NULL REFERENCES ledger_accounts (id), micro bigint NOT NULL)`;
    await sql`INSERT INTO ledger_accounts (id, micro) VALUES (${'pool'}, ${0})`;
  },
}];

const sources = fileURLToPath(new URL('..', import.meta.url));
let script: Promise<string> | undefined;

/** One file of it all: a hundred processes are started, and each would read the sources anew. */
export function bundleChild(): Promise<string> {
  return script ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pith-database-child-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    await build({
      absWorkingDir: sources, entryPoints: ['test/database-child.ts'], outdir: folder, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true, format: 'esm', platform: 'node',
      conditions: ['pith-source'], banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" }, logLevel: 'warning',
    });
    return join(folder, 'database-child.mjs');
  })();
}

export interface Child { process: ChildProcess; ended: Promise<{ code: number | null; stdout: string }>; /** Waits for this many lines. */ said(count: number): Promise<string> }

/** One process among others: see database-child.ts. */
export async function startChild(place: Pick<Place, 'word'>, words: readonly (string | number)[], { through = [] as string[], uid = undefined as number | undefined, cwd = tmpdir() } = {}): Promise<Child> {
  const [command, ...args] = [...through, process.execPath, '--disable-warning=ExperimentalWarning', await bundleChild(), place.word, ...words.map(String)];
  const child = spawn(command!, args, { cwd, stdio: ['ignore', 'pipe', 2], ...(uid === undefined ? {} : { uid, gid: uid }) });
  let stdout = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout }));
  const said = async (count: number): Promise<string> => {
    while (stdout.split('\n').length <= count) await Promise.race([once(child.stdout!, 'data'), ended.then(({ code }) => { throw new Error(`it ended with ${code} after: ${stdout}`); })]);
    return stdout;
  };
  return { process: child, ended, said };
}
