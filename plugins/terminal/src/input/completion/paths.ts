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
  #paths: string[] = [];
  /** Which letters are in a path, as bits: most paths are passed over by one look. */
  #letters: Int32Array = new Int32Array(0);
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
      const path = this.#paths[index]!;
      const score = wanted === '' ? 0 : scoreMatch(wanted, path);
      if (score !== undefined) best.add(path, score);
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
    const paths: string[] = [];
    const folders = new Set<string>();
    const add = (path: string): void => void paths.push(path);
    // Of a first walk what is known so far can be searched already.
    const isFirst = this.#paths.length === 0;
    let shown = 0;
    for await (const { path } of new Walk(realpathSync(this.#cwd), { signal: this.#closing.signal, maxFiles: FILES_MAX, maxNames: NAMES_MAX, limitMs: WALK_LIMIT_MS })) {
      for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
        const folder = path.slice(0, slash + 1);
        if (folders.has(folder)) continue;
        folders.add(folder);
        add(folder);
      }
      add(path);
      if (isFirst && paths.length - shown > 5000) {
        shown = paths.length;
        this.#take(paths);
      }
    }
    this.#take(paths);
  }

  #take(paths: readonly string[]): void {
    const known = this.#paths;
    const isLonger = paths.length >= known.length && paths[known.length - 1] === known.at(-1) && this.#walkedMs === -Infinity;
    const letters = new Int32Array(paths.length);
    if (isLonger) letters.set(this.#letters.subarray(0, known.length));
    for (let index = isLonger ? known.length : 0; index < paths.length; index++) letters[index] = lettersOf(paths[index]!.toLowerCase());
    this.#paths = [...paths];
    this.#letters = letters;
    this.#onChange();
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
