import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '../src/database.ts';
import { PostgresEngine } from '../src/postgres/engine.ts';
import { parseServer } from '../src/postgres/server.ts';
import type { Opened, Place } from './place.ts';

/** initdb and postgres refuse to be run by root. */
const NOBODY = 65_534;
export const PASSWORD = 'a long and secret word';

export interface PostgresServer { port: number; createPlace(): Promise<Place>; stop(): Promise<void> }

/** A server of its own, in a temporary folder. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'pith-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const as = { cwd: folder, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}), env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };
  const data = join(folder, 'data');
  const words = join(folder, 'password');
  mkdirSync(data);
  writeFileSync(words, PASSWORD);
  if (isRoot) for (const path of [folder, data, words]) chownSync(path, NOBODY, NOBODY);
  chmodSync(folder, 0o700);
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'pith', '-A', 'scram-sha-256', '--pwfile', words, '--encoding', 'UTF8', '--no-sync'], { ...as, stdio: ['ignore', 'ignore', 'inherit'] });
  const port = await freePort();
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off', '-c', 'max_connections=60'], { ...as, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'close');
  let log = '';
  server.stderr!.setEncoding('utf8').on('data', (text: string) => { log += text; });
  while (!log.includes('ready to accept connections')) await Promise.race([once(server.stderr!, 'data'), ended.then(() => { throw new Error(`postgres ended: ${log}`); })]);
  let count = 0;
  process.env['PITH_DATABASE_PASSWORD'] = PASSWORD; // For the children.
  return {
    port,
    createPlace: () => createPlace(port, `place${count++}`),
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      delete process.env['PITH_DATABASE_PASSWORD'];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A user of its own, with a schema of its own. */
async function createPlace(port: number, name: string): Promise<Place> {
  await administer(port, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'; CREATE SCHEMA AUTHORIZATION ${name}`);
  const url = `postgres://${name}@127.0.0.1:${port}/postgres`;
  const opened: Opened[] = [];
  return {
    word: url,
    open() {
      const database = createDatabase(new PostgresEngine(parseServer(url), async () => PASSWORD));
      opened.push(database);
      return database;
    },
    remove: async () => { for (const database of opened) await database.close(); },
  };
}

async function administer(port: number, text: string): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ host: '127.0.0.1', port, user: 'pith', database: 'postgres', password: PASSWORD });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** @throws where no server is installed: the soak run needs one, and leaves nothing out */
function findPrograms(): string {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...globSync('/usr/lib/postgresql/*/bin').sort().reverse()];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  if (found === undefined) throw new Error('PostgreSQL is not installed, and npm run soak needs it: apt-get install postgresql, or put the folder of initdb and postgres into PATH');
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
