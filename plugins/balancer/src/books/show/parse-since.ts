import { describe } from '@pith/kernel';
import { balancerError } from '../../errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A point in time as it was typed: `30m`, `2h` and `7d` ago, or a day or a time of the calendar, in local time.
 * @throws PithError BOOKS_TIME_INVALID
 */
export function parseSince(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,6}) ?(s|m|min|h|d)$/.exec(text) ?? [];
  if (unit !== undefined) return nowMs - Number(count) * UNITS[unit]!;
  // A day alone would be taken for one of Greenwich.
  const ms = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?Z?)?$/.test(text) ? Date.parse(text.length === 'YYYY-MM-DD'.length ? `${text}T00:00` : text.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw balancerError('BOOKS_TIME_INVALID', `${describe(text)} is no point in time`, { hint: 'Take how long ago it was, as 30m, 2h or 7d, or when, as 2026-11-22 or "2026-11-22 14:30".' });
}
