import type { ListedCommand } from '@pith/kernel';
import { Best, scoreMatch } from './fuzzy.ts';
import { findMentionPart, toMention } from './mention.ts';
import type { PathIndex } from './paths.ts';

/** One thing that can be taken. */
export interface Suggestion { shown: string; detail: string; /** What stands in the text then. */ text: string; /** A folder is gone on in. */ goesOn: boolean }

export interface Menu {
  kind: 'command' | 'path';
  /** What is replaced. */
  from: number;
  to: number;
  /** What of it was typed, up to the cursor. */
  query: string;
  items: readonly Suggestion[];
  index: number;
}

const COMMAND = /^\/[\p{L}\p{N}_:.-]*$/u;
const COMMAND_REST = /^[\p{L}\p{N}_:.-]*/u;
const SHOWN_MAX = 50;

/** The list that opens behind `/` and `@`. What it needs to know it finds out in the background: no key waits for it. */
export class Completer {
  readonly #paths: PathIndex;
  readonly #listCommands: () => Promise<readonly ListedCommand[]>;
  readonly #onChange: () => void;
  #menu: Menu | undefined;
  #commands: readonly ListedCommand[] = [];
  #isListing = false;
  /** Where a list was closed: there it stays closed. */
  #closedAt: number | undefined;
  #text = '';
  #cursor = 0;
  #search: AbortController | undefined;

  constructor({ paths, listCommands, onChange }: { paths: PathIndex; listCommands: () => Promise<readonly ListedCommand[]>; onChange: () => void }) {
    this.#paths = paths;
    this.#listCommands = listCommands;
    this.#onChange = onChange;
  }

  /** Nothing where there is nothing to choose. */
  get menu(): Menu | undefined { return this.#menu?.items.length === 0 ? undefined : this.#menu; }

  /** @param options.isAsked also where it was closed */
  update(text: string, cursor: number, { isAsked = false } = {}): void {
    [this.#text, this.#cursor] = [text, cursor];
    this.#search?.abort();
    const part = findPart(text, cursor);
    if (part === undefined || part.from !== this.#closedAt || isAsked) this.#closedAt = undefined;
    if (part === undefined || this.#closedAt !== undefined) return void (this.#menu = undefined);
    const opens = this.#menu?.kind !== part.kind || this.#menu.from !== part.from;
    const previous = opens ? [] : this.#menu!.items.filter(({ shown }) => scoreMatch(part.query.toLowerCase(), shown) !== undefined);
    this.#menu = { ...part, items: previous, index: 0 };
    if (part.kind === 'command') this.#fillCommands(opens);
    else this.#fillPaths(opens);
  }

  /** More paths are known. */
  pathsChanged(): void {
    if (this.#menu?.kind === 'path') this.#fillPaths(false);
  }

  choose(by: 1 | -1): void {
    const { menu } = this;
    if (menu !== undefined) this.#menu = { ...menu, index: (menu.index + by + menu.items.length) % menu.items.length };
  }

  close(): void {
    this.#closedAt = this.#menu?.from;
    this.#menu = undefined;
    this.#search?.abort();
  }

  /** Whether what is chosen is there as it stands, so that nothing would change. */
  get isComplete(): boolean {
    const { menu } = this;
    return menu !== undefined && this.#text.slice(menu.from, menu.to) === menu.items[menu.index]!.text;
  }

  /** What is to stand in the text, and where the cursor goes: behind it, but within the quotes of a folder. */
  take(): { from: number; to: number; text: string; cursor: number } | undefined {
    const { menu } = this;
    if (menu === undefined) return undefined;
    const { from, to } = menu;
    const { text, goesOn } = menu.items[menu.index]!;
    const isFollowed = /^\s/.test(this.#text.slice(to));
    const taken = goesOn || isFollowed ? text : `${text} `;
    if (!goesOn) this.#menu = undefined;
    return { from, to, text: taken, cursor: from + taken.length - (goesOn && text.endsWith('"') ? 1 : 0) + (isFollowed && !goesOn ? 1 : 0) };
  }

  #fillCommands(opens: boolean): void {
    if (opens && !this.#isListing) {
      this.#isListing = true;
      this.#listCommands().then((commands) => { this.#commands = commands; }, () => undefined).finally(() => {
        this.#isListing = false;
        if (this.#menu?.kind === 'command') this.update(this.#text, this.#cursor);
        this.#onChange();
      }).catch(() => undefined);
    }
    const { query } = this.#menu!;
    const best = new Best<Suggestion>(SHOWN_MAX);
    for (const { name, summary } of this.#commands) {
      const score = scoreMatch(query.toLowerCase(), name);
      if (score !== undefined) best.add({ shown: `/${name}`, detail: summary, text: `/${name}`, goesOn: false }, score);
    }
    this.#setItems(best.items);
  }

  #fillPaths(opens: boolean): void {
    if (opens) this.#paths.refresh();
    this.#search?.abort();
    const search = this.#search = new AbortController();
    this.#paths.search(this.#menu!.query, search.signal).then((paths) => {
      if (search.signal.aborted || this.#menu?.kind !== 'path') return;
      this.#setItems(paths.flatMap((path) => {
        const text = toMention(path);
        return text === undefined ? [] : [{ shown: path, detail: '', text, goesOn: path.endsWith('/') }];
      }));
      this.#onChange();
    }).catch(() => undefined); // Another search has begun.
  }

  /** What was chosen stays chosen. */
  #setItems(items: readonly Suggestion[]): void {
    const chosen = this.#menu!.index === 0 ? undefined : this.#menu!.items[this.#menu!.index]?.text;
    this.#menu = { ...this.#menu!, items, index: Math.max(0, items.findIndex(({ text }) => text === chosen)) };
  }
}

function findPart(text: string, cursor: number): Omit<Menu, 'items' | 'index'> | undefined {
  const until = text.slice(0, cursor);
  if (COMMAND.test(until)) return { kind: 'command', from: 0, to: cursor + COMMAND_REST.exec(text.slice(cursor))![0].length, query: until.slice(1) };
  // To a shell an @ is a letter.
  const mention = text.startsWith('!') ? undefined : findMentionPart(text, cursor);
  return mention === undefined ? undefined : { kind: 'path', ...mention };
}
