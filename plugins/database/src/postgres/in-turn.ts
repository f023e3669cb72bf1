/** One question after the other: a connection answers in this order anyway, and its library warns whoever asks several at a time. */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  ask<T>(question: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(question, question);
    this.#last = answer.catch(() => undefined); // Whoever asked is told.
    return answer;
  }
}
