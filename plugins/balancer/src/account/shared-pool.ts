import type { Database, Queries } from '@pith/kernel';
import type { Account, AccountEvent } from './account.ts';
import { checkEvent } from './check.ts';
import { applyAll, fold, type Folded, insert, NOTHING, readAll, readEvents, readForgottenMs, readSince } from './event-store.ts';
import type { AccountOptions } from './options.ts';
import type { Pool } from './pool.ts';
import { PoolView } from './pool-view.ts';
import { tidy, TIDY_RULES, type TidyRules } from './tidy.ts';

/** Where others say that they have appended something. */
const CHANNEL = 'balancer-accounts';
/** So long after a look that failed comes the next. */
const LOOK_AGAIN_MS = 250;
/** What answers have taught is kept so much later, many at once. */
const KEEP_MS = 50;
/** And where that failed. */
const KEEP_AGAIN_MS = 2000;
/** How often it looks whether the log of events is to be made smaller: a process that lives shorter leaves it to others. */
const TIDY_LOOK_MS = 10_000;
const TIDY_EVERY_MS = 3_600_000;
/** Or after so many events. */
const TIDY_EVENTS = 1000;
/** Where the database cannot be written, so much waits for it; what is older is then known to this process alone. */
const PENDING_MAX = 10_000;

/** Vendors explain themselves at length. */
const REASON_MAX = 500;

export interface PoolSetting extends Pick<AccountOptions, 'eventDays'> {
  /** Takes secrets out of a text: vendors repeat the key that they do not take. */
  redact(text: string): string;
}

/**
 * The pool over the database: what all processes have confirmed, and before it is confirmed what this one has noted. Reading awaits
 * nothing; what others did is looked for when they say so.
 */
export class SharedPool implements Pool {
  readonly #database: Database;
  readonly #rules: TidyRules;
  readonly #redact: (text: string) => string;
  /** What is confirmed, with what is pending. */
  readonly #view = new PoolView();
  #confirmed: Folded = NOTHING;
  #pending: AccountEvent[] = [];
  /** One transaction after the other, so that what each has learned is there for the next. */
  #last: Promise<unknown> = Promise.resolve();
  #looking: NodeJS.Timeout | undefined;
  #listening: Promise<(() => Promise<void>) | undefined> | undefined;
  #keeping: NodeJS.Timeout | undefined;
  /** What was to be kept last could not be. */
  #isAway = false;
  #tidying: NodeJS.Timeout | undefined;
  #tidied: { atMs: number; seq: number } = { atMs: 0, seq: 0 };
  #isClosed = false;

  private constructor(database: Database, { eventDays, redact }: PoolSetting) {
    this.#database = database;
    this.#rules = { ...TIDY_RULES, ageMs: eventDays * 86_400_000 };
    this.#redact = redact;
  }

  /** @param database with the tables of this plugin */
  static async open(database: Database, setting: PoolSetting): Promise<SharedPool> {
    const pool = new SharedPool(database, setting);
    pool.#take(await database.transaction('read', readAll), []);
    pool.#listen();
    pool.#tidying = setInterval(() => pool.#tidyWhenDue(), TIDY_LOOK_MS).unref();
    return pool;
  }

