import { join } from 'node:path';
import type { Database } from '@pith/kernel';
import { cleanUp, type CleanedUp, isDue, markDone, type Retention } from './clean-up.ts';
import { FileGone, Folder } from './fold.ts';
import { findLeft, forgetFile, type LeftFile } from './left-files.ts';
import { DISK, type Disk, LineFile } from './line-file.ts';
import { Lines } from './line.ts';
import { Names } from './names.ts';
import type { Cost } from './prices.ts';
import type { Books, LiveEvent, RequestRow, StartedRequest } from './row.ts';

/** After a row; those of the time between go along. */
const FOLD_MS = 500;
/** After the database was not to be had, and doubled each time. */
const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
/** A file that is longer is left for a new one, and goes when it is folded. */
const FILE_BYTES = 4 * 1024 * 1024;
/** It is looked whether something is to be taken away. */
const CLEAN_MS = 3_600_000;

export interface BooksSetup {
  /** With the tables of this plugin. */
  database: Database;
  /** Pith's data folder. */
  data: string;
  redact: (text: string) => string;
  /** What a request has cost, where its row does not say. */
  price?: (row: RequestRow) => Cost;
  /** Nothing goes where it is not said. */
  retention?: Retention;
  /** What a person should know: lost lines, a database that is not to be had. */
  say?: (level: 'info' | 'warn', text: string) => void;
  now?: () => number;
  disk?: Disk;
}

export function linesFolder(data: string): string {
  return join(data, 'balancer', 'log');
}

/** The books of this process. Nothing is opened before the first row. */
export class RequestBooks implements Books {
  /** How long things are kept; without it nothing goes. */
  retention: Retention | undefined;
  readonly #setup: BooksSetup & Required<Pick<BooksSetup, 'say' | 'now' | 'disk'>>;
  readonly #folder: string;
  readonly #lines: Lines;
  readonly #folds: Folder;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  /** Files of this process, the one that is written last; each with how far it is folded. */
  readonly #files: { file: LineFile; foldedBytes: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #folding: Promise<void> | undefined;
  #failures = 0;
  #lookedMs = -Infinity;
  #cleaning: Promise<CleanedUp> | undefined;
  readonly #closing = new AbortController();
  #isClosed = false;

  constructor({ say = () => undefined, now = Date.now, disk = DISK, ...setup }: BooksSetup) {
    this.#setup = { ...setup, say, now, disk };
    this.retention = setup.retention;
    this.#folder = linesFolder(setup.data);
    this.#lines = new Lines(setup.redact);
    this.#folds = new Folder({ database: setup.database, names: new Names(), now });
  }

