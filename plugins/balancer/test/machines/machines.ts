import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKernel, type Kernel, resolvePaths } from '@pith/kernel';
import { bin } from '../../../../test/support/pith.ts';
import { PASSWORD } from '../../../../test/support/postgres.ts';
import database from '../../../database/src/index.ts';
import vault from '../../../vault/src/index.ts';
import balancer from '../../src/index.ts';

/** What opens the shared secrets, as it is copied to every machine. */
const KEY = '0123456789abcdef'.repeat(4);

/** Of the management API of each. */
export const API_TOKEN = 'a-token-of-the-machines-of-a-test';

/** A machine with a home of its own and the built pith, of several with one PostgreSQL. */
export interface Machine {
  /** Of its proxy, while that runs. */
  url: string;
  /** What the proxy has said so far. */
  said: string;
  /** Starts the proxy, and waits until it listens. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** As a person ends it. @returns its exit code */
  end(): Promise<number | null>;
  /** Runs pith there, to its end. */
  run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** A kernel with the same home, in this process. */
  open(): Promise<Kernel>;
  remove(): Promise<void>;
}

/** @param databaseUrl without its password */
export function createMachine(databaseUrl: string): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'pith-machine-'));
  const home = join(folder, 'pith');
  const write = (path: string, text: string): void => {
    mkdirSync(join(home, path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, path), text, { mode: 0o600 });
  };
  write('config/vault/shared-key', `${KEY}\n`);
  write('data/package.json', JSON.stringify({ private: true, oclif: { schema: 1, plugins: [{ name: '@pith/plugin-balancer', root: fileURLToPath(new URL('../..', import.meta.url)), type: 'link' }] } }));
  const address = new URL(databaseUrl);
  address.password = PASSWORD;
  const env: Record<string, string> = { PATH: process.env['PATH'] ?? '', HOME: folder, PITH_HOME: home, PITH_DATABASE_URL: address.href, PITH_VAULT_KEYRING: 'off', PITH_LOCAL_PROBE: 'off', PITH_PROXY_TOKEN: API_TOKEN, ...compiled() };
  const kernels: Kernel[] = [];
  let running: { process: ChildProcess; ended: Promise<number | null> } | undefined;

  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    running?.process.kill(signal);
    const code = await running?.ended ?? null;
    running = undefined;
    return code;
  };
  const machine: Machine = {
    url: '', said: '',
    start: async () => {
      machine.said = '';
      const child = spawn(process.execPath, [bin, 'proxy', '--port', '0'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      running = { process: child, ended: once(child, 'close').then(([code]) => code as number | null) };
      for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => { machine.said += text; });
      const { ended } = running;
      while (!/listens on \S+\n/.test(machine.said)) await Promise.race([once(child.stdout!, 'data'), ended.then((code) => { throw new Error(`pith proxy ended with ${code}: ${machine.said}`); })]);
      machine.url = /listens on (\S+)\n/.exec(machine.said)![1]!;
    },
    kill: async () => void await stop('SIGKILL'),
    end: () => stop('SIGTERM'),
    run: async (...args) => {
      const child = spawn(process.execPath, [bin, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
      child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
      const [code] = await once(child, 'close') as [number | null];
      return { code, stdout, stderr };
    },
    open: async () => {
      const kernel = await createKernel({ plugins: [database, vault, balancer], env, options: { database: { url: databaseUrl } }, paths: resolvePaths(env) });
      kernels.push(kernel);
      return kernel;
    },
    remove: async () => {
      await stop('SIGKILL');
      for (const kernel of kernels) await kernel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return machine;
}

/** Where what was compiled is kept for all tests. */
function compiled(): Record<string, string> {
  const folder = process.env['NODE_COMPILE_CACHE'];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
