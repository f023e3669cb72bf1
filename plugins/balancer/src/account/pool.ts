import type { Account, AccountEvent } from './account.ts';

/** All accounts, as all processes see them. What is read is at hand in memory and never older than a quarter of a second. */
export interface Pool {
  readonly accounts: readonly Account[];
  /** By id or name. */
  find(idOrName: string): Account | undefined;
  /**
   * What a person or an issuer has done: kept durably before it is known to anybody.
   * @param check refuses it against what is there at that moment: another process may have come between
   */
  append(event: AccountEvent, check?: (accounts: readonly Account[]) => void): Promise<Account>;
  /** What an answer has taught: holds here at once, and is kept and told to the other processes in the background. */
  note(event: AccountEvent): void;
  /** Hears of every change, whichever process it is from. @returns how to stop */
  onChange(heard: (event: AccountEvent, account: Account) => void): () => void;
  /** Oldest first. */
  events(accountId: string, options?: { limit?: number; beforeSeq?: number }): Promise<readonly AccountEvent[]>;
  /** Everything noted so far is kept. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
