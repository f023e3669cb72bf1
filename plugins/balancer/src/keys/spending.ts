import { createId, type Database, type Queries } from '@pith/kernel';
import { type Budget, periodAt } from './budget.ts';

/** Spent amounts go into the database so much later, many at once. */
const KEEP_MS = 200;
/** And where that failed. */
const KEEP_AGAIN_MS = 1000;
/** A process takes at most this part of a budget for requests to come. */
const SLICE_PART = 50;
/** And for so many requests like the one at hand. */
const SLICE_REQUESTS = 8;
/** What a process holds is said anew so often; after the second time it is taken for dead. */
const ALIVE_MS = 20_000;
const DEAD_MS = 60_000;

/** A sum set aside for one request. */
export interface Held { settle(microUsd: number): void }

/** A budget has no room for the request. */
export interface Short { kind: 'short'; budget: Budget; leftMicroUsd: number }

/** What this process has of one budget in one period. All in millionths of a dollar. */
interface Wallet { keyId: string; period: string; budget: Budget; /** Taken in the database, spent or not. */ slice: number; held: number; /** Settled, and not yet told. */ spent: number; busy: Promise<number> | undefined; /** Requests that wait for more of it. */ waiting: number }

/**
 * What client keys spend, exact over all processes: a sum is set aside before a request and settled after it, and nobody sets aside what another
 * one has. So that a request need not ask the database, a process takes a slice of the budget for several; what is left of it goes back when no
 * request is under way. What a killed process held counts as spent: nobody knows better.
 */
export class Spending {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #holder = createId();
  readonly #wallets = new Map<string, Wallet>();
  #timer: NodeJS.Timeout | undefined;
  #alive: NodeJS.Timeout | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @param database with `KEY_TABLES` */
  constructor(database: Database, now: () => number = Date.now) {
    this.#database = database;
    this.#now = now;
  }

  /** Sets aside what a request may cost at most: at once where the slice at hand has room. @throws PithError as the database does */
  hold(keyId: string, budgets: readonly Budget[], microUsd: number): Held | Short | Promise<Held | Short> {
    const wallets = this.#walletsOf(keyId, budgets);
    return wallets.every((wallet) => free(wallet) >= microUsd) ? this.#take(wallets, microUsd) : this.#holdLater(wallets, microUsd);
  }

