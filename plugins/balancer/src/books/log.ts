import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** From the least to the most important. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** What is said beside the text, for programs. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

export interface LogLine { atMs: number; level: Level; pid: number; text: string; facts?: Facts }

/** The balancer's own log: starts, failovers, refreshes, benches. No line holds a secret, and none stands in the way of a request. */
export interface Log {
  debug(text: string, facts?: Facts): void;
  info(text: string, facts?: Facts): void;
  warn(text: string, facts?: Facts): void;
  error(text: string, facts?: Facts): void;
  /** Hears of every line of this process. @returns how to stop */
  onLine(heard: (line: LogLine) => void): () => void;
  close(): void;
}

export interface LogSetup {
  data: string;
  redact: (text: string) => string;
  /** Lines below it are not kept. Default: info. */
  level?: Level;
  now?: () => number;
  /** A file that is longer is put aside. */
  maxBytes?: number;
  /** Of those that were put aside, the newest are kept. */
  keep?: number;
}

const TEXT_MAX = 2000;
const LOG_BYTES = 1024 * 1024;
const KEPT = 4;

export function logFolder(data: string): string {
  return join(data, 'balancer', 'logs');
}

/** The one that is written, by all processes. */
export const LOG_NAME = 'balancer.log';
const OLD_NAME = /^balancer-.*\.log$/;

export function createLog({ data, redact, level: least = 'info', now = Date.now, maxBytes = LOG_BYTES, keep = KEPT }: LogSetup): Log {
  const folder = logFolder(data);
  const file = new LogFile(folder, { maxBytes, keep });
  const listeners = new Set<(line: LogLine) => void>();
  const say = (level: Level, text: string, facts?: Facts): void => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
    const clean = (value: string): string => redact(value).slice(0, TEXT_MAX);
    const line: LogLine = {
      atMs: now(), level, pid: process.pid, text: clean(text),
      ...(facts === undefined ? {} : { facts: Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, typeof value === 'string' ? clean(value) : value])) }),
    };
    file.append(`${JSON.stringify(line)}\n`);
    for (const heard of listeners) {
      try {
        heard(line);
      } catch {
        // Whoever listens has no part in what is said.
      }
    }
  };
  return {
    debug: (text, facts) => say('debug', text, facts),
    info: (text, facts) => say('info', text, facts),
    warn: (text, facts) => say('warn', text, facts),
    error: (text, facts) => say('error', text, facts),
    onLine: (heard) => {
      const listener = (line: LogLine): void => heard(line);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => file.close(),
  };
}

/** Every line is one write at the end, so that those of several processes do not mix. */
class LogFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #keep: number;
  #descriptor: number | undefined;

  constructor(folder: string, { maxBytes, keep }: { maxBytes: number; keep: number }) {
    this.#folder = folder;
    this.#path = join(folder, LOG_NAME);
    this.#maxBytes = maxBytes;
    this.#keep = keep;
  }

  append(line: string): void {
    try {
      writeSync(this.#open(), line);
    } catch {
      // A request does not fail because nobody can be told of it; a disk that is full is told of by the books.
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    if (this.#descriptor !== undefined) {
      const { size, ino } = fstatSync(this.#descriptor);
      const isHere = statSync(this.#path, { throwIfNoEntry: false })?.ino === ino;
      if (isHere && size < this.#maxBytes) return this.#descriptor;
      this.close();
      // Under a name of its own: two that do it at the same time put two files aside, and lose none.
      if (isHere) {
        renameSync(this.#path, join(this.#folder, toOldName()));
        this.#forgetOld();
      }
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#descriptor = openSync(this.#path, 'a', 0o600);
    fchmodSync(this.#descriptor, 0o600);
    return this.#descriptor;
  }

  /** Names grow with time. */
  #forgetOld(): void {
    const old = readdirSync(this.#folder).filter((name) => OLD_NAME.test(name)).sort();
    for (const name of old.slice(0, Math.max(0, old.length - this.#keep))) rmSync(join(this.#folder, name), { force: true });
  }
}

let put = 0;

/** In the order in which they were put aside, also by one process within a moment. */
function toOldName(): string {
  put++;
  return `balancer-${Date.now()}-${String(put).padStart(6, '0')}-${process.pid}.log`;
}

/** All files of the log, oldest first. */
export function listLogFiles(data: string): string[] {
  const folder = logFolder(data);
  try {
    const names = readdirSync(folder);
    return [...names.filter((name) => OLD_NAME.test(name)).sort(), ...names.filter((name) => name === LOG_NAME)].map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