  write(...rows: readonly RequestRow[]): void {
    const { price } = this.#setup;
    if (price !== undefined) for (const row of rows) if (row.costMicroUsd === null) ({ costMicroUsd: row.costMicroUsd, priceDate: row.priceDate } = price(row));
    try {
      this.#file().append(rows.map((row) => this.#lines.of(row)));
    } catch (error) {
      for (const { id } of rows) this.#tell({ type: 'unwritten', id });
      throw error;
    }
    this.#foldLater(FOLD_MS);
    if (this.#listeners.size > 0) for (const row of rows) this.#tell({ type: 'end', row });
  }

  started(request: StartedRequest): void {
    if (this.#listeners.size > 0) this.#tell({ type: 'start', request });
  }

  onRow(heard: (event: LiveEvent) => void): () => void {
    const listener = (event: LiveEvent): void => heard(event);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async flush(): Promise<void> {
    // What runs began before the last row, so it is waited for and one more goes after it.
    await this.#folding?.catch(() => undefined);
    await this.#fold();
  }

  /** Also what other processes have written, those that have ended and those that run. For commands, which want to see it all. */
  async foldAll(signal?: AbortSignal): Promise<void> {
    await this.#foldLeft({ all: true, ...(signal === undefined ? {} : { signal }) });
    await this.flush();
  }

  /** Something is being taken away. */
  get isCleaning(): boolean { return this.#cleaning !== undefined; }

  /** Takes away what is older than it is to be kept. By itself once a day. @param options `isAsked`: by a person. @throws PithError as the database does */
  async cleanUp({ isAsked = false } = {}): Promise<CleanedUp> {
    const { database, data, now } = this.#setup;
    const { retention } = this;
    if (retention === undefined) return { removedRequests: 0, removedPayloads: 0, cutoffMs: 0 };
    if (isAsked) await this.#cleaning?.catch(() => undefined); // That one may have left rows to another machine.
    return this.#cleaning ??= (async () => {
      try {
        const cleaned = await cleanUp(database, { data, retention, nowMs: now(), isAsked, signal: this.#closing.signal });
        markDone(data, now());
        return cleaned;
      } finally {
        this.#cleaning = undefined;
      }
    })();
  }

  /** Goes through the files of processes that have ended. The first fold does so by itself. */
  async takeUp(): Promise<void> {
    await this.#foldLeft({});
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#closing.abort();
    await this.#cleaning?.catch(() => undefined); // It goes on next time.
    try {
      await this.flush();
    } finally {
      for (const { file, foldedBytes } of this.#files.splice(0)) {
        file.close();
        if (foldedBytes === file.sizeBytes) await this.#drop(file);
      }
    }
  }

  #file(): LineFile {
    const current = this.#files.at(-1)?.file;
    if (current !== undefined && current.sizeBytes < FILE_BYTES) return current;
    const file = new LineFile(this.#folder, this.#setup.disk);
    this.#files.push({ file, foldedBytes: 0 });
    return file;
  }

  /** It keeps no process alive: what is not folded then, the next one folds. */
  #foldLater(waitMs: number): void {
    if (this.#timer !== undefined || this.#folding !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#fold().catch((error: Error) => this.#setup.say('warn', `Requests are kept in ${this.#folder}, and cannot be brought into the database now: ${error.message}`));
    }, this.#failures === 0 ? waitMs : Math.min(RETRY_MS * 2 ** (this.#failures - 1), RETRY_MS_MAX)).unref();
  }

  #fold(): Promise<void> {
    return this.#folding ??= (async () => {
      try {
        await this.#foldOwn();
        await this.#lookAround();
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        throw error;
      } finally {
        this.#folding = undefined;
        const last = this.#files.at(-1);
        if (last !== undefined && last.foldedBytes < last.file.sizeBytes) this.#foldLater(FOLD_MS);
      }
    })();
  }

  async #foldOwn(): Promise<void> {
    for (const entry of [...this.#files]) {
      entry.foldedBytes = await this.#folds.fold(entry.file, { fromBytes: entry.foldedBytes });
      if (entry === this.#files.at(-1) || entry.foldedBytes < entry.file.sizeBytes) continue;
      this.#files.splice(this.#files.indexOf(entry), 1);
      entry.file.close();
      await this.#drop(entry.file);
    }
  }

  /** After the first rows, and then from time to time: files of others, and what is old. */
  async #lookAround(): Promise<void> {
    const { data, now, say } = this.#setup;
    if (now() - this.#lookedMs < CLEAN_MS) return;
    this.#lookedMs = now();
    await this.#foldLeft({});
    if (this.retention === undefined || this.#isClosed || !isDue(data, now())) return;
    this.cleanUp().catch((error: Error) => { if (!this.#isClosed) say('warn', `Old requests could not be taken away: ${error.message}`); });
  }

  async #foldLeft({ all = false, signal }: { all?: boolean; signal?: AbortSignal }): Promise<void> {
    const own = new Set(this.#files.map(({ file }) => file.name));
    for (const left of findLeft(this.#folder, own)) {
      try {
        if (left.isOpenToAll || all) await this.#foldOne(left, signal);
      } finally {
        left.close();
      }
    }
  }

  async #foldOne(left: LeftFile, signal: AbortSignal | undefined): Promise<void> {
    try {
      const foldedBytes = await this.#folds.fold(left, signal === undefined ? {} : { signal });
      if (!left.isOver) return;
      if (foldedBytes < left.sizeBytes) this.#setup.say('warn', `The last line of ${left.name} is not whole and is left out: its process ended while it wrote, before anything was passed on as complete.`);
      await this.#drop(left);
    } catch (error) {
      if (!(error instanceof FileGone)) throw error;
    } finally {
      if (this.#folds.lost > 0) this.#setup.say('warn', `${this.#folds.lost} line${this.#folds.lost === 1 ? '' : 's'} of ${left.name} ${this.#folds.lost === 1 ? 'is' : 'are'} no request and left out.`);
      this.#folds.lost = 0;
    }
  }

  /** The file goes first: its row says until then that all of it is folded. */
  async #drop(file: { name: string; remove(): void }): Promise<void> {
    file.remove();
    await forgetFile(this.#setup.database, file.name);
  }

  #tell(event: LiveEvent): void {
    for (const heard of this.#listeners) {
      try {
        heard(event);
      } catch {
        // Whoever watches has no part in the request.
      }
    }
  }
}
