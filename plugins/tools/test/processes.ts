import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Command lines of running processes in which `token` stands; this one's own excepted. Linux only. */
export function findProcesses(token: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return line.includes(token) ? [`${pid} ${line}`] : [];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

/** Looks until `count` processes with the token run. */
export async function awaitProcesses(token: string, count: number): Promise<void> {
  while (findProcesses(token).length < count) await sleep(5);
}
