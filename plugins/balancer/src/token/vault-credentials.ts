import type { Vault } from '@pith/kernel';
import type { Account, AccountEvent } from '../account/account.ts';
import { nameProcess } from '../account/name-process.ts';
import type { Pool } from '../account/pool.ts';
import { secretName } from '../account/remove-account.ts';
import type { Credential, Credentials } from './credentials.ts';
import { dueOf, WINDOW_MS } from './due.ts';
import { BACKOFF_MS, describeFailure } from './judge-failure.ts';
import type { OauthSecret, Tokens } from './oauth-secret.ts';
import { read, refreshOnce, type RefreshOutcome } from './refresh-once.ts';
import { toCredential } from './to-credential.ts';
import { needsSignIn, refreshFailed, secretMissing } from './token-errors.ts';
import { once, waitFor } from './waiting.ts';

export interface VaultCredentialsParts {
  vault: Pick<Vault, 'get' | 'update'>;
  pool: Pick<Pool, 'find' | 'note' | 'onChange'>;
  ask: (secret: OauthSecret & { refresh: string }) => Promise<Tokens>;
  /** Before the end of a token, so long it is refreshed. Default half an hour. */
  windowMs?: number;
  /** No request waits longer for a refresh; that goes on without it. Default 20 s. */
  patienceMs?: number;
  /** Takes what is known to be secret out of what an issuer says. */
  redact?: (text: string) => string;
  now?: () => number;
}

/** What is held in memory of an account. `seen`: the version that the pool named when it was read. */
interface Held { credential: Credential; version: number; seen: number; text: string; token?: OauthSecret }

const PATIENCE_MS = 20_000;
/** A new token that is refused right away is not cured by another one. */
const RENEWED_MS = 10_000;

/** Secrets from the vault, read once; and one refresh over all requests of this process, and with `refreshOnce` over all processes. */
export class VaultCredentials implements Credentials {
  readonly #parts: Required<VaultCredentialsParts>;
  readonly #held = new Map<string, Held>();
  readonly #loading = new Map<string, Promise<Held>>();
  readonly #refreshing = new Map<string, Promise<Held>>();
  /** Of accounts whose refresh failed: until when nobody asks again, and why. */
  readonly #failed = new Map<string, { version: number; retryAtMs: number; reason: string }>();
  readonly #unstored = new Map<string, { of: string; tokens: Tokens }>();
  /** When a token came because the one before was refused. */
  readonly #renewedMs = new Map<string, number>();
  readonly #by = nameProcess();
  readonly #stop: () => void;

  constructor(parts: VaultCredentialsParts) {
    this.#parts = { windowMs: WINDOW_MS, patienceMs: PATIENCE_MS, redact: (text) => text, now: Date.now, ...parts };
    this.#stop = parts.pool.onChange(({ type }, { id }) => { if (type === 'removed') this.forget(id); });
  }

  of(account: Account, signal?: AbortSignal): Credential | Promise<Credential> {
    const held = this.#held.get(account.id);
    return held !== undefined && held.seen >= versionOf(account) ? this.#use(account, held, signal) : this.#loadAndUse(account, signal);
  }

