import { describe } from '@pith/kernel';
import { balancerError } from '../errors.ts';

export type BudgetPeriod = 'day' | 'month' | 'total';

/** What a key may spend at most in each day or month (UTC), or ever. */
export interface Budget { amountMicroUsd: number; per: BudgetPeriod }

const TEXT = /^\$?(\d{1,9}(?:\.\d{1,6})?)(?:usd|\$)?(?:\/(day|month|total))?$/i;
const MICRO = 1_000_000;

/** `5usd/day`, `$20/month`, `100usd` (ever). @throws PithError PROXY_KEY_VALUE_INVALID */
export function parseBudget(text: string): Budget {
  const [, amount, per = 'total'] = TEXT.exec(text.replaceAll(/\s+/g, '')) ?? [];
  // Digits, not a multiplication of fractions: 0.07 dollars are 70000 millionths.
  const [whole = '', part = ''] = amount?.split('.') ?? [];
  const amountMicroUsd = Number(whole) * MICRO + Number(part.padEnd(6, '0'));
  if (amount !== undefined && amountMicroUsd > 0) return { amountMicroUsd, per: per.toLowerCase() as BudgetPeriod };
  throw balancerError('PROXY_KEY_VALUE_INVALID', `A budget is an amount of dollars above 0 for a day, a month or ever; found ${describe(text)}`, { hint: 'Write --budget 5usd/day, --budget 100usd/month or --budget 500usd/total' });
}

/** One of each period. @throws PithError PROXY_KEY_VALUE_INVALID */
export function parseBudgets(texts: readonly string[]): Budget[] {
  const budgets = texts.map(parseBudget);
  const twice = budgets.find(({ per }, index) => budgets.findIndex((other) => other.per === per) !== index);
  if (twice === undefined) return budgets;
  throw balancerError('PROXY_KEY_VALUE_INVALID', `A key has one budget for each period; found two per ${twice.per}`, { hint: 'Keep one of them.' });
}

/** The name under which spending of that time is added up: `2026-11-22`, `2026-11`, `total`. */
export function periodAt(per: BudgetPeriod, nowMs: number): string {
  return per === 'total' ? 'total' : new Date(nowMs).toISOString().slice(0, per === 'day' ? 10 : 7);
}

/** When the next period begins; nothing for a budget that does not come again. */
export function resetAfter(per: BudgetPeriod, nowMs: number): number | null {
  const now = new Date(nowMs);
  if (per === 'total') return null;
  return per === 'day' ? Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) : Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
}

/** `$5.00`, and below a cent all that there is. */
export function toDollars(microUsd: number): string {
  const cents = microUsd / MICRO;
  return `$${microUsd % 10_000 === 0 || microUsd >= MICRO ? cents.toFixed(2) : cents.toFixed(6).replace(/0+$/, '')}`;
}

export const toBudgetText = ({ amountMicroUsd, per }: Budget): string => `${toDollars(amountMicroUsd)} ${per === 'total' ? 'in all' : `a ${per}`}`;
