import { setTimeout as wait } from 'node:timers/promises';
import { isPithError } from '@pith/kernel';
import type { Balancer } from '../service.ts';

const AGAIN_MS = { least: 250, most: 2000 };
/** Whatever starts programs again may have a longer breath than we. */
const WAIT_MS = 60_000;

/**
 * A server that is away is waited for, since its machine may start after this one; that is said once.
 * @throws PithError as the database does: after a minute, and at once for what does not pass by itself
 */
export async function untilDatabase({ database }: Pick<Balancer, 'database'>, say: (line: string) => void, { waitMs = WAIT_MS } = {}): Promise<void> {
  const endMs = performance.now() + waitMs;
  for (let againMs = AGAIN_MS.least; ; againMs = Math.min(againMs * 2, AGAIN_MS.most)) {
    try {
      await database();
      return;
    } catch (error) {
      if (!isAway(error) || performance.now() > endMs) throw error;
      if (againMs === AGAIN_MS.least) say(`${(error as Error).message}. The proxy waits for it, at most ${waitMs / 1000} s`);
      await wait(againMs);
    }
  }
}

function isAway(error: unknown): boolean {
  return isPithError(error) && error.code === 'DATABASE_UNREACHABLE' && error.details?.['passes'] === true;
}
