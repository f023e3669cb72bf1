import type { Queries, SqlResult, SqlValue } from '@pith/kernel';
import type { Kysely } from 'kysely';
import type { Engine, Open, Row } from './engine.ts';
import { databaseError } from './errors.ts';
import type { Texts } from './statement.ts';
import { type Bound, toBound } from './values.ts';

const NOTE_MAX = 1000;

declare module '@pith/kernel' {
  interface Queries {
    /** A query builder for these tables, on the same transaction. It is loaded when it is first asked for. */
    builder<Tables>(): Promise<Kysely<Tables>>;
  }
}

/** What `work` gets; of no use once its transaction has ended. */
export class TransactionQueries implements Queries {
  /** The first statement that failed. The others went on, and may not be kept without it. */
  failure: unknown;
  readonly engine: Queries['engine'];
  readonly #open: Open;
  readonly #texts: Texts;
  readonly #engine: Pick<Engine, 'name' | 'toNote'>;
  /** Others are to be told once it is confirmed. */
  hasNotes = false;
  #builder: Promise<unknown> | undefined;
  #hasEnded = false;

  constructor(open: Open, { engine, texts }: { engine: Pick<Engine, 'name' | 'toNote'>; texts: Texts }) {
    this.#open = open;
    this.engine = engine.name;
    this.#texts = texts;
    this.#engine = engine;
  }

  get hasEnded(): boolean { return this.#hasEnded; }

  // Taken out of the object it works as well: const { sql } = queries.
  readonly sql = <R = Record<string, SqlValue>>(template: TemplateStringsArray, ...values: readonly (SqlValue | boolean)[]): Promise<SqlResult<R>> => (
    this.run(template, values) as Promise<SqlResult<R>>
  );

  readonly builder = <Tables>(): Promise<Kysely<Tables>> => {
    this.#builder ??= import('./builder.ts').then(({ createBuilder }) => createBuilder(this));
    return this.#builder as Promise<Kysely<Tables>>;
  };

  readonly notify = async (channel: string, text: string): Promise<void> => {
    if (text === '' || text.length > NOTE_MAX) throw databaseError('DATABASE_VALUE_INVALID', `A note of ${text.length} characters was to be told; allowed are 1 to ${NOTE_MAX}`, { hint: 'Say where to look, and keep the rest in a table.' });
    for (const statement of this.#engine.toNote(channel, text)) await this.run(statement.text, statement.values);
    this.hasNotes = true;
  };

  /** @throws PithError DATABASE_ENDED, and what a statement throws */
  async run(text: string | TemplateStringsArray, values: readonly unknown[]): Promise<SqlResult<Row>> {
    if (this.#hasEnded) throw databaseError('DATABASE_ENDED', 'A statement came after its transaction had ended, and was not run', { hint: 'Wait for every statement within the function that the transaction was given.' });
    try {
      const result = this.#open.run(typeof text === 'string' ? text : this.#texts.of(text), toBounds(values));
      // SQLite has answered already; to wait for it would cost as much as many a statement.
      return result instanceof Promise ? await result : result;
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  end(): void {
    this.#hasEnded = true;
  }
}

function toBounds(values: readonly unknown[]): Bound[] {
  const bounds: Bound[] = [];
  for (const value of values) bounds.push(toBound(value));
  return bounds;
}
