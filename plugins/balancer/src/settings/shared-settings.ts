import type { Database, Queries } from '@pith/kernel';

/** Where others hear that settings have changed. */
const CHANNEL = 'balancer-settings';
/** After the database was not to be had. */
const LOOK_AGAIN_MS = 1000;

export type Values = Readonly<Record<string, unknown>>;

/** What the API was told on any of the machines that share a database: known to this one at every moment. Without the database what was known last holds on. */
export class SharedSettings {
  readonly #database: Database;
  readonly #heard: (values: Values) => void;
  /** One after the other, so that nothing older comes after what is newer. */
  #last: Promise<unknown> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;
  #isClosed = false;

  private constructor(database: Database, heard: (values: Values) => void) {
    this.#database = database;
    this.#heard = heard;
  }

  /** @param database with `MACHINE_TABLES`. @param heard is given all of them, at once and after every change */
  static async open(database: Database, heard: (values: Values) => void): Promise<SharedSettings> {
    const settings = new SharedSettings(database, heard);
    await settings.#look();
    settings.#listen();
    return settings;
  }

  /** All of it or nothing; `null` takes a value away. @throws PithError as the database does */
  change(given: Values): Promise<void> {
    return this.#inLine(() => this.#database.transaction('durable', async (queries) => {
      for (const [name, value] of Object.entries(given)) await set(queries, name, value);
      await queries.notify(CHANNEL, 'changed');
      return read(queries);
    }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    await (await this.#listening)?.();
    await this.#last;
  }

  #inLine(work: () => Promise<Values>): Promise<void> {
    const done = this.#last.then(work).then((values) => this.#heard(values));
    this.#last = done.catch(() => undefined); // Said to whoever asked for it.
    return done;
  }

  #look(): Promise<void> {
    return this.#inLine(() => this.#database.transaction('read', read));
  }

  #listen(): void {
    this.#listening = this.#database.listen(CHANNEL, () => this.#lookUntilSeen()).catch(() => undefined);
    // What was changed before anybody listened; where it could not be listened, that is tried again.
    void this.#listening.then((stop) => (stop === undefined ? this.#later(() => this.#listen()) : this.#lookUntilSeen()));
  }

  #lookUntilSeen(): void {
    if (!this.#isClosed) this.#look().catch(() => this.#later(() => this.#lookUntilSeen()));
  }

  #later(work: () => void): void {
    if (this.#isClosed) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(work, LOOK_AGAIN_MS).unref();
  }
}

async function read({ sql }: Queries): Promise<Values> {
  const { rows } = await sql<{ name: string; value: string }>`SELECT name, value FROM balancer_settings`;
  return Object.fromEntries(rows.map(({ name, value }) => [name, JSON.parse(value) as unknown]));
}

async function set({ sql }: Queries, name: string, value: unknown): Promise<void> {
  if (value === null) await sql`DELETE FROM balancer_settings WHERE name = ${name}`;
  else await sql`INSERT INTO balancer_settings (name, value) VALUES (${name}, ${JSON.stringify(value)}) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
}
