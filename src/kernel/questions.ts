import type { Answer, Asker, Question } from './event.ts';
import { within } from './base/within.ts';

/** The questions of one session, asked one after the other, whoever asks. */
export class Questions {
  #last: Promise<unknown> = Promise.resolve();

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
    return within(asked, { signal });
  }
}
