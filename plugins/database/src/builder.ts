import {
  type CompiledQuery, type DatabaseConnection, type Dialect, type Driver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler,
} from 'kysely';
import { databaseError } from './errors.ts';
import type { TransactionQueries } from './queries.ts';
import { checkText } from './statement.ts';

/** The query builder, over a transaction that has begun. */
export function createBuilder(queries: TransactionQueries): Kysely<unknown> {
  const createDriver = (): Driver => new TransactionDriver(queries);
  const dialect: Dialect = queries.engine === 'sqlite'
    ? { createDriver, createAdapter: () => new SqliteAdapter(), createQueryCompiler: () => new SqliteQueryCompiler(), createIntrospector: (db) => new SqliteIntrospector(db) }
    : { createDriver, createAdapter: () => new PostgresAdapter(), createQueryCompiler: () => new PostgresQueryCompiler(), createIntrospector: (db) => new PostgresIntrospector(db) };
  return new Kysely({ dialect });
}

/** Hands every statement to the transaction, which it neither begins nor ends. */
class TransactionDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(queries: TransactionQueries) {
    this.#connection = {
      executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
        const { rows, changes } = await queries.run(checkText(sql), parameters);
        return { rows: rows as R[], numAffectedRows: BigInt(changes) };
      },
      streamQuery: () => { throw databaseError('DATABASE_QUERY_FAILED', 'Rows are not streamed', { hint: 'Ask for them in parts, with a limit and the last key.' }); },
    };
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> { return this.#connection; }
  async releaseConnection(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}

  async beginTransaction(): Promise<void> {
    throw databaseError('DATABASE_NESTED', 'A query builder was asked for a transaction, and is within one already', { hint: 'Leave it out: all that a builder does is one transaction.' });
  }
}
