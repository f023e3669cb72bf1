import { type Database, type Queries, toMessage } from '@pith/kernel';
import type { Account, AccountEvent } from './account.ts';
import { checkEvent, toKey } from './check.ts';
import { applyAll, fold, type Folded, insert, NOTHING, readAll, readEvents, readForgottenMs, readSince } from './event-store.ts';
import type { Pool } from './pool.ts';

/** Where others say that they have appended something. */
const CHANNEL = 'balancer-accounts';
/** So long after a look that failed comes the next. */
const LOOK_AGAIN_MS = 250;
/** What answers have taught is kept so much later, many at once. */
const KEEP_MS = 50;
/** Where the database cannot be written, so much waits for it; what is older is then known to this process alone. */
const PENDING_MAX = 10_000;

/**
 * The pool over the database: what all processes have confirmed, and before it is confirmed what this one has noted. Reading awaits
 * nothing; what others did is looked for when they say so.
 */
export class SharedPool implements Pool {
  readonly #database: Database;
  readonly #heard = new Set<(event: AccountEvent, account: Account) => void>();
  #confirmed: Folded = NOTHING;
  #pending: AccountEvent[] = [];
  /** What is confirmed, with what is pending. */
  #accounts: ReadonlyMap<string, Account> = NOTHING.accounts;
  #list: readonly Account[] | undefined;
  #names: ReadonlyMap<string, Account> | undefined;
  /** One transaction after the other, so that what each has learned is there for the next. */
  #last: Promise<unknown> = Promise.resolve();
  #looking: NodeJS.Timeout | undefined;
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;
  #keeping: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param database with the tables of this plugin */
  constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database): Promise<SharedPool> {
    const pool = new SharedPool(database);
    pool.#take(await database.transaction('read', readAll), []);
    pool.#listen();
    return pool;
  }

  get accounts(): readonly Account[] {
    return this.#list ??= [...this.#accounts.values()].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  find(idOrName: string): Account | undefined {
    this.#names ??= new Map(this.accounts.map((account) => [toKey(account.name), account]));
    return this.#accounts.get(idOrName) ?? this.#names.get(toKey(idOrName));
  }

  append(event: AccountEvent, check?: (accounts: readonly Account[]) => void): Promise<Account> {
    return this.#inLine(async () => {
      let account: Account | undefined;
      await this.#write('durable', [event], (accounts) => {
        const list = [...accounts.values()];
        checkEvent(event, list);
        check?.(list);
        account = accounts.get(event.accountId);
      });
      return this.#accounts.get(event.accountId) ?? account!; // The one that was removed, as it was.
    });
  }

  note(event: AccountEvent): void {
    if (!this.#accounts.has(event.accountId) || this.#isClosed) return;
    this.#pending.push(event);
    // Least is lost with what the next answer says again.
    if (this.#pending.length > PENDING_MAX) this.#pending.splice(Math.max(0, this.#pending.findIndex(({ type }) => type === 'windows')), 1);
    this.#show(applyAll(this.#accounts, [event]), [event]);
    this.#keepSoon();
  }

  onChange(heard: (event: AccountEvent, account: Account) => void): () => void {
    this.#heard.add(heard);
    return () => void this.#heard.delete(heard);
  }

  async events(accountId: string, { limit = 1000, beforeSeq = Number.MAX_SAFE_INTEGER }: { limit?: number; beforeSeq?: number } = {}): Promise<readonly AccountEvent[]> {
    await this.flush();
    return this.#database.transaction('read', (queries) => readEvents(queries, accountId, { limit, beforeSeq }));
  }

  /** Until when what requests said of an account is forgotten; nothing where all of it is there. */
  async forgottenMs(accountId: string): Promise<number | null> {
    return this.#database.transaction('read', (queries) => readForgottenMs(queries, accountId));
  }

  async flush(): Promise<void> {
    await this.#inLine(() => this.#write('write', []));
  }

  async close(): Promise<void> {
    clearTimeout(this.#keeping);
    try {
      await this.flush();
    } finally {
      this.#isClosed = true;
      clearTimeout(this.#looking);
      await (await this.#listening)?.();
      this.#heard.clear();
    }
  }

  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined); // Said to whoever asked for it.
    return done;
  }

  /** What is pending, then `events`, after what others have confirmed meanwhile. */
  async #write(mode: 'write' | 'durable', events: readonly AccountEvent[], check?: (accounts: ReadonlyMap<string, Account>) => void): Promise<void> {
    const pending = [...this.#pending];
    if (pending.length + events.length === 0) return;
    const news = await this.#database.transaction(mode, async (queries) => {
      const before = await this.#readNews(queries);
      const accounts = applyAll(before.confirmed.accounts, pending);
      check?.(accounts);
      // An account that is gone meanwhile has learned nothing.
      const known = pending.filter(({ accountId }) => before.confirmed.accounts.has(accountId));
      if (known.length + events.length === 0) return { ...before, appended: [] };
      const own = await insert(queries, [...known, ...events]);
      await queries.notify(CHANNEL, 'events');
      return { confirmed: fold(before.confirmed, own), others: before.others, appended: own.slice(known.length) };
    });
    const kept = new Set(pending);
    this.#pending = this.#pending.filter((event) => !kept.has(event));
    this.#take(news.confirmed, [...news.others, ...news.appended]);
  }

  async #readNews(queries: Queries): Promise<{ confirmed: Folded; others: readonly AccountEvent[] }> {
    const { events, hasGap } = await readSince(queries, this.#confirmed.seq);
    // What is gone cannot be told; what it made of the accounts is there.
    return hasGap ? { confirmed: await readAll(queries), others: [] } : { confirmed: fold(this.#confirmed, events), others: events };
  }

  async #reload(): Promise<void> {
    const { confirmed, others } = await this.#database.transaction('read', (queries) => this.#readNews(queries));
    if (confirmed.seq > this.#confirmed.seq) this.#take(confirmed, others);
  }

  #take(confirmed: Folded, news: readonly AccountEvent[]): void {
    this.#confirmed = confirmed;
    this.#show(this.#pending.length === 0 ? confirmed.accounts : applyAll(confirmed.accounts, this.#pending), news);
  }

  #show(accounts: ReadonlyMap<string, Account>, news: readonly AccountEvent[]): void {
    const before = this.#accounts;
    this.#accounts = accounts;
    this.#list = this.#names = undefined;
    for (const event of news) {
      const account = accounts.get(event.accountId) ?? before.get(event.accountId);
      if (account !== undefined) this.#tell(event, account);
    }
  }

  #tell(event: AccountEvent, account: Account): void {
    for (const heard of this.#heard) {
      try {
        heard(event, account);
      } catch (error) {
        process.emitWarning(`A listener of the account pool failed: ${toMessage(error)}`);
      }
    }
  }

  #listen(): void {
    this.#listening = this.#database.listen(CHANNEL, () => this.#look()).catch(() => undefined);
    // What was appended before anybody listened; where it could not be listened, that is tried again.
    void this.#listening.then((stop) => (stop === undefined ? this.#later(() => this.#listen()) : this.#look()));
  }

  #look(): void {
    if (this.#isClosed) return;
    // All goes on with what is known until then.
    void this.#inLine(() => this.#reload()).catch(() => this.#later(() => this.#look()));
  }

  #later(work: () => void): void {
    if (this.#isClosed) return;
    clearTimeout(this.#looking);
    this.#looking = setTimeout(work, LOOK_AGAIN_MS).unref();
  }

  #keepSoon(): void {
    this.#keeping ??= setTimeout(() => {
      this.#keeping = undefined;
      // What could not be kept is with the next.
      this.flush().catch(() => { if (!this.#isClosed) this.#keepSoon(); });
    }, KEEP_MS).unref();
  }
}
