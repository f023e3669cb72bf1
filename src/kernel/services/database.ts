/** What a column holds and a statement is given, the same on every engine. Times are milliseconds since 1970. */
export type SqlValue = null | string | number | bigint | Uint8Array;

export interface SqlResult<Row> {
  /** A whole number is a `number` where that is exact, and a `bigint` beyond: `BigInt(value)` takes both. What is true or false is 1 or 0. */
  rows: readonly Row[];
  /** How many rows were inserted, changed or deleted. */
  changes: number;
}

/** The statements of one transaction. A statement that fails takes the whole transaction with it, also where its error is caught. */
export interface Queries {
  readonly engine: DatabaseStatus['engine'];
  /**
   * Runs one statement. What stands in `${…}` is a value, and never becomes a part of the text; `true` and `false` are 1 and 0.
   * @throws PithError DATABASE_CONFLICT where a row of that key is there, DATABASE_CONSTRAINT, DATABASE_VALUE_INVALID, DATABASE_QUERY_FAILED
   */
  sql<Row = Record<string, SqlValue>>(text: TemplateStringsArray, ...values: readonly (SqlValue | boolean)[]): Promise<SqlResult<Row>>;
  /**
   * Tells all who `listen`, in all processes, once the transaction is confirmed, and only then.
   * @param text at most 1000 characters: where to look rather than what is there
   * @throws PithError DATABASE_VALUE_INVALID
   */
  notify(channel: string, text: string): Promise<void>;
}

/**
 * `read` sees one state and changes nothing. What `write` has confirmed outlives the process, and a loss of power may undo the
 * last of it; for money and accounts, what `durable` has confirmed outlives that, too. Changes come one after the other, in all processes.
 */
export type TransactionMode = 'read' | 'write' | 'durable';

/** One step from the tables of one version to those of the next. Once released it is never changed, moved or taken away. */
export interface Migration { name: string; up(queries: Queries): Promise<void> }

export interface DatabaseStatus {
  engine: 'sqlite' | 'postgres';
  /** The file, or the server without its password. */
  place: string;
  /** Nothing while there is none yet. */
  sizeBytes: number | null;
  /** What plugins own in it: migrations in the order they ran, and tables. */
  owners: readonly { owner: string; migrations: readonly string[]; tables: readonly string[] }[];
}

/** Rows that many processes share. Every method opens it where it is not open yet. @throws PithError DATABASE_DAMAGED, DATABASE_UNWRITABLE, DATABASE_BUSY */
export interface Database {
  /** Known without opening it: rows in a file are this machine's alone, those of a server are not. */
  readonly engine: DatabaseStatus['engine'];
  /**
   * Brings the tables of a plugin to what its code needs; whoever uses tables calls it first, and it costs one look where all has run.
   * Each migration is one transaction, and runs once however many processes start. Names of tables, views and indexes begin with that of the
   * plugin, `-` as `_`: `command_hooks_runs`. Nothing of another owner may be changed or referred to.
   * @returns the migrations that ran now
   * @throws PithError DATABASE_MIGRATION_INVALID, DATABASE_MIGRATION_FAILED and then all is as before it, DATABASE_NEWER where a newer version of the plugin was here
   */
  migrate(owner: string, migrations: readonly Migration[]): Promise<readonly string[]>;
  /**
   * Whole or not at all. `work` may be asked again where another process came between, so it reaches nothing but `queries`; it has 30 s.
   * @throws PithError DATABASE_NESTED within another transaction, DATABASE_TIMEOUT, the signal's reason, whatever `work` throws
   */
  transaction<T>(mode: TransactionMode, work: (queries: Queries) => Promise<T>, options?: { signal?: AbortSignal }): Promise<T>;
  /**
   * Hears what is notified from now on, in this process and all others: in a file at most a quarter of a second late. Nothing is heard twice.
   * @param heard is given an empty text where something may have been missed: look at everything then
   * @returns how to stop
   */
  listen(channel: string, heard: (text: string) => void): Promise<() => Promise<void>>;
  /**
   * Works while no other process with this database does something under the same name. Who dies gives it free.
   * @param work `held` fires where the server was lost, and with it the right to go on
   * @param options `waitMs`: default 30 000
   * @throws PithError DATABASE_BUSY after `waitMs`, the signal's reason, whatever `work` throws
   */
  exclusive<T>(name: string, work: (held: AbortSignal) => Promise<T>, options?: { waitMs?: number; signal?: AbortSignal }): Promise<T>;
  /**
   * Gives back the room of what was deleted. Whoever changes something waits meanwhile, where it is a file; nothing is made where there is none.
   * @returns how large it was and is
   * @throws PithError DATABASE_BUSY where somebody else changes something all the while, DATABASE_FULL where there is no room to do it in
   */
  compact(): Promise<{ beforeBytes: number; afterBytes: number }>;
  /** Takes away everything that a plugin owns. Nothing is made where there is no database. @returns the tables that are gone */
  drop(owner: string): Promise<readonly string[]>;
  status(): Promise<DatabaseStatus>;
}
