import type { PithError } from '@pith/kernel';
import type { Account } from '../account/account.ts';
import { toWord } from '../account/shown.ts';
import { balancerError } from '../errors.ts';

export function secretMissing({ name }: Account): PithError {
  return balancerError('ACCOUNT_SECRET_MISSING', `The vault holds no secret for account ${name} that can be used`, { hint: `Give it one: pith accounts reauth ${toWord(name)}` });
}

export function needsSignIn({ name }: Account, reason: string): PithError {
  return balancerError('ACCOUNT_NEEDS_SIGN_IN', `Account ${name} needs a sign-in: ${reason}`, { hint: `pith accounts reauth ${toWord(name)}` });
}

export function refreshFailed({ name }: Account, { retryAtMs, reason }: { retryAtMs: number; reason: string }): PithError {
  return balancerError('ACCOUNT_REFRESH_FAILED', `The token of account ${name} could not be refreshed: ${reason}`, { hint: `It is tried again by itself. What happened: pith accounts explain ${toWord(name)}`, details: { retryAtMs } });
}
