import { statSync, type Stats } from 'node:fs';
import type { Database, Migration, Queries, SessionSummary } from '@pith/kernel';

/** What a list shows of a transcript. */
export interface Listed { summary: SessionSummary; /** Nothing was said or done in it. */ isEmpty: boolean }

/** Where a transcript lies: the name of its folder, and its id. */
export interface Place { project: string; id: string }

/** What is kept of a transcript, and of which: the same file, in which nothing was added since. */
interface Row { stamp: string; listed: unknown }

/** One that cannot be opened, or cannot be waited for, holds nobody up for longer. */
const WAIT_MS = 500;
/** Changes with what is kept of a transcript, so that rows of another version do not fit. */
const VERSION = 2;

const MIGRATIONS: readonly Migration[] = [{
  name: '0001-index',
  up: async ({ sql }) => {
    await sql`CREATE TABLE sessions_index (project text NOT NULL, id text NOT NULL, stamp text NOT NULL, listed text NOT NULL, PRIMARY KEY (project, id))`;
  },
}];

/**
 * What lists show of all transcripts, in the database, so that only those are read that have changed. It is a copy and nothing
 * more: what does not fit the files is read again, so it may be old, spoilt, locked or gone at any time.
 */
export class SessionIndex {
  readonly #database: Database | undefined;
  /** By place. */
  #rows = new Map<string, Row>();
  readonly #changed: (Place & Row)[] = [];
  /** Why it could not be used, for a person. */
  trouble: string | undefined;

  private constructor(database: Database | undefined) {
    this.#database = database;
  }

  /** @param database nothing where there is none; one of a server is not used, since others read it */
  static async open(database: Database | undefined, project?: string): Promise<SessionIndex> {
    const index = new SessionIndex(database?.engine === 'sqlite' ? database : undefined);
    await index.#try(async (known, signal) => {
      await known.migrate('sessions', MIGRATIONS);
      index.#rows = await known.transaction('read', (queries) => readRows(queries, project), { signal });
    });
    return index;
  }

  /** @param read reads the transcript where it is not known as it stands. @throws what `read` throws; where there is no such file */
  list(place: Place, file: string, read: () => Listed): Listed {
    const stamp = toStamp(statSync(file));
    const key = toKey(place);
    const row = this.#rows.get(key);
    this.#rows.delete(key);
    if (row?.stamp === stamp && isListed(row.listed, place.id)) return row.listed;
    const listed = read();
    this.#changed.push({ ...place, stamp, listed });
    return listed;
  }

  /** Keeps what was read, and leaves out what is gone: every transcript was asked for. */
  async save(): Promise<void> {
    const gone = [...this.#rows.keys()].map(toPlace);
    if (this.trouble !== undefined || this.#changed.length + gone.length === 0) return;
    await this.#try((known, signal) => known.transaction('write', async ({ sql }) => {
      for (const { project, id } of gone) await sql`DELETE FROM sessions_index WHERE project = ${project} AND id = ${id}`;
      for (const { project, id, stamp, listed } of this.#changed) {
        await sql`INSERT INTO sessions_index (project, id, stamp, listed) VALUES (${project}, ${id}, ${stamp}, ${JSON.stringify(listed)})
          ON CONFLICT (project, id) DO UPDATE SET stamp = excluded.stamp, listed = excluded.listed`;
      }
    }, { signal }));
  }

  /** Leaves out what was deleted: nothing of it stays, its first words neither. @returns why it could not */
  static async forget(database: Database | undefined, places: readonly Place[]): Promise<string | undefined> {
    const index = new SessionIndex(database?.engine === 'sqlite' && places.length > 0 ? database : undefined);
    await index.#try(async (known, signal) => {
      // Nothing is made in order to take something out of it.
      if (!(await known.status()).owners.some(({ owner }) => owner === 'sessions')) return;
      await known.transaction('write', async ({ sql }) => {
        for (const { project, id } of places) await sql`DELETE FROM sessions_index WHERE project = ${project} AND id = ${id}`;
      }, { signal });
    });
    return index.trouble;
  }

  async #try(work: (database: Database, signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#database === undefined || this.trouble !== undefined) return;
    try {
      await work(this.#database, AbortSignal.timeout(WAIT_MS));
    } catch (error) {
      const { name, message } = error as Error;
      this.trouble = toTrouble(name === 'TimeoutError' ? 'another process holds the database' : message);
    }
  }
}

/** What a person is told, once a command. */
export function toTrouble(reason: string): string {
  return `The index of sessions cannot be used now, and will be made anew; what is in the files counts: ${reason}`;
}

/** What is kept of all as one text: a row at a time would take longer than all files together. Where somebody has spoilt one, nothing is known of any. */
async function readRows({ sql }: Queries, project: string | undefined): Promise<Map<string, Row>> {
  const all = sql<Record<'projects' | 'ids' | 'stamps' | 'listed', string>>;
  const { rows: [row] } = project === undefined
    ? await all`SELECT json_group_array(project) AS projects, json_group_array(id) AS ids, json_group_array(stamp) AS stamps, '[' || coalesce(group_concat(listed), '') || ']' AS listed FROM sessions_index`
    : await all`SELECT json_group_array(project) AS projects, json_group_array(id) AS ids, json_group_array(stamp) AS stamps, '[' || coalesce(group_concat(listed), '') || ']' AS listed FROM sessions_index WHERE project = ${project}`;
  const [projects, ids, stamps] = [row!.projects, row!.ids, row!.stamps].map((list) => JSON.parse(list) as string[]);
  const listed = parseAll(row!.listed);
  return new Map(ids!.map((id, index) => [`${projects![index]!}/${id}`, { stamp: stamps![index]!, listed: listed[index] }]));
}

function parseAll(text: string): unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return []; // All are read again, and then kept anew.
  }
}

const toKey = ({ project, id }: Place): string => `${project}/${id}`;

function toPlace(key: string): Place {
  const [project, id] = key.split('/') as [string, string];
  return { project, id };
}

/** Whoever puts an old file back may give it the time that it had; that of the change itself nobody gives. */
function toStamp({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${VERSION} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function isListed(value: unknown, id: string): value is Listed {
  const { summary, isEmpty } = (value ?? {}) as Partial<Listed>;
  return typeof isEmpty === 'boolean' && summary?.id === id && typeof summary.cwd === 'string' && typeof summary.title === 'string'
    && typeof summary.startedMs === 'number' && typeof summary.updatedMs === 'number' && typeof summary.turns === 'number';
}
