import type { SecretValue, Vault } from '@pith/kernel';
import type { Account } from '../account/account.ts';
import { secretName } from '../account/remove-account.ts';
import { isAnswerLost, judgeFailure, type RefreshFailure, WAIT_MAX_MS } from './judge-failure.ts';
import { nextSecret, type OauthSecret, readOauthSecret, type Tokens, toSecretValue } from './oauth-secret.ts';
import { secretMissing } from './token-errors.ts';

/** Where another process holds the lock for longer, this one says that it could not refresh, and tries later. */
const LOCK_LIMIT_MS = 60_000;

export interface RefreshParts {
  vault: Pick<Vault, 'update'>;
  ask: (secret: OauthSecret & { refresh: string }) => Promise<Tokens>;
  now: () => number;
  /** The issuer is about to be asked, by this process. */
  started: () => void;
  /** An answer that could not be stored, kept until it can: the issuer may give it only once. */
  unstored: Map<string, { of: string; tokens: Tokens }>;
}

export interface RefreshOutcome { secret: OauthSecret; failure?: RefreshFailure }

/**
 * Gets the token after `version`, once over all processes: whoever comes second finds it stored and asks nobody.
 *
 * In two steps, each under the lock of this secret. The first writes down that the issuer is about to be asked, and so proves that
 * the vault takes what comes back; the second asks and stores, before anybody uses it. A process that dies in between leaves its
 * mark: the next one asks again with the old token, which issuers with a time of grace accept, and knows why one without refuses it.
 * @see docs/decisions/0062-a-token-is-renewed-once.md
 */
export async function refreshOnce(account: Account, version: number, { vault, ask, now, started, unstored }: RefreshParts): Promise<RefreshOutcome> {
  const name = secretName(account);
  const patience = new AbortController();
  const limit = { signal: patience.signal };
  const timer = setTimeout(() => patience.abort(new Error(`another process holds its lock for more than ${LOCK_LIMIT_MS / 1000} s`)), LOCK_LIMIT_MS).unref();
  let lostSinceMs: number | undefined;
  let failure: RefreshFailure | undefined;

  const hasUnstored = ({ refresh }: OauthSecret): boolean => refresh !== undefined && unstored.get(account.id)?.of === refresh;
  const isWaiting = ({ waitUntilMs = 0 }: OauthSecret): boolean => waitUntilMs > now() && waitUntilMs <= now() + WAIT_MAX_MS;
  const canAsk = (secret: OauthSecret): secret is OauthSecret & { refresh: string } => secret.version <= version && secret.refresh !== undefined && !secret.isRefused && (!isWaiting(secret) || hasUnstored(secret));

  const mark = (): Promise<unknown> => vault.update(name, (held) => {
    const secret = read(held, account);
    if (!canAsk(secret)) return undefined;
    lostSinceMs = secret.askingSinceMs;
    return toSecretValue({ ...secret, askingSinceMs: now() });
  }, limit);

  const askAndStore = (): Promise<SecretValue | undefined> => vault.update(name, async (held) => {
    const secret = read(held, account);
    failure = undefined;
    if (!canAsk(secret)) return undefined;
    try {
      const tokens = hasUnstored(secret) ? unstored.get(account.id)!.tokens : await askTwice(secret, { ask, started, lost: () => { lostSinceMs = now(); } });
      unstored.set(account.id, { of: secret.refresh, tokens });
      return toSecretValue(nextSecret(secret, tokens, now()));
    } catch (error) {
      failure = judgeFailure(error, now());
      const { askingSinceMs, ...unmarked } = secret;
      // The mark stays where nobody knows what the issuer has made of it.
      if (!failure.isFinal) return toSecretValue({ ...unmarked, ...(askingSinceMs === undefined || failure.isAnswered ? {} : { askingSinceMs }), waitUntilMs: now() + failure.waitMs });
      if (lostSinceMs !== undefined) failure = { ...failure, reason: `${failure.reason}; an answer of ${new Date(lostSinceMs).toISOString()} was lost, and the token of before is not taken a second time` };
      return toSecretValue({ ...unmarked, isRefused: true });
    }
  }, limit);

  const stored = await mark().then(askAndStore).finally(() => clearTimeout(timer));
  unstored.delete(account.id);
  const secret = read(stored, account);
  if (secret.version > version) return { secret };
  return { secret, failure: failure ?? failureOf(secret, now()) };
}

/** What another process was told; the events of the account say more. */
function failureOf({ isRefused, waitUntilMs, refresh }: OauthSecret, nowMs: number): RefreshFailure {
  if (!isRefused && refresh !== undefined && waitUntilMs !== undefined) return { isFinal: false, isAnswered: true, reason: 'the issuer has just not answered well to another process', waitMs: Math.max(0, waitUntilMs - nowMs) };
  return { isFinal: true, isAnswered: true, reason: isRefused ? 'the issuer takes its refresh token no more' : 'its issuer gives no refresh token', waitMs: 0 };
}

async function askTwice(secret: OauthSecret & { refresh: string }, { ask, started, lost }: Pick<RefreshParts, 'ask' | 'started'> & { lost: () => void }): Promise<Tokens> {
  started();
  try {
    return await ask(secret);
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    lost();
    return ask(secret);
  }
}

/** @throws PithError ACCOUNT_SECRET_MISSING */
export function read(held: SecretValue | undefined, account: Account): OauthSecret {
  const secret = readOauthSecret(held);
  if (secret !== undefined) return secret;
  throw secretMissing(account);
}
