import { realpathSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { Walk } from '@pith/files';
import { Best, scoreMatch } from './fuzzy.ts';

const FILES_MAX = 200_000;
const NAMES_MAX = 1_000_000;
const WALK_LIMIT_MS = 60_000;
/** After this long a list is made anew when it is next asked for. */
const FRESH_MS = 5000;
/** How long a search may keep keys waiting. */
const SLICE_MS = 6;
const SLICE_NAMES = 256;
/** So many more are shown at once while a first walk goes on. */
const SHOWN_STEP = 5000;
const SHOWN_MAX = 50;
/** Of a folder outside. */
const FOLDER_NAMES_MAX = 2000;
/** Folders that begin so are outside of the project, or are meant to be. */
const OUTSIDE = /^(?:~?\/|\.\.?\/|[A-Za-z]:[\\/])/;

/** The files and folders of a project, folders with `/` at the end, without what is ignored. It is walked in the background, and can be asked at any time. */
export class PathIndex {
  readonly #cwd: string;
  readonly #home: string | undefined;
  readonly #onChange: () => void;
  readonly #closing = new AbortController();
  #paths: readonly string[] = [];
  /** The same in small letters. */
  #lower: readonly string[] = [];
  /** Which letters are in a path, as bits: most paths are passed over by one look. */
  #letters: readonly number[] = [];
  #walkedMs = -Infinity;
  #walking: Promise<void> | undefined;

  /** @param options.onChange called when more paths are known */
  constructor(cwd: string, { home = homedir(), onChange }: { home?: string | undefined; onChange: () => void }) {
    this.#cwd = cwd;
    this.#home = home;
    this.#onChange = onChange;
  }

  /** Begins to look, where it is time to. */
  refresh(): void {
    if (this.#walking !== undefined || performance.now() - this.#walkedMs < FRESH_MS || this.#closing.signal.aborted) return;
    this.#walking = this.#walk().catch(() => undefined).finally(() => {
      this.#walkedMs = performance.now();
      this.#walking = undefined;
    });
  }

  get isWalking(): boolean { return this.#walking !== undefined; }

  /** Settles when what is being looked at is known. */
  async settled(): Promise<void> {
    await this.#walking;
  }

  close(): void {
    this.#closing.abort();
  }

  /** The best paths for what was typed, best first. In pieces, so that nobody waits for it. @throws the signal's reason */
  async search(query: string, signal: AbortSignal): Promise<string[]> {
    if (OUTSIDE.test(query) || query === '..' || query === '~') return this.#searchFolder(query, signal);
    const [wanted, letters] = [query.toLowerCase(), lettersOf(query.toLowerCase())];
    const best = new Best<string>(SHOWN_MAX);
    let sliceMs = performance.now();
    for (let index = 0; index < this.#paths.length; index++) {
      if (index % SLICE_NAMES === 0 && performance.now() - sliceMs > SLICE_MS) {
        await letOthersRun();
        signal.throwIfAborted();
        sliceMs = performance.now();
      }
      if ((this.#letters[index]! & letters) !== letters) continue;
      const score = scoreMatch(wanted, this.#paths[index]!, this.#lower[index]!);
      if (score !== undefined) best.add(this.#paths[index]!, score);
    }
    return best.items;
  }

  /** One folder, by its names: what lies outside of the project is not walked. */
  async #searchFolder(query: string, signal: AbortSignal): Promise<string[]> {
    if (/^(?:\/\/|\\\\)/.test(query)) return []; // A computer in the network would learn who asks.
    const end = query.lastIndexOf('/') + 1;
    const [folder, start] = /^(?:~|\.\.)$/.test(query) ? [`${query}/`, ''] : [query.slice(0, end), query.slice(end).toLowerCase()];
    const place = folder.startsWith('~/') ? join(this.#home ?? '~', folder.slice(2)) : resolve(this.#cwd, folder);
    const best = new Best<string>(SHOWN_MAX);
    try {
      const opened = await opendir(place);
      let count = 0;
      for await (const entry of opened) {
        signal.throwIfAborted();
        if (++count > FOLDER_NAMES_MAX) break;
        if (entry.name.startsWith('.') && !start.startsWith('.')) continue;
        const score = scoreMatch(start, entry.name);
        if (score !== undefined) best.add(`${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`, score);
      }
    } catch {
      signal.throwIfAborted(); // Not there, or not for us: then there is nothing to choose from.
    }
    return best.items;
  }

  async #walk(): Promise<void> {
    const found = new Found();
    // Of a first walk what is known so far can be searched already.
    const isFirst = this.#paths.length === 0;
    let shown = 0;
    let pauseMs = performance.now() + SLICE_MS;
    for await (const { path } of new Walk(realpathSync(this.#cwd), { signal: this.#closing.signal, maxFiles: FILES_MAX, maxNames: NAMES_MAX, limitMs: WALK_LIMIT_MS })) {
      found.add(path);
      if (performance.now() > pauseMs) {
        await letOthersRun();
        pauseMs = performance.now() + SLICE_MS;
      }
      if (isFirst && found.paths.length - shown > SHOWN_STEP) {
        shown = found.paths.length;
        this.#take(found);
      }
    }
    this.#take(found);
  }

  #take({ paths, lower, letters }: Found): void {
    [this.#paths, this.#lower, this.#letters] = [paths, lower, letters];
    this.#onChange();
  }
}

/** What a walk has found; it only grows. */
class Found {
  readonly paths: string[] = [];
  readonly lower: string[] = [];
  readonly letters: number[] = [];
  readonly #folders = new Set<string>();

  /** A file, behind the folders that it is the first of. */
  add(file: string): void {
    for (let slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
      const folder = file.slice(0, slash + 1);
      if (this.#folders.has(folder)) continue;
      this.#folders.add(folder);
      this.#push(folder);
    }
    this.#push(file);
  }

  #push(path: string): void {
    const lower = path.toLowerCase();
    this.paths.push(path);
    this.lower.push(lower);
    this.letters.push(lettersOf(lower));
  }
}

function lettersOf(lower: string): number {
  let letters = 0;
  for (let index = 0; index < lower.length; index++) {
    const code = lower.charCodeAt(index);
    letters |= code >= 97 && code <= 122 ? 1 << (code - 97) : code >= 48 && code <= 57 ? 1 << 26 : code > 127 ? 0 : code === 46 ? 1 << 27 : code === 47 ? 1 << 28 : code === 45 ? 1 << 29 : code === 95 ? 1 << 30 : 0;
  }
  return letters;
}
