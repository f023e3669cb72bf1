import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface Told { seq?: number; type?: string; status?: string; code?: string; message?: string; hint?: string }

const running = new Set<ChildProcessByStdio<Writable, Readable, Readable>>();

/** Ends what a test has started and, having failed, left running. */
export async function endWriters(): Promise<void> {
  await Promise.all([...running].map(async (child) => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }));
}

const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));

/** Folders of one test: where data is kept, and the folder that is worked in. */
export async function makeFolders(): Promise<{ data: string; cwd: string; remove: () => Promise<void> }> {
  const top = await realpath(await mkdtemp(join(tmpdir(), 'pith-sessions-')));
  return { data: join(top, 'data'), cwd: top, remove: () => rm(top, { recursive: true, force: true }) };
}

export interface Writer {
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  told: Told[];
  /** Resolves when a line fits; rejects when the process ends before. */
  until(fits: (told: Told, count: number) => boolean): Promise<Told>;
  ended: Promise<{ code: number | null; stderr: string }>;
}

/** A process of its own that writes a session. */
export function startWriter({ data, cwd, id, turns = 1, text = 'hello', hold = false, shell = '' }: { data: string; cwd: string; id: string; turns?: number; text?: string; hold?: boolean; shell?: string }): Writer {
  const args = ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', WRITER, data, cwd, id, String(turns), text, ...(hold ? ['hold'] : [])];
  const env = { PATH: process.env['PATH'] ?? '' };
  const child = shell === ''
    ? spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
    : spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', process.execPath, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const told: Told[] = [];
  const waiting = new Set<(line: Told) => void>();
  let stderr = '';
  child.stderr.on('data', (part: Buffer) => { stderr += part.toString(); });
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    const value = JSON.parse(line) as Told;
    told.push(value);
    for (const look of waiting) look(value);
  });
  const ended = Promise.all([once(child, 'exit'), once(lines, 'close')]).then(([[code]]) => ({ code: code as number | null, stderr }));
  return {
    child, told, ended,
    until: (fits) => new Promise((resolve, reject) => {
      const look = (line: Told): void => { if (fits(line, told.length)) { waiting.delete(look); resolve(line); } };
      const before = told.find((line, index) => fits(line, index + 1));
      if (before !== undefined) { resolve(before); return; }
      waiting.add(look);
      void ended.then(() => reject(new Error(`the writer ended first: ${stderr}${JSON.stringify(told.at(-1))}`)));
    }),
  };
}

export interface Line { v?: number; type?: string; id: string; parent: string | null; event: { type: string; seq: number; atMs: number } }

/** The one transcript below a data folder. */
export async function findTranscript(data: string): Promise<string> {
  const files = (await readdir(join(data, 'sessions'), { recursive: true })).filter((name) => name.endsWith('.jsonl'));
  if (files.length !== 1) throw new Error(`there are ${files.length} transcripts: ${files.join(', ')}`);
  return join(data, 'sessions', files[0]!);
}

export async function readLines(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
}
