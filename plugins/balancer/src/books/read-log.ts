import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Level, LEVELS, listLogFiles, logFolder, LOG_NAME, type LogLine } from './log.ts';

const LOOK_MS = 250;
const CHUNK_BYTES = 64 * 1024;

export interface LogQuery { /** The newest so many. */ limit?: number; /** Of this and more important ones. */ level?: Level; sinceMs?: number }

/** Lines of the log, oldest first; what is no line of it is passed over. */
export function readLog(data: string, { limit = 200, ...query }: LogQuery = {}): LogLine[] {
  const lines: LogLine[] = [];
  // From the newest file back, until there are enough.
  for (const file of listLogFiles(data).reverse()) {
    if (lines.length >= limit) break;
    lines.unshift(...readLines(file).filter((line) => fits(line, query)));
  }
  return limit === 0 ? [] : lines.slice(-limit);
}

/** Lines as they come, of all processes, until the signal fires. */
export async function* followLog(data: string, { signal, level, lookMs = LOOK_MS }: { signal: AbortSignal; level?: Level; lookMs?: number }): AsyncGenerator<LogLine> {
  const path = join(logFolder(data), LOG_NAME);
  let at = statSync(path, { throwIfNoEntry: false });
  let place = at?.size ?? 0;
  let rest = '';
  while (!signal.aborted) {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now !== undefined && at?.ino !== now.ino) {
      // What came before the file was put aside is in one of the old ones, and those after it.
      const files = at === undefined ? [] : listLogFiles(data);
      const old = files.findIndex((file) => inodeOf(file) === at!.ino);
      if (old !== -1) for (const [index, file] of files.slice(old).entries()) if (inodeOf(file) !== now.ino) yield* take(readAll(file, index === 0 ? place : 0));
      [at, place, rest] = [now, 0, ''];
    }
    if (now !== undefined && now.size > place) {
      const found = readFrom(path, place);
      place = found.endBytes;
      yield* take(found.text);
      continue;
    }
    await wait(lookMs, undefined, { signal }).catch(() => undefined); // It was told to stop.
  }

  function* take(text: string): Generator<LogLine> {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines.map(parseLogLine)) if (line !== undefined && fits(line, level === undefined ? {} : { level })) yield line;
  }
}

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

function readLines(file: string): LogLine[] {
  try {
    return readAll(file, 0).split('\n').flatMap((line) => parseLogLine(line) ?? []);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // It was put aside meanwhile, or forgotten.
    throw error;
  }
}

function readAll(file: string, from: number): string {
  let [at, text] = [from, ''];
  for (;;) {
    const found = readFrom(file, at);
    if (found.endBytes === at) return text;
    at = found.endBytes;
    text += found.text;
  }
}

/** A part of it, up to the end of a line where there is one. */
function readFrom(file: string, at: number): { text: string; endBytes: number } {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, Math.min(CHUNK_BYTES, fstatSync(descriptor).size - at)));
    const length = readSync(descriptor, bytes, 0, bytes.length, at);
    const end = bytes.lastIndexOf(10, length - 1) + 1 || length;
    return { text: bytes.toString('utf8', 0, end), endBytes: at + end };
  } finally {
    closeSync(descriptor);
  }
}

function fits({ level, atMs }: LogLine, { level: least, sinceMs }: Omit<LogQuery, 'limit'>): boolean {
  return (least === undefined || LEVELS.indexOf(level) >= LEVELS.indexOf(least)) && (sinceMs === undefined || atMs >= sinceMs);
}

function parseLogLine(text: string): LogLine | undefined {
  if (text === '') return undefined;
  try {
    const line = JSON.parse(text) as Partial<LogLine> | null;
    return typeof line?.atMs === 'number' && typeof line.text === 'string' && LEVELS.includes(line.level!) ? line as LogLine : undefined;
  } catch {
    return undefined; // A process ended while it wrote, or somebody else did.
  }
}
