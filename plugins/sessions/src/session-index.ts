import { chmodSync, readFileSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionSummary } from '@pith/kernel';
import { parseJson } from './format.ts';

const VERSION = 1;

/** What a list shows of a transcript. */
export interface Listed { summary: SessionSummary; /** Nothing was said or done in it. */ isEmpty: boolean }

/** The same transcript, in which nothing was added since. */
interface Seen { ino: number; size: number; changedMs: number }

interface Kept { seen: Seen; listed: Listed }

export function indexFile(folder: string): string {
  return join(folder, 'index.json');
}

/**
 * What lists show of the transcripts of a folder, kept beside them so that only those are read that have changed. It is a copy and
 * nothing more: what does not fit the files is read again, so it may be old, spoilt or gone at any time.
 */
export class SessionIndex {
  readonly #folder: string;
  readonly #before: Map<string, Kept>;
  readonly #now = new Map<string, Kept>();
  #isChanged = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.#before = readKept(folder);
  }

  /** @param read reads the transcript where it is not known as it stands. @throws what `read` throws */
  list(id: string, file: string, read: () => Listed): Listed {
    const seen = toSeen(statSync(file));
    const before = this.#before.get(id);
    const known = before !== undefined && before.seen.ino === seen.ino && before.seen.size === seen.size && before.seen.changedMs === seen.changedMs ? before : undefined;
    if (known === undefined) this.#isChanged = true;
    const kept = known ?? { seen, listed: read() };
    this.#now.set(id, kept);
    return kept.listed;
  }

  /** Leaves out one that was deleted, and keeps all others as they were. */
  forget(id: string): void {
    if (!this.#before.has(id)) return;
    for (const [other, kept] of this.#before) if (other !== id) this.#now.set(other, kept);
    this.save();
  }

  /** Keeps what was listed, written aside so that nobody reads a half. Transcripts that are gone are left out. */
  save(): void {
    if (!this.#isChanged && this.#now.size === this.#before.size) return;
    const aside = `${indexFile(this.#folder)}.${process.pid}`;
    try {
      writeFileSync(aside, JSON.stringify({ v: VERSION, sessions: Object.fromEntries(this.#now) }), { mode: 0o600 });
      chmodSync(aside, 0o600);
      renameSync(aside, indexFile(this.#folder));
    } catch {
      rmSync(aside, { force: true }); // A full or locked disk: the files are read again next time.
    }
  }
}

/** Of a deleted session nothing stays, its first words neither. */
export function forgetListed(folder: string, id: string): void {
  new SessionIndex(folder).forget(id);
}

function toSeen({ ino, size, mtimeMs }: Stats): Seen {
  return { ino, size, changedMs: mtimeMs };
}

function readKept(folder: string): Map<string, Kept> {
  try {
    const { v, sessions } = parseJson(readFileSync(indexFile(folder))) ?? {};
    if (v !== VERSION || typeof sessions !== 'object' || sessions === null) return new Map();
    return new Map(Object.entries(sessions).filter((entry): entry is [string, Kept] => isKept(entry[0], entry[1])));
  } catch {
    return new Map(); // There is none yet.
  }
}

function isKept(id: string, value: unknown): value is Kept {
  const { seen, listed } = (value ?? {}) as Partial<Kept>;
  const summary = listed?.summary;
  const isNumber = (given: unknown): boolean => typeof given === 'number';
  return isNumber(seen?.ino) && isNumber(seen?.size) && isNumber(seen?.changedMs) && typeof listed?.isEmpty === 'boolean'
    && summary?.id === id && typeof summary.cwd === 'string' && typeof summary.title === 'string' && [summary.startedMs, summary.updatedMs, summary.turns].every(isNumber);
}
