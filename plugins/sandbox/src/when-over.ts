import { readFile, readlink, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Killed processes are gone long before this, unless the system itself holds one. */
const LIMIT_MS = 5000;

/**
 * Waits until all that ran in a sandbox is gone. The system ends the first process in there only after all others.
 * @param info where bubblewrap wrote the number of that process; without one it had not come to start any
 * @returns whether that is so
 */
export async function whenOver(info: string): Promise<boolean> {
  const text = await readFile(info, 'utf8').catch(() => '');
  await rm(info, { force: true });
  const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
  if (pid === undefined) return true;
  const space = /"pid-namespace":\s*(\d+)/.exec(text)?.[1];
  const endMs = performance.now() + LIMIT_MS;
  for (let waitMs = 1; await runsOn(pid, space); waitMs = Math.min(waitMs * 2, 50)) {
    if (performance.now() > endMs) return false;
    await sleep(waitMs);
  }
  return true;
}

/** The number may be somebody else's by now, but then not in the same space of numbers. */
async function runsOn(pid: string, space: string | undefined): Promise<boolean> {
  return readlink(`/proc/${pid}/ns/pid`).then((link) => space === undefined || link === `pid:[${space}]`, () => false);
}
