import { toMessage } from '@pith/kernel';
import type { Account, AccountEvent } from './account.ts';
import { toKey } from './check.ts';

type Heard = (event: AccountEvent, account: Account) => void;

/** The accounts as this process shows them, and who hears of changes. Asking costs nothing while nothing changes. */
export class PoolView {
  readonly #heard = new Set<Heard>();
  #accounts: ReadonlyMap<string, Account> = new Map();
  #list: readonly Account[] | undefined;
  #names: ReadonlyMap<string, Account> | undefined;

  /** By id. */
  get accounts(): ReadonlyMap<string, Account> { return this.#accounts; }

  /** In the order in which they came. */
  get list(): readonly Account[] {
    return this.#list ??= [...this.#accounts.values()].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1));
  }

  find(idOrName: string): Account | undefined {
    this.#names ??= new Map(this.list.map((account) => [toKey(account.name), account]));
    return this.#accounts.get(idOrName) ?? this.#names.get(toKey(idOrName));
  }

  onChange(heard: Heard): () => void {
    const entry: Heard = (event, account) => heard(event, account); // The same function may listen twice.
    this.#heard.add(entry);
    return () => void this.#heard.delete(entry);
  }

  /** @param news what made them so, of which nobody has heard */
  show(accounts: ReadonlyMap<string, Account>, news: readonly AccountEvent[]): void {
    const before = this.#accounts;
    this.#accounts = accounts;
    this.#list = this.#names = undefined;
    for (const event of news) {
      const account = accounts.get(event.accountId) ?? before.get(event.accountId);
      if (account !== undefined) this.#tell(event, account);
    }
  }

  close(): void {
    this.#heard.clear();
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
}
