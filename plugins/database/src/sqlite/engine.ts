import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TransactionMode } from '@pith/kernel';
import type { Engine, Listening, Lock, Note, Open, SchemaObject } from '../engine.ts';
import { Line } from '../line.ts';
import { backUp } from './back-up.ts';
import { compactFile } from './compact.ts';
import type { Connection } from './connection.ts';
import { damaged, moved, toSqliteError } from './errors.ts';
import { lockFile } from './file-lock.ts';
import { listen, toNote } from './note-table.ts';
import { openFile, untilFree } from './open-file.ts';
import { makePrivateFile } from './private-file.ts';

/** A migration of another process, with a copy of a large file before it, may take this long. */
const MIGRATION_WAIT_MS = 60_000;
/** How long others are given time after one of them was in the way. */
const OTHERS_MS = 1000;

/** One of the two connections of a process: the one that changes things, and the one that reads beside it. */
interface Lane { line: Line; connection?: Promise<Connection> }

/** SQLite in a file. */
export class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly place: string;
  readonly #writing: Lane = { line: new Line() };
  readonly #reading: Lane = { line: new Line() };
  readonly #backups: { folder: string; most: number };
  readonly #waitMs: number;
  #isDurable: boolean | undefined;
  /** Until when other processes are taken to want to change something, too. */
  #othersUntilMs = 0;
  #endedMs = 0;
  #inode: number | undefined;

  /** @param options `waitMs`: for another process that changes something */
  constructor(file: string, { backups, waitMs = 5000 }: { backups: { folder: string; most: number }; waitMs?: number }) {
    this.place = file;
    this.#backups = backups;
    this.#waitMs = waitMs;
  }

  exists(): boolean { return existsSync(this.place); }

  placeholder(): string { return '?'; }

  /** A change waits before it begins, and then nobody comes between. */
  isPassing(): boolean { return false; }

  async begin(mode: TransactionMode | 'migrate', signal?: AbortSignal): Promise<Open> {
    const isReading = mode === 'read';
    const lane = isReading ? this.#reading : this.#writing;
    const leave = await lane.line.enter(signal);
    try {
      // The connection that writes makes the file, and mends what a crash has left.
      const writing = await (this.#writing.connection ??= this.#open(this.#writing, false));
      const connection = isReading ? await (lane.connection ??= this.#open(lane, true)) : writing;
      const { database } = connection;
      this.#checkPlace();
      if (isReading) database.exec('BEGIN');
      else {
        this.#setDurable(connection, mode !== 'write');
        await this.#letOthers(signal);
        const hasWaited = await untilFree(() => database.exec('BEGIN IMMEDIATE'), { file: this.place, signal, waitMs: mode === 'migrate' ? MIGRATION_WAIT_MS : this.#waitMs });
        if (hasWaited) this.#othersUntilMs = performance.now() + OTHERS_MS;
      }
      return this.#openTransaction(lane, connection, { isReading, leave });
    } catch (error) {
      leave();
      signal?.throwIfAborted();
      throw toSqliteError(error, { file: this.place });
    }
  }

  async readSchema(open: Open): Promise<SchemaObject[]> {
    const { rows } = await open.run(`SELECT type, name, tbl_name, coalesce(sql, '') AS sql,
      (SELECT coalesce(group_concat(DISTINCT "table"), '') FROM pragma_foreign_key_list(sqlite_schema.name)) AS refers
      FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name`, []);
    return rows.map(({ type, name, tbl_name: table, sql, refers }) => ({
      kind: type as SchemaObject['kind'], name: name as string, table: table as string, definition: sql as string,
      refersTo: refers === '' ? [] : (refers as string).split(','),
    }));
  }

  /** A virtual table takes the tables that hold its content along. */
  toDrops(objects: readonly SchemaObject[]): string[] {
    const rank = ({ kind, definition }: SchemaObject): number => (kind === 'view' ? 0 : /^create virtual/i.test(definition) ? 1 : 2);
    const drops = [...objects].sort((a, b) => rank(a) - rank(b)).map(({ kind, name }) => `DROP ${kind === 'view' ? 'VIEW' : 'TABLE'} IF EXISTS "${name}"`);
    return ['PRAGMA defer_foreign_keys = ON', ...drops];
  }

  async sizeBytes(): Promise<number | null> {
    if (!this.exists()) return null;
    const { size: logBytes } = statSync(`${this.place}-wal`, { throwIfNoEntry: false }) ?? { size: 0 };
    return statSync(this.place).size + logBytes;
  }

  async backUp(label: string): Promise<void> {
    const { folder, most } = this.#backups;
    if (most > 0) await backUp({ file: this.place, folder, label, most });
  }

  async check(): Promise<void> {
    const open = await this.begin('read');
    try {
      const { rows } = await open.run('PRAGMA quick_check(1)', []);
      const found = String(Object.values(rows[0] ?? {})[0]);
      if (found !== 'ok') throw damaged(this.place, found);
    } finally {
      await open.rollback();
    }
  }

  /** What this process itself wants to change waits for as long as it takes. */
  async compact(): Promise<void> {
    const { line } = this.#writing;
    const leave = await line.enter();
    try {
      await (this.#writing.connection ??= this.#open(this.#writing, false));
      this.#checkPlace();
      await compactFile(this.place, { waitMs: this.#waitMs });
    } finally {
      leave();
    }
  }

  toNote(channel: string, text: string): ReturnType<Engine['toNote']> { return toNote(channel, text); }

  listen(heard: (note: Note | undefined) => void): Promise<Listening> { return listen(this, heard); }

  lock(name: string, options: { waitMs: number; signal?: AbortSignal | undefined }): Promise<Lock> {
    return lockFile(join(dirname(this.place), 'database', 'locks'), name, options);
  }

  /** Those that have begun end first. */
  async close(): Promise<void> {
    for (const lane of [this.#reading, this.#writing]) {
      const leave = await lane.line.enter();
      const connection = await lane.connection?.catch(() => undefined); // What could not be opened needs no closing.
      delete lane.connection;
      connection?.close();
      leave();
    }
  }

  async #open(lane: Lane, isReading: boolean): Promise<Connection> {
    try {
      if (!isReading) {
        makePrivateFile(this.place);
        this.#isDurable = undefined;
      }
      const connection = await openFile(this.place, { isReading, waitMs: this.#waitMs });
      if (!isReading) this.#inode = statSync(this.place).ino;
      return connection;
    } catch (error) {
      delete lane.connection; // The next one tries again.
      throw error;
    }
  }

  /** What is written into a file that was moved away would be kept where nobody looks. Windows moves no open file. */
  #checkPlace(): void {
    if (process.platform !== 'win32' && statSync(this.place, { throwIfNoEntry: false })?.ino !== this.#inode) throw moved(this.place);
  }

  /** Whoever changes one thing after the other would leave the others no moment to begin. */
  async #letOthers(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = performance.now();
    if (nowMs < this.#othersUntilMs && nowMs - this.#endedMs < 1) await wait(1, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }

  #setDurable({ database }: Connection, isDurable: boolean): void {
    if (this.#isDurable === isDurable) return;
    database.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isDurable = isDurable;
  }

  #openTransaction(lane: Lane, connection: Connection, { isReading, leave }: { isReading: boolean; leave: () => void }): Open {
    const { database } = connection;
    const at = { file: this.place, isReading };
    const rollback = async (): Promise<void> => {
      try {
        if (database.isTransaction) database.exec('ROLLBACK');
      } catch {
        // Then nothing of it was kept either, and whoever comes next gets another connection.
        delete lane.connection;
        connection.close();
      } finally {
        leave();
      }
    };
    return {
      run: (text, values) => {
        try {
          return connection.run(text, values);
        } catch (error) {
          throw toSqliteError(error, at);
        }
      },
      commit: async () => {
        try {
          // Without a log a reader may stand in the way of a commit.
          await untilFree(() => database.exec('COMMIT'), { file: this.place, waitMs: this.#waitMs });
        } catch (error) {
          await rollback();
          throw toSqliteError(error, at);
        }
        this.#endedMs = isReading ? this.#endedMs : performance.now();
        leave();
      },
      rollback,
    };
  }
}
