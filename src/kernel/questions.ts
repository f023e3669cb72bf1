import type { Answer, Asker, Question } from './event.ts';
import { within } from './base/within.ts';

/** The questions of one session, asked one after the other, whoever asks. */
export class Questions {
  #last: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<() => void>();
  #open = 0;

  /** How many come after the one that is asked now. */
  get waiting(): number { return Math.max(0, this.#open - 1); }

  /** Calls back when `waiting` is another number. @returns ends that */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /**
   * @param announce called when its turn has come; gives the question as it is then
   * @throws the signal's reason when it fires first, also for a question that waits for its turn; what the asker throws
   */
  ask(asker: Asker, question: Question, signal: AbortSignal, announce?: () => Promise<Question>): Promise<Answer> {
    const asked = this.#last.then(async () => {
      signal.throwIfAborted();
      const announced = (await announce?.()) ?? question;
      return within(asker(announced, signal), { signal });
    });
    this.#last = asked.then(() => undefined, () => undefined);
    this.#count(1);
    return within(asked, { signal }).finally(() => this.#count(-1));
  }

  #count(change: 1 | -1): void {
    this.#open += change;
    for (const listener of this.#listeners) listener();
  }
}