  async renew(account: Account, { tokenVersion }: { tokenVersion?: number }, signal?: AbortSignal): Promise<boolean> {
    const known = this.#held.get(account.id);
    const refused = tokenVersion ?? known?.version ?? Infinity;
    const held = known !== undefined && known.version > refused && known.seen >= versionOf(account) ? known : await waitFor(this.#load(account), signal);
    // The request went with an older one.
    if (held.version > refused || (known !== undefined && known.text !== held.text)) return true;
    if (held.token === undefined || this.#parts.now() - (this.#renewedMs.get(account.id) ?? -Infinity) < RENEWED_MS) return false;
    this.#throwFailed(account, held);
    const fresh = await this.#refreshInTime(account, held, signal);
    this.#renewedMs.set(account.id, this.#parts.now());
    return fresh.version > held.version;
  }

  forget(accountId: string): void {
    for (const map of [this.#held, this.#failed, this.#renewedMs, this.#unstored]) map.delete(accountId);
  }

  /** What is being refreshed is still stored: the issuer may have changed the token already. */
  async close(): Promise<void> {
    this.#stop();
    await Promise.allSettled(this.#refreshing.values());
    for (const id of this.#held.keys()) this.forget(id);
  }

  async #loadAndUse(account: Account, signal?: AbortSignal): Promise<Credential> {
    return this.#use(account, await waitFor(this.#load(account), signal), signal);
  }

  #use(account: Account, held: Held, signal?: AbortSignal): Credential | Promise<Credential> {
    const { token, credential } = held;
    if (token === undefined) return credential;
    const { now, windowMs } = this.#parts;
    const due = dueOf(token, now(), windowMs);
    if (due === 'good' || (due !== 'over' && (token.refresh === undefined || token.isRefused || this.#isWaiting(account, held)))) return credential;
    if (due === 'soon') {
      this.#refresh(account, held).catch(() => undefined); // Said to the pool; the token at hand holds.
      return credential;
    }
    this.#throwFailed(account, held);
    return this.#await(account, held, signal);
  }

  async #await(account: Account, held: Held, signal: AbortSignal | undefined): Promise<Credential> {
    try {
      return (await this.#refreshInTime(account, held, signal)).credential;
    } catch (error) {
      signal?.throwIfAborted();
      if (dueOf(held.token!, this.#parts.now()) === 'over') throw error;
      return held.credential;
    }
  }

  async #refreshInTime(account: Account, held: Held, signal: AbortSignal | undefined): Promise<Held> {
    const { patienceMs, now } = this.#parts;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(refreshFailed(account, { retryAtMs: now() + patienceMs, reason: `nothing has come of it for ${patienceMs / 1000} s` })), patienceMs);
    try {
      return await waitFor(this.#refresh(account, held), signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  #isWaiting({ id }: Account, { version }: Held): boolean {
    const failed = this.#failed.get(id);
    return failed !== undefined && failed.version === version && this.#parts.now() < failed.retryAtMs;
  }

  /** @throws PithError ACCOUNT_REFRESH_FAILED while nobody should ask again */
  #throwFailed(account: Account, held: Held): void {
    if (this.#isWaiting(account, held)) throw refreshFailed(account, this.#failed.get(account.id)!);
  }

  #load(account: Account): Promise<Held> {
    return once(this.#loading, account.id, async () => {
      const { id } = account;
      const value = await this.#parts.vault.get(secretName(account));
      if (account.credential === 'oauth') {
        const token = read(value, account);
        // Whoever stored it has not come to say so.
        if (versionOf(this.#parts.pool.find(id) ?? account) < token.version) this.#noteRefreshed(account, token);
        return this.#hold(account, token);
      }
      if (typeof value !== 'string' || value === '') throw secretMissing(account);
      const version = versionOf(account);
      const held: Held = { credential: toCredential(account, { text: value, version }), version, seen: version, text: value };
      this.#held.set(id, held);
      return held;
    });
  }

  #hold(account: Account, token: OauthSecret): Held {
    const { access: text, version, header } = token;
    const before = this.#held.get(account.id);
    if (before !== undefined && before.version > version && before.seen >= versionOf(account)) return before; // A late reader.
    const held: Held = { credential: toCredential(account, { text, version, header }), version, seen: Math.max(version, versionOf(account)), text, token };
    this.#held.set(account.id, held);
    return held;
  }

  /** One for all that ask, and none of them ends it by leaving. */
  #refresh(account: Account, before: Held): Promise<Held> {
    return once(this.#refreshing, account.id, () => this.#refreshNow(account, before));
  }

  async #refreshNow(account: Account, before: Held): Promise<Held> {
    const { vault, ask, now, redact } = this.#parts;
    let hasAsked = false;
    const started = (): void => {
      hasAsked = true;
      this.#note(account, { type: 'refresh-started' });
    };
    const { secret, failure } = await refreshOnce(account, before.version, { vault, ask, now, started, unstored: this.#unstored })
      // The vault: it is locked, or full.
      .catch((error: unknown): RefreshOutcome => ({ secret: before.token!, failure: { isFinal: false, isAnswered: false, reason: describeFailure(error), waitMs: BACKOFF_MS } }));
    const held = this.#hold(account, secret);
    if (failure === undefined) {
      this.#failed.delete(account.id);
      if (hasAsked) this.#noteRefreshed(account, secret);
      return held;
    }
    const reason = redact(failure.reason);
    const retryAtMs = now() + failure.waitMs;
    this.#note(account, { type: 'refresh-failed', reason, isFinal: failure.isFinal, retryAtMs, tokenVersion: secret.version });
    if (failure.isFinal) throw needsSignIn(account, reason);
    this.#failed.set(account.id, { version: before.version, retryAtMs, reason });
    throw refreshFailed(account, { retryAtMs, reason });
  }

  #noteRefreshed(account: Account, { version: tokenVersion, expiresAtMs }: OauthSecret): void {
    this.#note(account, { type: 'refreshed', tokenVersion, expiresAtMs });
  }

  #note(account: Account, said: Said): void {
    this.#parts.pool.note({ ...said, accountId: account.id, atMs: this.#parts.now(), by: this.#by });
  }
}

type Said = { [Type in 'refresh-started' | 'refreshed' | 'refresh-failed']: Omit<Extract<AccountEvent, { type: Type }>, 'accountId' | 'atMs' | 'by' | 'seq'> }['refresh-started' | 'refreshed' | 'refresh-failed'];

const versionOf = ({ token }: Account): number => token?.version ?? 0;
