import { join } from 'node:path';
import { type Session, toMessage } from '@pith/kernel';
import { beginWalk, orderHistory, searchHistory, walk, type Walkthrough } from './history.ts';
import { HistoryFile } from './history-file.ts';

/** What was sent before, in this chat and in earlier ones, and where one is in it. */
export class Remembered {
  /** Settles when what earlier chats kept is known. */
  readonly ready: Promise<void>;
  readonly #file: HistoryFile;
  readonly #cwd: string;
  readonly #say: (text: string) => void;
  /** The newest first. */
  #texts: string[] = [];
  #walk: { walkthrough: Walkthrough; text: string } | undefined;
  #search: { draft: string; index: number } | undefined;
  #isTold = false;

  /** @param say hears once that something cannot be kept, or read */
  constructor(session: Session, say: (text: string) => void) {
    const { kernel, cwd } = session;
    this.#cwd = cwd;
    this.#say = say;
    this.#file = new HistoryFile(join(kernel.paths.data, 'terminal'), { redact: (text) => kernel.secrets.redact(text) });
    this.ready = this.#file.read().then((entries) => {
      this.#texts = [...new Set([...this.#texts, ...orderHistory(entries, cwd)])];
    }).catch((error: unknown) => this.#tell(error));
  }

  /** @param text as it stands here, with what is attached; `kept` is what the file may know */
  add(text: string, kept: string): void {
    this.#walk = undefined;
    if (text.trim() === '') return;
    const isNew = this.#texts[0] !== text;
    this.#texts = [text, ...this.#texts.filter((each) => each !== text && each !== kept)];
    if (!isNew) return;
    try {
      this.#file.append({ text: kept, cwd: this.#cwd, atMs: Date.now() });
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Whether what stands in the input is what one has just come to: then the next step goes on from there. */
  isAt(text: string, cursor: number): boolean {
    return this.#walk !== undefined && this.#walk.text === text && cursor === text.length && this.#walk.walkthrough.index >= 0;
  }

  /** @param by −1 is earlier. @returns the text that comes next; nothing where there is none */
  walk(by: 1 | -1, text: string): string | undefined {
    const from = this.#walk?.text === text ? this.#walk.walkthrough : beginWalk(this.#texts, text);
    const next = walk(from, by === -1 ? 1 : -1);
    if (next === undefined) return undefined;
    this.#walk = next;
    return next.text;
  }

  /** @param text what stands in the input when a search begins. @returns what was found */
  search(query: string, text: string): string | undefined {
    this.#search ??= { draft: text, index: -1 };
    return this.#find(query, { from: 0, by: 1 }) ?? (query === '' ? this.#search.draft : undefined);
  }

  /** The next one that holds it. @param by 1 is earlier */
  searchOn(query: string, by: 1 | -1): string | undefined {
    return this.#find(query, { from: (this.#search?.index ?? -1) + by, by });
  }

  /** @returns what stood there before the search */
  endSearch(): string {
    const draft = this.#search?.draft ?? '';
    this.#search = undefined;
    return draft;
  }

  #find(query: string, at: { from: number; by: 1 | -1 }): string | undefined {
    const { index } = searchHistory(this.#texts, query, at);
    if (index < 0) return undefined;
    this.#search = { draft: this.#search?.draft ?? '', index };
    return this.#texts[index];
  }

  #tell(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#say(toMessage(error));
  }
}
