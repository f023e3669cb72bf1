import { toWords } from '../limit/words.ts';
import type { Account, AccountState, CredentialKind } from './account.ts';
import { stateAt } from './state.ts';
import { toLengthText, toTimeText, toUntilText } from './time-text.ts';

/** An account as commands and the API show it. Its secret is nowhere in it. */
export type ShownAccount = Omit<Account, 'behind' | 'streak' | 'isTierChosen' | 'version'> & { isTierChosen: boolean };

/** As it is now: what is over by itself is left out. */
export function toShown(account: Account, nowMs: number): ShownAccount {
  const { id, name, provider, family, credential, baseUrl, priority, tier, models, createdMs, windows, lastUsedMs, token } = account;
  return {
    id, name, provider, family, credential, baseUrl, priority, tier, isTierChosen: account.isTierChosen === true, models, createdMs, state: stateAt(account, nowMs),
    coolingModels: Object.fromEntries(Object.entries(account.coolingModels).filter(([, untilMs]) => untilMs > nowMs)), ...(token && { token }), windows, lastUsedMs,
  };
}

export const KIND_WORDS: Readonly<Record<AccountState['kind'], string>> = { active: 'active', paused: 'paused', cooling: 'cooling', refreshing: 'refreshing', 'needs-sign-in': 'needs sign-in' };

/** The same behind the name of an account. */
export const KIND_VERBS: Readonly<Record<AccountState['kind'], string>> = { active: 'is active', paused: 'is paused', cooling: 'is cooling', refreshing: 'is refreshing', 'needs-sign-in': 'needs a sign-in' };

/** What an account is paid by. */
export const CREDENTIAL_WORDS: Readonly<Record<CredentialKind, string>> = { 'api-key': 'a key', bearer: 'a token', oauth: 'a sign-in' };

/** Since or until when, and why; nothing where it is active. `short`: for how long, without the hour. */
export function toStateText(state: AccountState, nowMs: number, { short = false } = {}): string {
  switch (state.kind) {
    case 'active': return '';
    case 'paused': return `since ${toTimeText(state.sinceMs, nowMs)}${because(state.reason)}`;
    case 'cooling': return `${short ? `for ${toLengthText(state.untilMs - nowMs)}` : `until ${toUntilText(state.untilMs, nowMs)}`}${because(toWords(state.reason))}`;
    case 'refreshing': return `its token, since ${toTimeText(state.sinceMs, nowMs)}`;
    case 'needs-sign-in': return `since ${toTimeText(state.sinceMs, nowMs)}${because(state.reason)}`;
  }
}

/** Each window of which something is known that counts now: `unified-5h 42 % used, allowed, until 14:00:00`. `short`: without what is as it should be. */
export function toWindowTexts(windows: Account['windows'], nowMs: number, { short = false } = {}): string[] {
  return Object.entries(windows).flatMap(([name, { limit, remaining, utilization, resetAtMs, status = '' }]) => {
    if (resetAtMs !== undefined && resetAtMs <= nowMs) return [];
    const used = utilization !== undefined ? `${Math.round(utilization * 100)} % used` : remaining === undefined ? '' : `${remaining}${limit === undefined ? '' : ` of ${limit}`} left`;
    const words = short ? [used, status === 'allowed' ? '' : toStatusWords(status)] : [used, toStatusWords(status), resetAtMs === undefined ? '' : `until ${toTimeText(resetAtMs, nowMs)}`];
    const said = words.filter((word) => word !== '').join(', ');
    return said === '' ? [] : [`${name} ${said}`];
  });
}

/** What vendors say of a window, where their word is no word of people. */
const STATUSES: Readonly<Record<string, string>> = { allowed_warning: 'nearly used up', queueing_soft: 'slowed down', queueing_hard: 'used up', rate_limited: 'used up', rejected: 'used up', payment_required: 'to be paid for' };

function toStatusWords(status: string): string {
  return Object.hasOwn(STATUSES, status) ? STATUSES[status]! : status;
}

export function toModelTexts(coolingModels: Account['coolingModels'], nowMs: number, { short = false } = {}): string[] {
  return Object.entries(coolingModels).map(([model, untilMs]) => `${model} cooling ${short ? `for ${toLengthText(untilMs - nowMs)}` : `until ${toUntilText(untilMs, nowMs)}`}`);
}

export function toAgoText(atMs: number | null, nowMs: number): string {
  if (atMs === null) return 'never';
  return nowMs - atMs < 1000 ? 'now' : `${toLengthText(nowMs - atMs, { isRough: true })} ago`;
}

/** A name as it is typed behind a command. */
export function toWord(name: string): string {
  return /^[\w.@+-]+$/.test(name) ? name : JSON.stringify(name);
}

/** Behind what is so: why. */
export function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}
