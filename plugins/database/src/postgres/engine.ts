import type { SqlResult, TransactionMode } from '@pith/kernel';
import { Client, Pool, type PoolClient } from 'pg';
import type { Engine, Listening, Lock, Note, Open, Row, SchemaObject } from '../engine.ts';
import { type Bound, postgresParser } from '../values.ts';
import { isAway, isPassing, toPostgresError, unknownOutcome } from './errors.ts';
import { InTurn } from './in-turn.ts';
import { SCHEMA } from './schema.ts';
import { type Server, toPlace } from './server.ts';
import { SideConnection, toNote } from './side-connection.ts';

const CONNECTIONS_MAX = 4;
const CONNECT_LIMIT_MS = 5000;
const IDLE_LIMIT_MS = 10_000;

/** How each mode begins. Whoever changes something sees to it that nobody who came between is overlooked, or begins anew. */
const BEGIN: Readonly<Record<TransactionMode | 'migrate', string>> = {
  read: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  write: "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '5s'; SET LOCAL synchronous_commit = off",
  durable: "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '5s'; SET LOCAL synchronous_commit = on",
  // Each statement sees what was confirmed before it: also what the one confirmed that was waited for. The number is that of nobody else.
  migrate: "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '60s'; SELECT pg_advisory_xact_lock(7349468)",
};

/** A PostgreSQL server, for several machines with one pool, one ledger, one queue. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly place: string;
  readonly #pool: Pool;
  readonly #side: SideConnection;

  constructor(server: Server, readPassword: () => Promise<string | undefined>) {
    const { host, port, database, user, isEncrypted } = server;
    this.place = toPlace(server);
    const way = {
      host, port, database, ...(user === undefined ? {} : { user }), ssl: isEncrypted, application_name: 'pith', password: async () => await readPassword() ?? '',
      connectionTimeoutMillis: CONNECT_LIMIT_MS, types: { getTypeParser: (type: number) => postgresParser(type) as never },
    };
    this.#pool = new Pool({ ...way, max: CONNECTIONS_MAX, idleTimeoutMillis: IDLE_LIMIT_MS, allowExitOnIdle: true });
    this.#side = new SideConnection(() => new Client({ ...way, keepAlive: true }), this.place);
    // An idle connection that is lost is no failure of anybody: the next one who needs it gets another.
    this.#pool.on('error', () => undefined);
  }

  exists(): boolean { return true; }

  placeholder(index: number): string { return `$${index + 1}`; }

  isPassing(error: unknown): boolean { return isPassing(error); }

  async begin(mode: TransactionMode | 'migrate', signal?: AbortSignal): Promise<Open> {
    signal?.throwIfAborted();
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      client.on('error', ignore);
      await client.query(BEGIN[mode]);
      return this.#openTransaction(client);
    } catch (error) {
      client?.release(true);
      throw toPostgresError(error, this.place);
    }
  }

  async readSchema(open: Open): Promise<SchemaObject[]> {
    const { rows } = await open.run(SCHEMA, []);
    return rows.map(({ kind, name, of, definition, refers }) => ({
      kind: kind as SchemaObject['kind'], name: name as string, table: of as string, definition: definition as string,
      refersTo: refers === '' ? [] : (refers as string).split(','),
    }));
  }

  toDrops(objects: readonly SchemaObject[]): string[] {
    const list = (kind: SchemaObject['kind']): string => objects.filter((object) => object.kind === kind).map(({ name }) => `"${name}"`).join(', ');
    return [['VIEW', list('view')], ['TABLE', list('table')]].filter(([, names]) => names !== '').map(([what, names]) => `DROP ${what} ${names}`);
  }

  async sizeBytes(): Promise<number | null> {
    const open = await this.begin('read');
    try {
      const { rows } = await open.run('SELECT pg_database_size(current_database()) AS size', []);
      return Number(rows[0]!['size']);
    } finally {
      await open.rollback();
    }
  }

  /** Beside everybody else, who reads and writes on; a table that somebody changes the form of is waited for. */
  async compact(tables: readonly string[]): Promise<void> {
    let client: PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      client.on('error', ignore);
      await client.query("SET lock_timeout = '5s'");
      await client.query(`VACUUM (ANALYZE) ${tables.map((name) => `"${name}"`).join(', ')}`);
    } catch (error) {
      throw toPostgresError(error, this.place);
    } finally {
      client?.release(true); // It has a setting of its own.
    }
  }

  toNote(channel: string, text: string): ReturnType<Engine['toNote']> { return toNote(channel, text); }

  listen(heard: (note: Note | undefined) => void): Promise<Listening> { return this.#side.listen(heard); }

  lock(name: string, options: { waitMs: number; signal?: AbortSignal | undefined }): Promise<Lock> { return this.#side.lock(name, options); }

  async close(): Promise<void> {
    await this.#side.close();
    await this.#pool.end();
  }

  #openTransaction(client: PoolClient): Open {
    const { place } = this;
    const turns = new InTurn();
    let isLost = false;
    const end = (): void => {
      client.off('error', ignore);
      client.release(isLost);
    };
    return {
      run: async (text: string, values: readonly Bound[]): Promise<SqlResult<Row>> => {
        try {
          // Extended: a text holds one statement, also where it has no values.
          const query = { text, values: values.map(toWire), queryMode: 'extended' };
          const { rows, rowCount, command } = await turns.ask(() => client.query<Row>(query));
          return { rows, changes: command === 'SELECT' ? 0 : rowCount ?? 0 };
        } catch (error) {
          isLost ||= isAway(error);
          throw toPostgresError(error, place);
        }
      },
      commit: async () => {
        try {
          const { command } = await turns.ask(() => client.query('COMMIT'));
          if (command !== 'COMMIT') throw new Error('the server took the transaction back');
        } catch (error) {
          isLost = isAway(error);
          throw isLost ? unknownOutcome(error, place) : toPostgresError(error, place);
        } finally {
          end();
        }
      },
      rollback: async () => {
        // Without a connection the server takes back by itself what was not confirmed.
        await turns.ask(() => client.query('ROLLBACK')).catch(() => { isLost = true; });
        end();
      },
    };
  }
}

/** What a connection says while a statement waits for it is said by the statement, too. */
function ignore(): void {}

function toWire(value: Bound): string | Uint8Array | null {
  return value === null || value instanceof Uint8Array ? value : String(value);
}
