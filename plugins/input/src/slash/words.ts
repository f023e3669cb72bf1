import { escapeControl } from '@pith/kernel';

/** A table fits into so many columns, so that it does into any window. All other text is wrapped by whoever shows it. */
export const COLUMNS = 40;
/** So much of a title, or of what was typed. */
export const TITLE = 100;

export function toCount(count: number, noun: string, nouns = `${noun}s`): string {
  return `${toNumber(count)} ${count === 1 ? noun : nouns}`;
}

/** Groups of three digits. */
export function toNumber(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** Text of others in one line of at most so many characters, never half of one. */
export function toLine(text: string, columns = COLUMNS): string {
  const characters = Array.from(escapeControl(text.slice(0, 1000).replaceAll(/\s+/g, ' ').trim()));
  return characters.length <= columns ? characters.join('') : `${characters.slice(0, columns - 1).join('').trimEnd()}…`;
}

/** Dollars, as exact as they are known. */
export function toDollars(microUsd: number): string {
  return `$${(microUsd / 1e6).toFixed(6).replace(/(\.\d\d\d*?)0+$/, '$1')}`;
}

/** How long ago, in the largest unit that fits. */
export function toAge(ms: number): string {
  const minutes = Math.floor(Math.max(ms, 0) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 60 / 24)} days ago`;
}
