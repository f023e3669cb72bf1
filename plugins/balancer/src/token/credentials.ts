import type { Account } from '../account/account.ts';

/** What a request is sent with: headers in lower case, and the version of the token in them. */
export interface Credential { headers: Readonly<Record<string, string>>; tokenVersion?: number }

/** Secrets of accounts: read from the vault once, refreshed once for all processes. */
export interface Credentials {
  /**
   * At once where it is good for a while. A token that is about to end is refreshed first; inside the safety window, while it still holds, in the background.
   * @throws PithError ACCOUNT_NEEDS_SIGN_IN, ACCOUNT_REFRESH_FAILED with `retryAtMs` in its details
   */
  of(account: Account, signal?: AbortSignal): Credential | Promise<Credential>;
  /** The server did not take it (401). Refreshes unless somebody has meanwhile. @returns whether there is a newer one. @throws as `of` */
  renew(account: Account, refused: { tokenVersion?: number }, signal?: AbortSignal): Promise<boolean>;
  /** Forgets what is held in memory of an account. */
  forget(accountId: string): void;
}
