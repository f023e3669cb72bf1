import { StringDecoder } from 'node:string_decoder';
import { escapeControl } from '@pith/kernel';

const SHOWN = 20;
const NAME_LENGTH = 200;
/** An entry that is longer is no name of a file. */
const ENTRY_LENGTH = 64 * 1024;

/**
 * Reads `git status --porcelain=v2 --branch -z` as it comes, so that fifty thousand changed files take no memory.
 * @see git-status(1), “Porcelain Format Version 2”
 */
export class Status {
  branch: string | undefined;
  upstream: string | undefined;
  ahead = 0;
  behind = 0;
  /** Files by what became of them. */
  readonly counts = { conflicts: 0, changed: 0, untracked: 0 };
  /** The first of them, as git’s short form has it. */
  readonly lines: string[] = [];
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  add(chunk: Buffer): void {
    const entries = (this.#rest + this.#decoder.write(chunk)).split('\0');
    this.#rest = entries.pop()!.slice(0, ENTRY_LENGTH);
    for (const entry of entries) this.#take(entry);
  }

  get total(): number {
    const { conflicts, changed, untracked } = this.counts;
    return conflicts + changed + untracked;
  }

  #take(entry: string): void {
    const [kind] = entry;
    if (kind === '#') this.#takeHead(entry);
    // XY sub modes … path
    else if (kind === '1') this.#takeFile('changed', entry, 8);
    else if (kind === 'u') this.#takeFile('conflicts', entry, 10);
    else if (kind === '?') this.#takeFile('untracked', entry, 1);
  }

  #takeHead(entry: string): void {
    const [, key, value = ''] = /^# branch\.(\w+) ([^]*)$/.exec(entry) ?? [];
    if (key === 'head' && value !== '(detached)') this.branch = value;
    else if (key === 'upstream') this.upstream = value;
    else if (key === 'ab') [, this.ahead = 0, this.behind = 0] = (/^\+(\d+) -(\d+)$/.exec(value) ?? []).map(Number);
  }

  #takeFile(kind: keyof Status['counts'], entry: string, fields: number): void {
    this.counts[kind]++;
    if (this.lines.length >= SHOWN) return;
    let at = 0;
    for (let field = 0; field < fields; field++) at = entry.indexOf(' ', at) + 1;
    const state = kind === 'untracked' ? '??' : entry.slice(2, 4).replaceAll('.', ' ');
    this.lines.push(`${state} ${toLine(entry.slice(at))}`);
  }
}

/** A name or a subject may be anybody’s words: one line, and nothing hidden in it. */
export function toLine(text: string): string {
  const line = escapeControl(text);
  return line.length > NAME_LENGTH ? `${line.slice(0, NAME_LENGTH)}…` : line;
}