  /** All that was spent is in the database, and what was held for requests to come is given back. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#keeping = this.#keeping.then(() => this.#keep(), () => this.#keep());
    await this.#keeping;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#alive);
    await this.flush();
  }

  #walletsOf(keyId: string, budgets: readonly Budget[]): Wallet[] {
    return budgets.map((budget) => {
      const period = periodAt(budget.per, this.#now());
      const name = `${keyId} ${period}`;
      let wallet = this.#wallets.get(name);
      if (wallet === undefined) this.#wallets.set(name, wallet = { keyId, period, budget, slice: 0, held: 0, spent: 0, busy: undefined, waiting: 0 });
      wallet.budget = budget;
      return wallet;
    });
  }

  #take(wallets: readonly Wallet[], heldMicroUsd: number): Held {
    for (const wallet of wallets) wallet.held += heldMicroUsd;
    let isSettled = false;
    return {
      settle: (microUsd) => {
        if (isSettled) return;
        isSettled = true;
        for (const wallet of wallets) {
          wallet.held -= heldMicroUsd;
          wallet.spent += microUsd;
        }
        this.#keepSoon();
      },
    };
  }

  #keepSoon(afterMs = KEEP_MS): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => void this.flush().catch(() => this.#keepSoon(KEEP_AGAIN_MS)), afterMs).unref(); // What could not be told is told with the next.
  }

  async #holdLater(wallets: readonly Wallet[], microUsd: number): Promise<Held | Short> {
    for (const wallet of wallets) wallet.waiting++;
    try {
      return await this.#fill(wallets, microUsd);
    } finally {
      for (const wallet of wallets) wallet.waiting--;
      this.#keepSoon();
    }
  }

  async #fill(wallets: readonly Wallet[], microUsd: number): Promise<Held | Short> {
    for (;;) {
      const poor = wallets.find((wallet) => free(wallet) < microUsd);
      if (poor === undefined) return this.#take(wallets, microUsd);
      const isMine = poor.busy === undefined;
      const leftMicroUsd = await (poor.busy ??= this.#topUp(poor, microUsd).finally(() => { poor.busy = undefined; }));
      // What another request has taken for itself may not be enough for this one.
      if (isMine && free(poor) < microUsd) return { kind: 'short', budget: poor.budget, leftMicroUsd: Math.max(0, leftMicroUsd) };
    }
  }

  /** Takes more of the budget. @returns what this process can still give out, also where it is too little */
  async #topUp(wallet: Wallet, microUsd: number): Promise<number> {
    this.#alive ??= setInterval(() => void this.#sayAlive().catch(() => undefined), ALIVE_MS).unref(); // Said again soon.
    const { keyId, period, budget } = wallet;
    const need = microUsd - free(wallet);
    const { taken, left } = await this.#database.transaction('durable', async (queries) => {
      const nowMs = this.#now();
      await this.#buryDead(queries, { keyId, period, nowMs });
      const { rows: [known] } = await queries.sql<{ spent: number }>`SELECT spent FROM balancer_key_spending WHERE key_id = ${keyId} AND period = ${period}`;
      const { rows: [all] } = await queries.sql<{ amount: number | null }>`SELECT SUM(amount) AS amount FROM balancer_key_slices WHERE key_id = ${keyId} AND period = ${period}`;
      const left = budget.amountMicroUsd - Number(known?.spent ?? 0) - Number(all?.amount ?? 0);
      const taken = Math.min(left, Math.max(need, Math.min(microUsd * SLICE_REQUESTS, Math.floor(budget.amountMicroUsd / SLICE_PART))));
      if (taken < need) return { taken: 0, left };
      await queries.sql`INSERT INTO balancer_key_slices (key_id, period, holder, amount, seen_ms) VALUES (${keyId}, ${period}, ${this.#holder}, ${taken}, ${nowMs})
        ON CONFLICT (key_id, period, holder) DO UPDATE SET amount = balancer_key_slices.amount + excluded.amount, seen_ms = excluded.seen_ms`;
      return { taken, left };
    });
    wallet.slice += taken;
    return left + free(wallet) - taken;
  }

  async #keep(): Promise<void> {
    for (const [name, wallet] of this.#wallets) {
      const { spent, held, waiting, slice } = wallet;
      const isIdle = held === 0 && waiting === 0;
      const back = isIdle ? Math.max(0, slice - spent) : 0;
      if (spent === 0 && back === 0) {
        if (isIdle) this.#wallets.delete(name);
        continue;
      }
      // Taken out of the wallet before it is waited for: requests go on meanwhile.
      wallet.spent -= spent;
      wallet.slice -= spent + back;
      try {
        await this.#tell(wallet, { spent, back });
      } catch (error) {
        wallet.spent += spent;
        wallet.slice += spent + back;
        throw error;
      }
    }
  }

  async #tell({ keyId, period }: Wallet, { spent, back }: { spent: number; back: number }): Promise<void> {
    await this.#database.transaction('durable', async ({ sql }) => {
      const { rows: [own] } = await sql<{ amount: number }>`SELECT amount FROM balancer_key_slices WHERE key_id = ${keyId} AND period = ${period} AND holder = ${this.#holder}`;
      if (own === undefined) return; // It was taken for dead, and all that it held counts as spent already.
      const rest = Number(own.amount) - spent - back;
      if (rest > 0) await sql`UPDATE balancer_key_slices SET amount = ${rest}, seen_ms = ${this.#now()} WHERE key_id = ${keyId} AND period = ${period} AND holder = ${this.#holder}`;
      else await sql`DELETE FROM balancer_key_slices WHERE key_id = ${keyId} AND period = ${period} AND holder = ${this.#holder}`;
      if (spent > 0) await addSpent({ sql }, { keyId, period, microUsd: spent });
    });
  }

  async #sayAlive(): Promise<void> {
    await this.#database.transaction('write', ({ sql }) => sql`UPDATE balancer_key_slices SET seen_ms = ${this.#now()} WHERE holder = ${this.#holder}`);
  }

  async #buryDead(queries: Queries, { keyId, period, nowMs }: { keyId: string; period: string; nowMs: number }): Promise<void> {
    const { rows } = await queries.sql<{ holder: string; amount: number }>`SELECT holder, amount FROM balancer_key_slices WHERE key_id = ${keyId} AND period = ${period} AND seen_ms < ${nowMs - DEAD_MS} AND holder <> ${this.#holder}`;
    for (const { holder, amount } of rows) {
      await queries.sql`DELETE FROM balancer_key_slices WHERE key_id = ${keyId} AND period = ${period} AND holder = ${holder}`;
      await addSpent(queries, { keyId, period, microUsd: Number(amount) });
    }
  }
}

const free = ({ slice, held, spent }: Wallet): number => slice - held - spent;

async function addSpent({ sql }: Pick<Queries, 'sql'>, { keyId, period, microUsd }: { keyId: string; period: string; microUsd: number }): Promise<void> {
  await sql`INSERT INTO balancer_key_spending (key_id, period, spent) VALUES (${keyId}, ${period}, ${microUsd})
    ON CONFLICT (key_id, period) DO UPDATE SET spent = balancer_key_spending.spent + excluded.spent`;
}
