import { existsSync } from 'node:fs';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { Database, Queries } from '@pith/kernel';
import type { Line } from './columns.ts';
import type { Fresh } from './fresh.ts';
import { addTexts, insertLines } from './insert.ts';
import { parseLine } from './line.ts';
import { type Names, toDay } from './names.ts';

/** Rows of one transaction: many cost little more than few. */
const ROWS_MAX = 2000;
const CHUNK_BYTES = 128 * 1024;
const LINE_END = 10;

/** A file of lines, of this process or of another. */
export interface Source {
  name: string;
  path: string;
  /** How much of it there is by now. */
  readonly sizeBytes: number;
  /** It is at hand, whatever became of its name. */
  isOpen?: boolean;
  read(into: Uint8Array, at: number): number;
  /** What is known of it without reading. */
  fresh?: Fresh;
}

/** What is in a part of a file. */
interface Part { lines: readonly Line[]; /** Of the file, behind the last whole line. */ endBytes: number; lost: number }

/** Brings lines into the database, each once, whoever folds and however often somebody dies. */
export class Folder {
  readonly #database: Database;
  readonly #names: Names;
  readonly #now: () => number;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** Lines that are no rows, since the last look. */
  lost = 0;

  constructor({ database, names, now }: { database: Database; names: Names; now: () => number }) {
    this.#database = database;
    this.#names = names;
    this.#now = now;
  }

  /**
   * Everything that is there of a file by now, in parts, with room for others between them. What comes meanwhile is left for the next time: few
   * rows in a transaction cost much more than many.
   * @param fromBytes where it is known
   * @returns up to where it is folded: what stands behind is no whole line
   * @throws PithError as the database does, the signal's reason
   */
  async fold(source: Source, { fromBytes = 0, signal }: { fromBytes?: number; signal?: AbortSignal } = {}): Promise<number> {
    const { sizeBytes } = source;
    let at = fromBytes;
    while (at < sizeBytes) {
      signal?.throwIfAborted();
      const part = this.#known(source, at) ?? this.#read(source, at);
      if (part === undefined) return at;
      const foldedBytes = await this.#keep(source, { at, part });
      if (foldedBytes === part.endBytes) this.lost += part.lost;
      at = foldedBytes;
      source.fresh?.forget(at);
      await nextRound();
    }
    return at;
  }

  #known({ fresh }: Source, at: number): Part | undefined {
    const known = fresh?.from(at, ROWS_MAX);
    return known === undefined ? undefined : { ...known, lost: 0 };
  }

  #read(source: Source, at: number): Part | undefined {
    const length = source.read(this.#buffer, at);
    const bytes = this.#buffer.subarray(0, length);
    const lines: Line[] = [];
    let [begin, lost] = [0, 0];
    while (lines.length < ROWS_MAX) {
      const end = bytes.indexOf(LINE_END, begin);
      if (end === -1) break;
      const text = bytes.toString('utf8', begin, end);
      begin = end + 1;
      const line = parseLine(text);
      if (line !== undefined) lines.push(line);
      else if (!text.startsWith('{"books":')) lost++;
    }
    if (begin > 0) return { lines, endBytes: at + begin, lost };
    // No line is as long as this: nobody of us wrote it.
    return length === CHUNK_BYTES ? { lines, endBytes: at + length, lost: 1 } : undefined;
  }

  /** @returns up to where the file is folded: where another one was here before, nothing of the part is kept */
  async #keep(source: Source, { at, part }: { at: number; part: Part }): Promise<number> {
    const day = toDay(this.#now());
    const texts = new Set<string>();
    for (const line of part.lines) addTexts(texts, line);
    try {
      const { numbers, foldedBytes } = await this.#database.transaction('write', async (queries) => {
        const before = await readPlace(queries, source, day);
        if (before !== at) return { numbers: undefined, foldedBytes: before };
        const found = await this.#names.resolve(queries, texts, day);
        await insertLines(queries, part.lines, found);
        await queries.sql`UPDATE balancer_files SET bytes = ${part.endBytes} WHERE file = ${source.name}`;
        return { numbers: found, foldedBytes: part.endBytes };
      });
      if (numbers !== undefined) this.#names.keep(numbers, day);
      return foldedBytes;
    } catch (error) {
      this.#names.forget();
      throw error;
    }
  }
}

/** Keeps every other one from folding the file until the transaction ends. */
async function readPlace({ sql }: Queries, { name, path, isOpen = false }: Source, day: number): Promise<number> {
  const { rows: [row] } = await sql<{ bytes: number }>`INSERT INTO balancer_files (file, bytes, seen_day) VALUES (${name}, ${0}, ${day}) ON CONFLICT (file) DO UPDATE SET seen_day = excluded.seen_day RETURNING bytes`;
  // The file of a process that has ended goes first, and then its row: where neither is there, somebody else has folded it.
  if (row!.bytes === 0 && !isOpen && !existsSync(path)) throw new FileGone();
  return row!.bytes;
}

/** Somebody else has folded the file, and taken it away. */
export class FileGone extends Error {}
