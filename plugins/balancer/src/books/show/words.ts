import { type BalancerErrorCode, CODES } from '../../errors.ts';

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

/** What networks and the books themselves say of an error; a vendor's own word for it stays. */
const ERRORS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection broke off', EPIPE: 'the connection broke off', UND_ERR_SOCKET: 'the connection broke off', UND_ERR_ABORTED: 'the connection broke off', UND_ERR_BODY_TIMEOUT: 'nothing came for too long', error: 'no reason given',
};

/** The error of a row as people read it. */
export function toErrorWords(error: string): string {
  const [, status] = /^http_(\d{3})$/.exec(error) ?? [];
  if (status !== undefined) return `status ${status} without a reason`;
  if (Object.hasOwn(CODES, error)) return CODES[error as BalancerErrorCode][1];
  return Object.hasOwn(ERRORS, error) ? ERRORS[error]! : error;
}
