import type { DatabaseStatus, SqlResult, SqlValue, TransactionMode } from '@pith/kernel';
import type { Bound } from './values.ts';

export type Row = Record<string, SqlValue>;

/** One of the databases that can lie below, as far as they differ. */
export interface Engine {
  readonly name: DatabaseStatus['engine'];
  /** The file, or the server without its password. */
  readonly place: string;
  /** Whether there is anything; nothing is made by asking. */
  exists(): boolean;
  /** How value `index`, from 0, is written in a statement. */
  placeholder(index: number): string;
  /** Waits for its turn. `migrate` keeps every other one out that changes anything, and waits longer. */
  begin(mode: TransactionMode | 'migrate', signal?: AbortSignal): Promise<Open>;
  /** Whether `work` may succeed where it is asked again. */
  isPassing(error: unknown): boolean;
  /** Everything that is there of tables, views, indexes and triggers. */
  readSchema(open: Open): Promise<SchemaObject[]>;
  /** The texts that take tables and views away, whatever refers to whatever. */
  toDrops(objects: readonly SchemaObject[]): string[];
  sizeBytes(): Promise<number | null>;
  /** Keeps a copy of what was there before the transaction at hand, where the engine is one that pith keeps copies of. */
  backUp?(label: string): Promise<void>;
  /** Looks through everything, where pith can. @throws PithError DATABASE_DAMAGED */
  check?(): Promise<void>;
  /** Gives back the room of what was deleted. @param tables of plugins, and the service's own. @throws PithError DATABASE_BUSY, DATABASE_FULL */
  compact(tables: readonly string[]): Promise<void>;
  /** The statements that tell others of something once their transaction is confirmed. */
  toNote(channel: string, text: string): readonly { text: string; values: readonly Bound[] }[];
  /** Hears every note from now on; nothing for one where some may have been missed. */
  listen(heard: (note: Note | undefined) => void): Promise<Listening>;
  /** Waits until nobody else has the name. @throws PithError DATABASE_BUSY, the signal's reason */
  lock(name: string, options: { waitMs: number; signal?: AbortSignal | undefined }): Promise<Lock>;
  close(): Promise<void>;
}

export interface Note { channel: string; text: string }

export interface Listening {
  /** This process itself has just noted something. */
  look(): void;
  stop(): Promise<void>;
}

export interface Lock {
  /** Fires where it was lost before it was given back. */
  lost: AbortSignal;
  release(): Promise<void>;
}

/** A transaction that has begun. `commit` and `rollback` end it; what does not commit is rolled back. */
export interface Open {
  /** @throws PithError */
  run(text: string, values: readonly Bound[]): SqlResult<Row> | Promise<SqlResult<Row>>;
  /** @throws PithError; then nothing was kept */
  commit(): Promise<void>;
  /** Never throws. */
  rollback(): Promise<void>;
}

export interface SchemaObject {
  kind: 'table' | 'view' | 'index' | 'trigger';
  name: string;
  /** The table that an index or a trigger is of; otherwise the name itself. */
  table: string;
  /** Differs where the object was changed. */
  definition: string;
  /** Tables that a foreign key points to. */
  refersTo: readonly string[];
}
