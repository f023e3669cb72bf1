import type { Books, RequestRow } from '../books/row.ts';

/** A request that has something to do when the turn of the event loop is over. */
export interface Waiting {
  /** What goes on the books then, where it has come to its end. */
  takeRow(): RequestRow | undefined;
  /** @param failure its row could not be written */
  endTurn(failure: unknown): void;
}

/** The end of a turn of the event loop: the rows of all that have ended in it go to the disk in one write, and then what has waited for that to the clients. */
export class Turn {
  readonly #books: Books;
  #waiting: Waiting[] = [];

  constructor(books: Books) {
    this.#books = books;
  }

  add(waiting: Waiting): void {
    if (this.#waiting.push(waiting) === 1) setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    const rows: RequestRow[] = [];
    for (const each of waiting) {
      const row = each.takeRow();
      if (row !== undefined) rows.push(row);
    }
    let failure: unknown;
    try {
      if (rows.length > 0) this.#books.write(...rows);
    } catch (error) {
      failure = error;
    }
    for (const each of waiting) each.endTurn(failure);
  };
}
