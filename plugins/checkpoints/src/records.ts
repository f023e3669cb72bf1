import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '@pith/kernel';
import type { Change } from './entry.ts';
import { nobody, type Owner, self } from './lock.ts';
import { toName, writeWhole } from './place.ts';

/** A checkpoint as it is written down. */
export interface Recorded extends Pick<Checkpoint, 'sessionId' | 'turnId' | 'runId' | 'step' | 'callId' | 'tool' | 'atMs' | 'kind'> {
  v: 1;
  /** Counts within the session. */
  seq: number;
  restores?: number;
  /** Under which name, in the folder of stores, its bytes lie. */
  store: string;
  /** Who is at it; gone when it has ended. */
  owner?: Owner;
  changes: Change[];
  /** Folders that were made by it. */
  folders: string[];
  notKept: string[];
}

/** So many times more may be of one turn. */
const TURN_FACTOR = 10;
const ID = /^(?<session>.+):(?<seq>\d+)$/s;

export const toCheckpointId = ({ sessionId, seq }: Pick<Recorded, 'sessionId' | 'seq'>): string => `${sessionId}:${seq}`;

export function parseId(id: string): { sessionId: string; seq: number } | undefined {
  const found = ID.exec(id)?.groups;
  return found === undefined ? undefined : { sessionId: found['session']!, seq: Number(found['seq']) };
}

/** Nobody is at it any more. */
export function toEnded({ owner, ...record }: Recorded): Recorded {
  assert(owner !== undefined, 'what has ended is not ended again');
  return record;
}

/** As if its process had gone. */
export function toTorn(record: Recorded): Recorded {
  return { ...record, owner: nobody() };
}

/** The checkpoints of sessions, a file for each, written whole. */
export class Records {
  readonly #folder: string;

  /** @param data of the plugin */
  constructor(data: string) {
    this.#folder = join(data, 'sessions');
  }

  /** Under the next number of its session. */
  add(record: Omit<Recorded, 'seq' | 'v' | 'owner'>): Recorded {
    const folder = this.#of(record.sessionId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let seq = Math.max(0, ...this.#numbers(folder)) + 1; ; seq++) {
      const whole: Recorded = { v: 1, seq, ...record, owner: self() };
      try {
        writeFileSync(join(folder, `${seq}.new`), '', { flag: 'wx', mode: 0o600 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // Another call of the session takes this number just now.
        throw error;
      }
      try {
        if (this.read(record.sessionId, seq) !== undefined) continue;
        this.write(whole);
        return whole;
      } finally {
        rmSync(join(folder, `${seq}.new`), { force: true });
      }
    }
  }

  write(record: Recorded): void {
    writeWhole(join(this.#of(record.sessionId), `${record.seq}.json`), JSON.stringify(record));
  }

  remove({ sessionId, seq }: Pick<Recorded, 'sessionId' | 'seq'>): void {
    rmSync(join(this.#of(sessionId), `${seq}.json`), { force: true });
  }

  /** The oldest of a session go, turn by turn, so that a turn is taken back whole or not at all. @returns how many went */
  prune({ sessionId, turnId }: Pick<Recorded, 'sessionId' | 'turnId'>, keep: number): number {
    const numbers = this.#numbers(this.#of(sessionId));
    if (numbers.length <= keep) return 0;
    let last: string | undefined;
    for (const [count, seq] of numbers.entries()) {
      const left = numbers.length - count;
      const of = this.read(sessionId, seq)?.turnId;
      // The turn at work is kept, up to a limit of its own.
      if (of === turnId ? left <= keep * TURN_FACTOR : left <= keep && of !== last) return count;
      this.remove({ sessionId, seq });
      last = of;
    }
    return numbers.length;
  }

  read(sessionId: string, seq: number): Recorded | undefined {
    return readRecord(join(this.#of(sessionId), `${seq}.json`));
  }

  /** Oldest first. */
  list(sessionId: string): Recorded[] {
    return this.#numbers(this.#of(sessionId)).map((seq) => this.read(sessionId, seq)).filter((record) => record !== undefined);
  }

  /** Of all sessions, oldest first. */
  all(): Recorded[] {
    const folders = readNames(this.#folder).map((name) => join(this.#folder, name));
    return folders.flatMap((folder) => this.#numbers(folder).map((seq) => readRecord(join(folder, `${seq}.json`)))).filter((record) => record !== undefined).sort((a, b) => a.atMs - b.atMs || a.seq - b.seq);
  }

  #of(sessionId: string): string {
    return join(this.#folder, toName(sessionId));
  }

  #numbers(folder: string): number[] {
    return readNames(folder).filter((name) => /^\d+\.json$/.test(name)).map((name) => parseInt(name, 10)).sort((a, b) => a - b);
  }
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was kept yet.
  }
}

/** @returns nothing where there is none; one that cannot be read would only be in the way of the others */
function readRecord(file: string): Recorded | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Recorded;
    return record.v === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}
