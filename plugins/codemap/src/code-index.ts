import { Cache } from './cache.ts';
import type { Entry, Skipped } from './entry.ts';
import { type FileJob, MAX_FILE_BYTES } from './read-file.ts';
import { ReaderPool } from './reader-pool.ts';
import { listFiles, type ListedFile } from './walk.ts';

/** Of more code no map is made: the files beyond it, by path, are listed without symbols. */
const MAX_CODE_BYTES = 128 * 1024 * 1024;

export interface IndexedCode {
  /** Every file, by path. */
  paths: readonly string[];
  entries: readonly Entry[];
  /** False where there were more files, or more code, than is looked at. */
  complete: boolean;
  /** Files that were parsed this time. */
  parsed: number;
  skipped: Readonly<Partial<Record<Skipped, number>>>;
  /** Why what was found could not be kept for the next time. */
  unkept?: string;
}

/** After this no further file is read: the next time begins where this one ended. */
const LIMIT_MS = 60_000;

/** Which files may be read, and so be in the map at all; those that are given, by path. */
export type Selection = (paths: readonly string[]) => Promise<ReadonlySet<string>>;

export interface UpdateOptions { select?: Selection; limitMs?: number; signal: AbortSignal }

/** What is known of the code below one folder. Each `update` looks at all files, and reads those that have changed. */
export class CodeIndex {
  readonly #root: string;
  readonly #cache: Cache;
  readonly #pool: ReaderPool;
  #entries: Map<string, Entry> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  /** @param root links resolved */
  constructor({ root, folder }: { root: string; folder: string }) {
    this.#root = root;
    this.#cache = new Cache(folder, root);
    this.#pool = new ReaderPool(root);
  }

  /** One after the other, so that no file is read twice. */
  async update(options: UpdateOptions): Promise<IndexedCode> {
    const before = this.#running;
    const turn = Promise.withResolvers<void>();
    this.#running = turn.promise;
    try {
      await before;
      return await this.#update(options);
    } finally {
      turn.resolve();
    }
  }

  async close(): Promise<void> {
    await this.#running;
    await this.#pool.close();
  }

  async #update({ select, limitMs = LIMIT_MS, signal }: UpdateOptions): Promise<IndexedCode> {
    const { files: found, complete } = await listFiles(this.#root, signal);
    const allowed = await select?.(found.map(({ path }) => path));
    const files = allowed === undefined ? found : found.filter(({ path }) => allowed.has(path));
    const known = this.#entries ??= this.#cache.read();
    const { jobs, entries, isAll } = sort(files, known);
    const changed = await this.#read(jobs, known, { limitMs, signal });
    for (const entry of changed) entries.push(entry);
    const isOutdated = found.length > 0 && forget(known, found);
    const unkept = changed.length > 0 || isOutdated ? await this.#keep(changed, known) : undefined;
    return {
      paths: files.map(({ path }) => path), entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)), complete: complete && isAll && changed.length === jobs.length, parsed: changed.length,
      skipped: countSkipped(entries), ...(unkept === undefined ? {} : { unkept }),
    };
  }

  async #read(jobs: readonly FileJob[], known: Map<string, Entry>, limits: { limitMs: number; signal: AbortSignal }): Promise<Entry[]> {
    const changed: Entry[] = [];
    for (const answer of await this.#pool.read(jobs, limits)) {
      const entry = 'entry' in answer ? answer.entry : { ...known.get(answer.path)!, stamp: answer.stamp };
      if (entry.skipped !== 'gone') known.set(entry.path, entry);
      changed.push(entry);
    }
    return changed;
  }

  /** A map that cannot be kept is a map all the same. */
  async #keep(changed: readonly Entry[], known: ReadonlyMap<string, Entry>): Promise<string | undefined> {
    try {
      await this.#cache.write(changed.filter(({ path }) => known.has(path)), known);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Those that are known as they are, and those that must be read. */
function sort(files: readonly ListedFile[], known: ReadonlyMap<string, Entry>): { jobs: FileJob[]; entries: Entry[]; isAll: boolean } {
  const jobs: FileJob[] = [];
  const entries: Entry[] = [];
  let bytes = 0;
  for (const { path, code } of files) {
    if (code === undefined) continue;
    const { language, stamp, size } = code;
    const entry = known.get(path);
    if (size > MAX_FILE_BYTES) entries.push({ path, stamp, hash: '', lines: 0, symbols: [], calls: [], skipped: 'large' });
    else if ((bytes += size) > MAX_CODE_BYTES) break;
    else if (entry?.stamp === stamp) entries.push(entry);
    else jobs.push({ path, language, ...(entry === undefined || entry.hash === '' ? {} : { hash: entry.hash }) });
  }
  return { jobs, entries, isAll: bytes <= MAX_CODE_BYTES };
}

/** Takes away what is no longer there. @returns whether there was so much of it that the cache is worth writing anew */
function forget(known: Map<string, Entry>, found: readonly ListedFile[]): boolean {
  const there = new Set(found.map(({ path }) => path));
  const before = known.size;
  for (const path of known.keys()) if (!there.has(path)) known.delete(path);
  return before > known.size * 2 + 100;
}

function countSkipped(entries: readonly Entry[]): Partial<Record<Skipped, number>> {
  const counts: Partial<Record<Skipped, number>> = {};
  for (const { skipped } of entries) if (skipped !== undefined) counts[skipped] = (counts[skipped] ?? 0) + 1;
  return counts;
}
