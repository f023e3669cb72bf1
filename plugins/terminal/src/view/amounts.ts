/** Amounts in a few characters, for lines that are short. */

export function toDuration(ms: number): string {
  if (ms < 1000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Thousands from 1000 on, two digits of them at least. */
export function toCount(tokens: number): string {
  if (tokens < 1000) return String(Math.round(tokens));
  if (tokens < 999_500) return `${tokens < 9950 ? (tokens / 1000).toFixed(1) : Math.round(tokens / 1000)}k`;
  return `${(tokens / 1e6).toFixed(1)}M`;
}

/** Unknown is said so, and is never free. */
export function toCost(microUsd: number | null): string {
  if (microUsd === null) return '$?';
  if (microUsd === 0) return '$0';
  const usd = microUsd / 1e6;
  if (usd < 0.0001) return '<$0.0001';
  return `$${usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2)}`;
}

export function toShare(share: number): string {
  return `${Math.round(share * 100)}%`;
}
