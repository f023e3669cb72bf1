import { formatParagraph, formatTable, screenWidth } from '@pith/table';
import type { Account } from '../account/account.ts';
import { toAgoText, toWord } from '../account/shown.ts';
import { toLengthText, toTimeText, toUntilText } from '../account/time-text.ts';
import { periodAt, resetAfter, toBudgetText, toDollars } from './budget.ts';
import type { KeyRecord } from './key.ts';
import type { KeyStore } from './key-store.ts';

export type KeyState = 'active' | 'paused' | 'expired';

/** A client key as commands and the API show it. */
export interface ShownKey {
  id: string;
  name: string;
  hint: string;
  state: KeyState;
  /** Names of its accounts; nothing: all. */
  accounts: readonly string[] | null;
  models: readonly string[] | null;
  budgets: readonly { amountMicroUsd: number; per: string; /** In the period that runs. */ spentMicroUsd: number; resetsAtMs: number | null }[];
  createdMs: number;
  expiresMs: number | null;
  pausedMs: number | null;
  rotatedMs: number | null;
}

/** One that has just been made, with its secret. In JSON that is not called so: whatever is, pith hides where it prints it. */
export type MadeKey = ShownKey & { key: string };

/** With what it has spent. @param accounts of the pool: those that are gone are called by their id */
export async function toShownKey(key: KeyRecord, { store, accounts, nowMs }: { store: KeyStore; accounts: readonly Account[]; nowMs: number }): Promise<ShownKey> {
  const { id, name, hint, models, createdMs, expiresMs, pausedMs, rotatedMs } = key;
  const spending = key.budgets.length === 0 ? new Map<string, number>() : await store.spending(id);
  const nameOf = (accountId: string): string => accounts.find((account) => account.id === accountId)?.name ?? accountId;
  return {
    id, name, hint, models, createdMs, expiresMs, pausedMs, rotatedMs,
    state: pausedMs !== null ? 'paused' : expiresMs !== null && expiresMs <= nowMs ? 'expired' : 'active',
    accounts: key.accounts?.map(nameOf) ?? null,
    budgets: key.budgets.map(({ amountMicroUsd, per }) => ({ amountMicroUsd, per, spentMicroUsd: spending.get(periodAt(per, nowMs)) ?? 0, resetsAtMs: resetAfter(per, nowMs) })),
  };
}

/** One row a key. */
export function formatKeys(keys: readonly ShownKey[], nowMs: number, width = screenWidth()): string {
  const rows = keys.map((key) => [key.name, key.hint, key.state, toAgoText(key.createdMs, nowMs), toMayText(key, nowMs)]);
  return formatTable(['KEY', 'SECRET', 'STATE', 'MADE', 'MAY'], rows, width);
}

/** What it may do, in a line. */
function toMayText(key: ShownKey, nowMs: number): string {
  const { accounts, models, budgets, expiresMs } = key;
  const said = [
    accounts === null ? '' : `accounts ${accounts.join(', ')}`,
    models === null ? '' : `models ${models.join(', ')}`,
    ...budgets.map((budget) => toBudgetLine(budget)),
    expiresMs === null || expiresMs <= nowMs ? '' : `for ${toLengthText(expiresMs - nowMs)}`,
  ].filter((text) => text !== '');
  return said.length === 0 ? 'everything' : said.join('; ');
}

export function formatKey(key: ShownKey, nowMs: number, width = screenWidth()): string {
  const lines: readonly (readonly [string, string])[] = [
    ['id', key.id], ['secret', `${key.hint} (kept only as a hash)`],
    ['state', key.state === 'paused' ? `paused since ${toTimeText(key.pausedMs!, nowMs)}` : key.state === 'expired' ? `expired since ${toTimeText(key.expiresMs!, nowMs)}` : 'active'],
    ['made', toTimeText(key.createdMs, nowMs)], ...(key.rotatedMs === null ? [] : [['secret changed', toTimeText(key.rotatedMs, nowMs)] as const]),
    ['accounts', key.accounts?.join(', ') ?? 'all'], ['models', key.models?.join(', ') ?? 'all'],
    ...key.budgets.map((budget) => ['budget', `${toBudgetLine(budget)}${budget.resetsAtMs === null ? '' : `, new at ${toTimeText(budget.resetsAtMs, nowMs)}`}`] as const),
    ...(key.budgets.length === 0 ? [['budget', 'none'] as const] : []),
    ['expires', key.expiresMs === null ? 'never' : key.expiresMs > nowMs ? toUntilText(key.expiresMs, nowMs) : toTimeText(key.expiresMs, nowMs)],
  ];
  return [key.name, ...lines.map(([title, text]) => formatParagraph(text, width, `  ${title.padEnd(16)}`))].join('\n');
}

function toBudgetLine({ amountMicroUsd, per, spentMicroUsd }: ShownKey['budgets'][number]): string {
  return `${toDollars(spentMicroUsd)} of ${toBudgetText({ amountMicroUsd, per: per as 'day' })} spent`;
}

/** What is said once, when a secret is made. */
export function formatSecret(name: string, secret: string): string {
  return `${secret}\n\nThis is the secret of ${name}. It is shown this once and kept nowhere; if it is lost: pith proxy keys rotate ${toWord(name)}\nA program sends it as x-api-key, or as Authorization: Bearer.`;
}
