import type { SqlResult, TransactionMode } from '@pith/kernel';
import { Client, Pool, type PoolClient } from 'pg';
import { databaseError } from '../errors.ts';
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
/** For a statement that waits for nobody. What lies between may drop all without a word, and then nothing else would end it. */
const ANSWER_LIMIT_MS = 20_000;
/** A migration waits for others for a minute. */
const MIGRATE_LIMIT_MS = 90_000;
/** Older ones are looked after by nobody, and are not tried. */
const LEAST_VERSION = 12;

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
  readonly #answerMs: number;
  #isKnown = false;

  constructor(server: Server, readPassword: () => Promise<string | undefined>, { answerMs = ANSWER_LIMIT_MS, connectMs = CONNECT_LIMIT_MS } = {}) {
    const { host, port, database, user, isEncrypted } = server;
    this.place = toPlace(server);
    this.#answerMs = answerMs;
    const way = {
      host, port, database, ...(user === undefined ? {} : { user }), ssl: isEncrypted, application_name: 'pith', password: async () => await readPassword() ?? '',
      connectionTimeoutMillis: connectMs, types: { getTypeParser: (type: number) => postgresParser(type) as never },
    };
    this.#pool = new Pool({ ...way, max: CONNECTIONS_MAX, keepAlive: true, keepAliveInitialDelayMillis: ANSWER_LIMIT_MS, idleTimeoutMillis: IDLE_LIMIT_MS, allowExitOnIdle: true });
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
      await this.#checkVersion(client);
      await client.query(within(BEGIN[mode], mode === 'migrate' ? MIGRATE_LIMIT_MS : this.#answerMs));
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

  /** Asked once. @throws PithError DATABASE_OUTDATED */
  async #checkVersion(client: PoolClient): Promise<void> {
    if (this.#isKnown) return;
    const { rows: [row] } = await client.query<{ server_version_num: string }>(within('SHOW server_version_num', this.#answerMs));
    const version = Math.floor(Number(row!.server_version_num) / 10_000);
    if (version < LEAST_VERSION) throw databaseError('DATABASE_OUTDATED', `The PostgreSQL server at ${this.place} is of version ${version}, and pith needs ${LEAST_VERSION} or newer`, { hint: 'Bring it up to date, or name another one in plugins.database.url (or PITH_DATABASE_URL).' });
    this.#isKnown = true;
  }

  #openTransaction(client: PoolClient): Open {
    const { place } = this;
    const answerMs = this.#answerMs;
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
          const { command } = await turns.ask(() => client.query(within('COMMIT', answerMs)));
          if (command !== 'COMMIT') throw new Error('the server took the transaction back');
        } catch (error) {
          isLost = isAway(error);
          throw isLost ? unknownOutcome(error, place) : toPostgresError(error, place);
        } finally {
          end();
        }
      },
      rollback: async () => {
        // Without a connection the server takes back by itself what was not confirmed; also where it still works at a statement, or hears nothing any more.
        const late = setTimeout(() => (client as PoolClient & { connection: { stream: { destroy(): void } } }).connection.stream.destroy(), answerMs);
        await turns.ask(() => client.query('ROLLBACK')).catch(() => { isLost = true; });
        clearTimeout(late);
        end();
      },
    };
  }
}

/** Its library gives a question up after so long; its types do not know of that. */
function within(text: string, query_timeout: number): { text: string } {
  return { text, query_timeout } as { text: string };
}

/** What a connection says while a statement waits for it is said by the statement, too. */
function ignore(): void {}

function toWire(value: Bound): string | Uint8Array | null {
  return value === null || value instanceof Uint8Array ? value : String(value);
}
