import { formatTable } from '@pith/table';
import type { Backtest } from './backtest.ts';

const SHORT_ID = 12;
const INPUT_LENGTH = 48;

/** The calls that flip, and the sums. */
export function formatBacktest({ rule, sessions, calls, flipped, now, lacking, unreadable, rows }: Backtest): string {
  const table = rows.length === 0 ? [] : [formatTable(['SESSION', 'TOOL', 'INPUT', 'THEN', 'NOW', 'WHY'], rows.map((row) => [
    row.session.slice(0, SHORT_ID), row.tool, shorten(JSON.stringify(row.input) ?? ''), row.then, row.now, row.changedTo === undefined ? row.reason : `${row.reason}: ${JSON.stringify(row.changedTo)}`,
  ])), ''];
  const sums = Object.entries(now).map(([what, count]) => `${count} ${what}`).join(', ');
  const lines = [
    `${rule}: ${count(calls, 'call')} of ${count(sessions, 'session')}, ${flipped === 0 ? 'none of which' : flipped === 1 ? '1 of which' : `${flipped} of which`} would go otherwise than then${sums === '' ? '' : ` (now: ${sums})`}.`,
    ...(lacking === 0 ? [] : [`${count(lacking, 'refused call')} could not be judged again: the session was kept without a recording, so nobody knows what they would have touched.`]),
    ...unreadable,
  ];
  return [...table, ...lines].join('\n');
}

function shorten(text: string): string {
  return text.length > INPUT_LENGTH ? `${text.slice(0, INPUT_LENGTH - 1)}…` : text;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
