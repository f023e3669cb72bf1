/** `0.0042` dollars; more places where it is little. */
export function toDollars(microUsd: number): string {
  const dollars = microUsd / 1e6;
  return dollars.toFixed(dollars !== 0 && dollars < 1 ? 4 : 2);
}

/** `850 ms`, `12.3 s`, `4.5 min` */
export function toDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** `98.0 %` of a share from 0 to 1. All of it and nothing of it are said only where it is so. */
export function toPercent(share: number): string {
  const percent = share * 100;
  return `${share > 0 && share < 1 ? Math.min(99.9, Math.max(0.1, percent)).toFixed(1) : percent.toFixed(0)} %`;
}

/** `980`, `12.3k`, `4.6M` */
export function toCount(count: number): string {
  if (count < 10_000) return String(Math.round(count));
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1e6).toFixed(1)}M`;
}

/** `1 request`, `3 requests` */
export function many(count: number, thing: string): string {
  return `${toCount(count)} ${thing}${count === 1 ? '' : 's'}`;
}

/** Where the person is: the time of today, the day before it of another one. */
export function toWhen(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return at.toDateString() === new Date(nowMs).toDateString() ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
