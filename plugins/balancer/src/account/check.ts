import { describe, nearest } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import type { Account, AccountEvent } from './account.ts';
import { TIER_MAX } from './tier.ts';

export const PRIORITY_MAX = 100;
/** Also an address: that is what many accounts are called. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u;

/** @throws PithError ACCOUNT_NAME_INVALID */
function checkName(name: string): void {
  if (NAME.test(name) && name === name.trim() && name === name.normalize('NFC')) return;
  throw balancerError('ACCOUNT_NAME_INVALID', `An account cannot be called ${describe(name)}`, { hint: 'Take at most 64 letters, digits, blanks and . _ @ + -, a letter or a digit first.' });
}

/** By name or id. @throws PithError ACCOUNT_NOT_FOUND */
export function findAccount(accounts: readonly Account[], nameOrId: string): Account {
  const wanted = toKey(nameOrId);
  const found = accounts.find(({ id }) => id === nameOrId) ?? accounts.find(({ name }) => toKey(name) === wanted);
  if (found !== undefined) return found;
  const near = nearest(nameOrId, accounts.map(({ name }) => name));
  throw balancerError('ACCOUNT_NOT_FOUND', `There is no account ${describe(nameOrId)}`, {
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : accounts.length === 0 ? 'Add one with: pith accounts add NAME' : 'All of them: pith accounts list',
  });
}

/**
 * Whether an event can come, as things are at that moment.
 * @throws PithError ACCOUNT_NAME_INVALID, ACCOUNT_NAME_TAKEN, ACCOUNT_NOT_FOUND, ACCOUNT_VALUE_INVALID
 */
export function checkEvent(event: AccountEvent, accounts: readonly Account[]): void {
  const { accountId, type } = event;
  if (type !== 'added' && !accounts.some(({ id }) => id === accountId)) throw balancerError('ACCOUNT_NOT_FOUND', 'The account is not there any more: somebody has removed it', { hint: 'Those that are: pith accounts list' });
  if (type !== 'added' && type !== 'changed') return;
  const { name, priority, tier } = event;
  if (priority !== undefined) checkPriority(priority);
  if (tier !== undefined && tier !== null) checkTier(tier);
  if (name !== undefined) checkFree(name, { accountId, accounts });
}

/** As it was typed. @throws PithError ACCOUNT_VALUE_INVALID */
export function parsePriority(text: string): number {
  return checkPriority(toNumber(text), text);
}

/** As it was typed; nothing where it follows the limits. @throws PithError ACCOUNT_VALUE_INVALID */
export function parseTier(text: string): number | null {
  return text === 'limits' ? null : checkTier(toNumber(text), text);
}

function checkPriority(priority: number, found: unknown = priority): number {
  if (isWhole(priority, 0, PRIORITY_MAX)) return priority;
  throw balancerError('ACCOUNT_VALUE_INVALID', `A priority is a whole number from 0 to ${PRIORITY_MAX}; found ${describe(found)}`, { hint: 'The lower it is, the sooner the account comes: pith accounts priority NAME 10' });
}

function checkTier(tier: number, found: unknown = tier): number {
  if (isWhole(tier, 1, TIER_MAX)) return tier;
  throw balancerError('ACCOUNT_VALUE_INVALID', `A tier is a whole number from 1 to ${TIER_MAX}, or the word limits; found ${describe(found)}`, { hint: 'It says how much the account takes in relation to others: pith accounts tier NAME 5' });
}

function checkFree(name: string, { accountId, accounts }: { accountId: string; accounts: readonly Account[] }): void {
  checkName(name);
  const key = toKey(name);
  const other = accounts.find((account) => account.id !== accountId && (toKey(account.name) === key || account.id === name));
  if (other !== undefined) throw balancerError('ACCOUNT_NAME_TAKEN', `There is an account ${JSON.stringify(other.name)} already`, { hint: `Take another name, or rename that one: pith accounts rename ${JSON.stringify(other.name)} NEW` });
}

/** Names that differ in the letter case alone would be taken for each other. */
export function toKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function toNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}
