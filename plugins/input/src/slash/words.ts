import { escapeControl } from '@pith/kernel';

/** Replies fit into so many columns. */
export const COLUMNS = 40;

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

/** Words in lines. Those behind the first begin with the indent; the first is put behind one by whoever wants it. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if ((lines.length === 1 ? indent.length : 0) + last.length + 1 + word.length <= COLUMNS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
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
