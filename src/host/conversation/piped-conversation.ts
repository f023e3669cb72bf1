import type { Readable } from 'node:stream';
import { isPithError, PithError, type Session, type TurnOptions, type TurnResult } from '@pith/kernel';
import { type InputLine, lineError, parseLine } from './input-line.ts';
import type { Parent } from './parent.ts';
import { LINE_BYTES_MAX, type ReadLine, readLines } from './read-lines.ts';

/** Lines that may wait for their turn, and how long they may be together. Beyond that no further line is read until one has begun, an interrupt neither. */
export const WAITING_MAX = 256;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

export interface ConversationOptions {
  session: Session;
  turn: TurnOptions & { signal: AbortSignal };
  stdin: Readable;
  /** Who is asked; nothing where the parent does not say that it answers. */
  parent: Parent | undefined;
  /** Tells of a line that nothing is done for. @returns a promise where the reader is behind */
  refuse: (error: PithError, line: number) => Promise<void> | undefined;
}

type UserLine = Extract<InputLine, { type: 'user' }>;
/** A line that waits for its turn. `at` counts them from 1. */
type Waiting = { at: number; number: number; sizeBytes: number; abort: AbortController } & (UserLine | Extract<InputLine, { type: 'set-model' }>);

/** A conversation with a parent program: what it writes, line by line, and the turns that come of it, one after the other. */
export class PipedConversation {
  /** Whether a line was refused. An answer that came too late does not count: no parent can help it. */
  hasRefused = false;
  readonly #options: ConversationOptions;
  readonly #waiting: Waiting[] = [];
  #current: Waiting | undefined;
  #sent = 0;
  /** How many lines had been sent as somebody last interrupted. */
  #sentAtInterrupt = 0;
  #isOver = false;
  #failure: { error: unknown } | undefined;
  /** Wakes whoever waits for a line, or for room for one. */
  #changed = Promise.withResolvers<void>();

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** @throws what ends the process while no turn is at work; INPUT_UNREADABLE; what `runTurn` throws */
  async *turns(): AsyncGenerator<TurnResult> {
    const { session, stdin, parent, turn: { signal, ...limits } } = this.#options;
    const { sink } = session;
    session.sink = (event) => {
      // From here on the turn cannot be stopped any more: who reads of its end may send the next line.
      if (event.type === 'turn-end') this.#current = undefined;
      if (event.type === 'permission-asked') parent?.announce(event.question);
      return sink?.(event);
    };
    const stop = (): void => {
      this.#current?.abort.abort(signal.reason);
      this.#wake();
    };
    signal.addEventListener('abort', stop);
    void this.#read();
    try {
      for (let next = await this.#next(signal); next !== undefined; next = await this.#next(signal)) {
        if (next.type === 'set-model') {
          await this.#try(next.number, () => void session.useModel(next));
          continue;
        }
        this.#current = next;
        const { text, attachments, verbatim, abort } = next;
        yield await session.runTurn({ text, origin: 'parent', ...(attachments === undefined ? {} : { attachments }), ...(verbatim === undefined ? {} : { verbatim }) }, { ...limits, signal: abort.signal });
        if (signal.aborted) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      session.sink = sink;
      this.#isOver = true;
      this.#wake();
      stdin.destroy(); // Whoever waits for a line there waits no longer.
    }
  }

  /** The next line that waits, in order; nothing once the parent has closed its end. */
  async #next(signal: AbortSignal): Promise<Waiting | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#wake();
        return next;
      }
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isOver) return undefined;
      await this.#changed.promise;
    }
  }

  /** Takes every line as it comes, also while a turn is at work. */
  async #read(): Promise<void> {
    const { stdin, parent } = this.#options;
    try {
      for await (const line of readLines(stdin)) {
        if (this.#isOver) return;
        await this.#try(line.number, () => this.#take(line));
        while (this.#isFull() && !this.#isOver) await this.#changed.promise;
      }
    } catch (error) {
      if (!this.#isOver) this.#failure = { error };
    }
    parent?.leave('the parent program has closed standard input');
    this.#isOver = true;
    this.#wake();
  }

  #isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX || this.#waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > WAITING_BYTES_MAX;
  }

  async #try(number: number, work: () => void): Promise<void> {
    try {
      work();
    } catch (error) {
      if (!isPithError(error)) throw error;
      if (error.code !== 'ANSWER_UNASKED') this.hasRefused = true;
      await this.#options.refuse(named(error, number), number);
    }
  }

  /** @throws PithError where nothing can be done for the line */
  #take({ number, bytes }: ReadLine): void {
    if (bytes === undefined) throw lineError(number, `is longer than ${LINE_BYTES_MAX / 1024 / 1024} MiB`, 'INPUT_TOO_LARGE');
    if (bytes.every(isSpace)) return;
    const line = parseLine(bytes, number);
    const { session, parent } = this.#options;
    switch (line.type) {
      case 'interrupt': return this.#interrupt();
      case 'set-mode': return session.setMode(line.mode);
      case 'answer':
        if (parent === undefined) throw new PithError('Nobody asks this program anything', { code: 'ANSWER_UNASKED', hint: 'Start pith with --ask-parent to be asked.' });
        return parent.answer(line);
      default:
        this.#waiting.push({ ...line, number, at: ++this.#sent, sizeBytes: bytes.length, abort: new AbortController() });
        this.#wake();
    }
  }

  /**
   * Stops the turn at work, or the one that is about to begin. While that one comes to its end, a further interrupt is about a line
   * that was sent since, never about one that waited before.
   */
  #interrupt(): void {
    const open = [...this.#current === undefined ? [] : [this.#current], ...this.#waiting.filter(({ type }) => type === 'user')];
    const isStopped = open[0]?.abort.signal.aborted === true;
    const stopped = isStopped ? open.find(({ at, abort }) => at > this.#sentAtInterrupt && !abort.signal.aborted) : open[0];
    this.#sentAtInterrupt = this.#sent;
    stopped?.abort.abort(new PithError('The turn was interrupted by the parent program', { code: 'INTERRUPTED' }));
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** What others say of it names no line. */
function named(error: PithError, number: number): PithError {
  const { code, message, hint, details } = error;
  return details?.['line'] === number ? error : new PithError(`Line ${number} of the input: ${message}`, { code, ...(hint === undefined ? {} : { hint }) });
}

const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === 13;
