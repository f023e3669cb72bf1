import type { OauthSecret } from './oauth-secret.ts';

/** Before a token ends it is refreshed, so long, but never in more than the last third of its life. */
export const WINDOW_MS = 30 * 60_000;
/** With less than this left, a request waits for the new one: it may be on its way for a while. */
export const HOLD_MS = 30_000;

/** `good` for a while; `soon`: a new one is got beside; `now`: a new one is waited for; `over`: it is of no use any more. */
export type Due = 'good' | 'soon' | 'now' | 'over';

/** @param windowMs as a person has set it */
export function dueOf({ expiresAtMs, receivedMs }: Pick<OauthSecret, 'expiresAtMs' | 'receivedMs'>, nowMs: number, windowMs = WINDOW_MS): Due {
  if (expiresAtMs === null) return 'good';
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return 'over';
  const window = Math.min(windowMs, (expiresAtMs - receivedMs) / 3);
  if (leftMs > window) return 'good';
  return leftMs > HOLD_MS ? 'soon' : 'now';
}
