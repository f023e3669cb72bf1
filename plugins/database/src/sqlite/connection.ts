import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlResult, SqlValue } from '@pith/kernel';
import type { Row } from '../engine.ts';
import { databaseError } from '../errors.ts';
import { type Bound, toRow } from '../values.ts';

const STATEMENTS_MAX = 200;

interface Prepared { statement: StatementSync; hasRows: boolean; changesRows: boolean }

/** A connection that keeps the statements it has prepared, up to a limit. */
export class Connection {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  run(text: string, values: readonly Bound[]): SqlResult<Row> {
    const { statement, hasRows, changesRows } = this.#prepare(text);
    if (!hasRows) {
      const { changes } = statement.run(...values);
      return { rows: [], changes: changesRows ? Number(changes) : 0 };
    }
    const rows = (statement.all(...values) as Record<string, SqlValue>[]).map(toRow);
    // A statement that changes rows hands out each of them, where it hands out any.
    return { rows, changes: changesRows ? rows.length : 0 };
  }

  close(): void {
    this.#prepared.clear();
    this.database.close();
  }

  #prepare(text: string): Prepared {
    let prepared = this.#prepared.get(text);
    if (prepared === undefined) {
      if (this.#prepared.size >= STATEMENTS_MAX) this.#prepared.delete(this.#prepared.keys().next().value!);
      prepared = this.#make(text);
      this.#prepared.set(text, prepared);
    }
    return prepared;
  }

  #make(text: string): Prepared {
    const statement = this.database.prepare(text);
    statement.setReadBigInts(true);
    // SQLite reads up to the first semicolon, and would pass over the rest without a word.
    if (!/^[\s;]*$/.test(text.slice(text.indexOf(statement.sourceSQL) + statement.sourceSQL.length))) {
      throw databaseError('DATABASE_QUERY_FAILED', 'There is more than one statement in a text', { hint: 'Run each of them by itself.' });
    }
    const hasRows = statement.columns().length > 0;
    // SQLite counts those of the statement before where one changes tables, and no rows.
    return { statement, hasRows, changesRows: hasRows ? /\breturning\b/i.test(text) : !/^\s*(create|drop|alter)\b/i.test(text) };
  }
}
