import { setTimeout as wait } from 'node:timers/promises';
import { isPithError } from '@pith/kernel';
import type { Balancer } from '../service.ts';

const AGAIN_MS = { least: 250, most: 5000 };
/** A server that speaks, and lets nobody of that name in: that does not pass. */
const NOT_LET_IN = /^(28|3D|42501)/;

/** A server that is away is waited for, since its machine may start after this one; that is said once. Without an end: whoever waits ends the process. @throws PithError as the database does, for all else */
export async function untilDatabase({ database }: Pick<Balancer, 'database'>, say: (line: string) => void): Promise<void> {
  for (let waitMs = AGAIN_MS.least; ; waitMs = Math.min(waitMs * 2, AGAIN_MS.most)) {
    try {
      await database();
      return;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (waitMs === AGAIN_MS.least) say(`${(error as Error).message}. The proxy waits for it`);
      await wait(waitMs);
    }
  }
}

function isAway(error: unknown): boolean {
  if (!isPithError(error) || error.code !== 'DATABASE_UNREACHABLE') return false;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && !NOT_LET_IN.test(code);
}
