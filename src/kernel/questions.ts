import type { Answer, Asker, Question } from './event.ts';
import { within } from './within.ts';

/** The questions of one session, asked one after the other, whoever asks. */
export class Questions {
  #last: Promise<unknown> = Promise.resolve();

  /** @throws the signal's reason when it fires first, also for a question that waits for its turn; what the asker throws */
  ask(asker: Asker, question: Question, signal: AbortSignal, announce?: () => Promise<void> | undefined): Promise<Answer> {
    const asked = this.#last.then(async () => {
      signal.throwIfAborted();
      await announce?.();
      return within(asker(question, signal), { signal });
    });
    this.#last = asked.then(() => undefined, () => undefined);
    return within(asked, { signal });
  }
}
