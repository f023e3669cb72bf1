import { createHash, randomUUID } from 'node:crypto';
import { appendFile, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRefusal, readPlainFile } from '@pith/files';
import { type Entry, parseLine, toLine } from './entry.ts';

/** Grows when entries or what is asked of the trees change: what an older one has found is found again. */
const VERSION = 2;
/** A larger one is begun anew. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * What is known of the files of one root, in a file of lines: a head, then an entry a line, the later in the place of the earlier.
 * So a change costs its own line only. A line that is torn, and a file that is of another version or root, or is too large, count as nothing.
 */
export class Cache {
  readonly #file: string;
  readonly #head: string;
  #lines = 0;
  #isOurs = false;

  constructor(folder: string, root: string) {
    this.#file = join(folder, `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.jsonl`);
    this.#head = JSON.stringify({ pith: 'codemap', version: VERSION, root });
  }

  read(): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    const read = readPlainFile(this.#file, { limitBytes: MAX_BYTES, roots: [dirname(this.#file)] });
    const text = isRefusal(read) ? '' : read.bytes.toString('utf8');
    const [head, ...lines] = text.split('\n');
    if (head !== this.#head) return entries;
    // Without its end of line, the next one would be joined to it.
    this.#isOurs = text.endsWith('\n');
    for (const line of lines) {
      const entry = line === '' ? undefined : parseLine(line);
      if (entry !== undefined) entries.set(entry.path, entry);
      this.#lines++;
    }
    return entries;
  }

  /** Adds what was found out; writes all of it anew where most of the file is outdated by then. */
  async write(changed: readonly Entry[], all: ReadonlyMap<string, Entry>): Promise<void> {
    const kept = changed.filter(isLasting);
    const isOutdated = !this.#isOurs || this.#lines + kept.length > all.size * 2 + 100;
    if (kept.length === 0 && !isOutdated) return;
    if (isOutdated) await this.#replace([...all.values()].filter(isLasting));
    else {
      await appendFile(this.#file, kept.map((entry) => `${toLine(entry)}\n`).join(''), { mode: 0o600 });
      this.#lines += kept.length;
    }
  }

  async #replace(entries: readonly Entry[]): Promise<void> {
    const aside = `${this.#file}.${randomUUID()}`;
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    try {
      await writeFile(aside, [this.#head, ...entries.map(toLine), ''].join('\n'), { mode: 0o600, flag: 'wx' });
      await chmod(aside, 0o600); // Whatever the umask.
      await rename(aside, this.#file);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    this.#lines = entries.length;
    this.#isOurs = true;
  }
}

/** What took too long may have met a busy machine: the next process tries again. */
function isLasting({ skipped }: Entry): boolean {
  return skipped !== 'slow' && skipped !== 'broken';
}