  get accounts(): readonly Account[] { return this.#view.list; }

  find(idOrName: string): Account | undefined { return this.#view.find(idOrName); }

  onChange(heard: (event: AccountEvent, account: Account) => void): () => void { return this.#view.onChange(heard); }

  append(given: AccountEvent, check?: (accounts: readonly Account[]) => void): Promise<Account> {
    const event = this.#clean(given);
    return this.#inLine(async () => {
      let account: Account | undefined;
      await this.#write('durable', [event], (accounts) => {
        const list = [...accounts.values()];
        checkEvent(event, list);
        check?.(list);
        account = accounts.get(event.accountId);
      }).catch(async (error: unknown) => {
        await this.#reload().catch(() => undefined); // What it was refused by is then known here, too; where that fails it comes later.
        throw error;
      });
      return this.#view.accounts.get(event.accountId) ?? account!; // The one that was removed, as it was.
    });
  }

  note(given: AccountEvent): void {
    if (!this.#view.accounts.has(given.accountId) || this.#isClosed) return;
    const event = this.#clean(given);
    this.#pending.push(event);
    // Least is lost with what the next answer says again.
    if (this.#pending.length > PENDING_MAX) this.#pending.splice(Math.max(0, this.#pending.findIndex(({ type }) => type === 'windows')), 1);
    this.#view.show(applyAll(this.#view.accounts, [event]), [event]);
    this.#keepSoon(event.type === 'limited' ? 0 : KEEP_MS);
  }

  async events(accountId: string, { limit = 1000, beforeSeq = Number.MAX_SAFE_INTEGER }: { limit?: number; beforeSeq?: number } = {}): Promise<readonly AccountEvent[]> {
    await this.flush();
    return this.#database.transaction('read', (queries) => readEvents(queries, accountId, { limit, beforeSeq }));
  }

  /** All that is remembered, but what was said of windows: of that there is much, and the last holds. Oldest first. */
  async story(accountId: string): Promise<readonly AccountEvent[]> {
    await this.flush();
    return this.#database.transaction('read', (queries) => readEvents(queries, accountId, { limit: this.#rules.eventsMax, beforeSeq: Number.MAX_SAFE_INTEGER, skip: 'windows' }));
  }

  /** Until when what requests said of an account is forgotten; nothing where all of it is there. */
  async forgottenMs(accountId: string): Promise<number | null> {
    return this.#database.transaction('read', (queries) => readForgottenMs(queries, accountId));
  }

  /** Makes the log of events smaller: see tidy.ts. Done by itself now and then. */
  async tidy({ nowMs = Date.now(), rules = this.#rules } = {}): Promise<void> {
    for (let hasMore = true; hasMore && !this.#isClosed;) {
      hasMore = await this.#inLine(async () => {
        const { confirmed, others, hasMore: isLeft } = await this.#database.transaction('write', async (queries) => {
          const news = await this.#readNews(queries);
          return { ...news, hasMore: await tidy(queries, { folded: news.confirmed, nowMs, rules }) };
        });
        if (confirmed.seq > this.#confirmed.seq) this.#take(confirmed, others);
        return isLeft;
      });
    }
    this.#tidied = { atMs: nowMs, seq: this.#confirmed.seq };
  }

  async flush(): Promise<void> {
    await this.#inLine(() => this.#write('write', []));
  }

  async close(): Promise<void> {
    clearTimeout(this.#keeping);
    clearInterval(this.#tidying);
    try {
      await this.flush();
    } finally {
      this.#isClosed = true;
      clearTimeout(this.#looking);
      await (await this.#listening)?.();
      this.#view.close();
    }
  }

  #clean(event: AccountEvent): AccountEvent {
    if (!('reason' in event)) return event;
    const reason = this.#redact(event.reason);
    return { ...event, reason: reason.length > REASON_MAX ? `${reason.slice(0, REASON_MAX)}…` : reason };
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
    this.#view.show(this.#pending.length === 0 ? confirmed.accounts : applyAll(confirmed.accounts, this.#pending), news);
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

  #tidyWhenDue(): void {
    const nowMs = Date.now();
    if (nowMs - this.#tidied.atMs < TIDY_EVERY_MS && this.#confirmed.seq - this.#tidied.seq < TIDY_EVENTS) return;
    this.#tidied = { atMs: nowMs, seq: this.#confirmed.seq };
    this.tidy().catch(() => undefined); // It is not urgent: the next time comes.
  }

  /** What others would run into is kept at once. */
  #keepSoon(afterMs: number): void {
    if (this.#keeping !== undefined && (afterMs > 0 || this.#isAway)) return;
    clearTimeout(this.#keeping);
    this.#keeping = setTimeout(() => {
      this.#keeping = undefined;
      // What could not be kept is with the next.
      this.flush().then(() => { this.#isAway = false; }, () => {
        this.#isAway = true;
        if (!this.#isClosed) this.#keepSoon(KEEP_AGAIN_MS);
      });
    }, afterMs).unref();
  }
}
