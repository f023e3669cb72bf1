import type { Database, Pricing } from '@pith/kernel';
import type { Family } from '../account/account.ts';
import type { RequestRow } from '../books/row.ts';
import type { ClientKey, ClientKeys } from '../proxy/parts.ts';
import { KEY_CHANNEL, KeyStore, type StoredKey } from './key-store.ts';
import { LimitedKey } from './limited-key.ts';
import { hashSecret, isSameHash } from './secret.ts';
import { Spending } from './spending.ts';

/** A table has this much of a hash, so that finding a key compares no more of it than that. */
const PREFIX = 16;
/** After the database was not to be had. */
const LOOK_AGAIN_MS = 1000;

export interface SharedKeysSetup {
  /** With `KEY_TABLES`. */
  database: Database;
  pricing?: Pricing | undefined;
  /** What provider an account is of, for prices. */
  providerOf?: (row: Pick<RequestRow, 'accountId' | 'family'>) => string;
  /** Which providers the accounts of a family are of. */
  providersOf?: (family: Family) => readonly string[];
  now?: () => number;
}

/**
 * The client keys of all processes, known to this one at every moment: asking awaits nothing, and what others change counts within
 * a quarter of a second.
 */
export class SharedKeys implements ClientKeys {
  readonly store: KeyStore;
  readonly spending: Spending;
  readonly #setup: SharedKeysSetup & { now: () => number };
  #byPrefix: ReadonlyMap<string, readonly LimitedKey[]> = new Map();
  #count = 0;
  #looking: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #stop: (() => Promise<void>) | undefined;
  #isClosed = false;

  constructor(setup: SharedKeysSetup) {
    this.#setup = { ...setup, now: setup.now ?? Date.now };
    this.store = new KeyStore(setup.database, this.#setup.now);
    this.spending = new Spending(setup.database, this.#setup.now);
  }

  static async open(setup: SharedKeysSetup): Promise<SharedKeys> {
    const keys = new SharedKeys(setup);
    keys.#stop = await setup.database.listen(KEY_CHANNEL, () => void keys.look());
    await keys.#read();
    return keys;
  }

  /** As soon as there is a key, also one that is paused or has expired: to pause the only key opens nothing. */
  get isRequired(): boolean {
    return this.#count > 0;
  }

  check(secret: string): ClientKey | undefined {
    const key = this.#find(secret);
    return key?.whyNot(this.#setup.now()) === undefined ? key : undefined;
  }

  explain(secret: string): string | undefined {
    return this.#find(secret)?.whyNot(this.#setup.now());
  }

  #find(secret: string): LimitedKey | undefined {
    const hash = hashSecret(secret);
    return this.#byPrefix.get(hash.slice(0, PREFIX))?.find((each) => isSameHash(each.record.hash, hash));
  }

  /** Reads them all anew; there are few. Ends also where that fails, and then tries again. */
  async look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#read()).catch(() => {
      if (!this.#isClosed) this.#again ??= setTimeout(() => { this.#again = undefined; void this.look(); }, LOOK_AGAIN_MS).unref();
    });
    await this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    await this.#stop?.();
    await this.#looking;
    await this.spending.close();
  }

  async #read(): Promise<void> {
    if (this.#isClosed) return;
    this.#set(await this.store.list());
  }

  #set(records: readonly StoredKey[]): void {
    const { pricing, now, providerOf = ({ family }) => family, providersOf = (family) => [family] } = this.#setup;
    const byPrefix = new Map<string, LimitedKey[]>();
    for (const record of records) {
      const prefix = record.hash.slice(0, PREFIX);
      byPrefix.set(prefix, [...byPrefix.get(prefix) ?? [], new LimitedKey(record, { spending: this.spending, pricing, providerOf, providersOf, now })]);
    }
    this.#byPrefix = byPrefix;
    this.#count = records.length;
  }
}
