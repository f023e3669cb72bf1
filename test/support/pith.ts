import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runWarm } from './warm.ts';

/** The built command. */
export const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface Ran { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }

export interface Place {
  /** A folder to work in, links resolved; an empty home lies beside it. */
  folder: string;
  /** The file that is pith here. */
  command: string;
  env: Record<string, string>;
  write(file: string, content: string): Promise<string>;
  /** Runs the built `pith` as a process of its own. */
  pith(args: readonly string[], options?: RunOptions): Promise<Ran>;
  start(args: readonly string[], options?: RunOptions): ReturnType<typeof spawn>;
  remove(): Promise<void>;
}

export interface RunOptions { stdin?: string | Buffer | 'open'; env?: Record<string, string | undefined>; cwd?: string }

/** An empty home and an empty folder, and pith in them. */
export async function createPlace({ command = bin, isWarm = false }: { /** Another pith than the built one here. */ command?: string; /** Commands that need no process of their own share one, see warm.ts. */ isWarm?: boolean } = {}): Promise<Place> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pith-cli-')));
  const folder = join(root, 'project');
  await mkdir(folder);
  const env = { HOME: join(root, 'home'), PATH: process.env['PATH'] ?? '', PITH_HOME: join(root, 'home', 'pith'), LANG: 'C.UTF-8', PITH_LOCAL_PROBE: 'off', PITH_VAULT_KEYRING: 'off', ...compiled() };
  const start: Place['start'] = (args, options = {}) => spawn(process.execPath, [command, ...args], {
    cwd: options.cwd ?? folder, env: { ...env, ...options.env } as NodeJS.ProcessEnv, stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  return {
    folder, command, env, start,
    write: async (file, content) => {
      const path = join(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    pith: (args, options = {}) => (isWarm && canShare(args, options) ? runWarm(args, { cwd: options.cwd ?? folder, env: { ...env, ...options.env } }) : new Promise((resolve, reject) => {
      const child = start(args, options);
      let [stdout, stderr] = ['', ''];
      child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
      child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
      child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
      child.stdin?.on('error', () => undefined); // It may end before it has read everything.
      if (options.stdin !== undefined && options.stdin !== 'open') child.stdin!.end(options.stdin);
    })),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Not what reads its input or starts programs that print; and what is hidden of the environment is found out once. */
function canShare(args: readonly string[], { stdin, env = {} }: RunOptions): boolean {
  const isShort = args.at(-1) === '--help' || (args[0] !== 'run' && args[0] !== 'plugins');
  return isShort && stdin === undefined && Object.keys(env).every((name) => PLAIN_VARIABLES.has(name));
}

const PLAIN_VARIABLES = new Set(['OCLIF_COLUMNS', 'PITH_HOME']);

/** Where what was compiled is kept for all tests (see build.ts). */
function compiled(): Record<string, string> {
  const folder = process.env['NODE_COMPILE_CACHE'];
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}

/** A conversation file with these replies. */
export function conversation(...replies: object[]): string {
  return JSON.stringify({ v: 1, replies });
}

/** The files that the README writes down, by the name in their first line. */
export function readmeFiles(): Record<string, string> {
  const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  return Object.fromEntries([...text.matchAll(/^```ts\n\/\/ (\S+)\n([^]*?)^```$/gm)].map(([, file, content]) => [file!, content!]));
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}
