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

/** Looks until a process has started one with the token. */
export async function awaitChild(parent: number, token: string): Promise<void> {
  const isThere = (): boolean => {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').split(' ');
    return findProcesses(token).some((line) => children.includes(line.split(' ', 1)[0]!));
  };
  while (!isThere()) await sleep(5);
}

/** Looks until none with the token runs. */
export async function awaitNone(token: string): Promise<void> {
  while (findProcesses(token).length > 0) await sleep(5);
}

/** Looks until `count` processes with the token run. */
export async function awaitProcesses(token: string, count: number): Promise<void> {
  while (findProcesses(token).length < count) await sleep(5);
}
