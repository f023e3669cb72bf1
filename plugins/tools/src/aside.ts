import { randomBytes } from 'node:crypto';
import { lstat, unlink } from 'node:fs/promises';
import type { ToolContext } from '@pith/kernel';
import { hasCode } from './errors.ts';
import type { Folder } from './open.ts';

/** Files aside live for less, also where a disk is slow. */
const STALE_MS = 60_000;
const ASIDE = /^\.pith-(\d+)-[0-9a-f]{12}\.tmp$/;

/** A name in the folder that nothing has yet, for the system only. It tells whose it is, so that it can be cleared away. */
export function newAside(folder: Folder): string {
  return folder.at(`.pith-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
}

/** As above, for the old text of a file, which is never cleared away by itself. */
export function newBackup(folder: Folder): string {
  return folder.at(`.pith-${process.pid}-${randomBytes(6).toString('hex')}.old`);
}

/** Takes away what a process that was killed has left aside in this folder; looks once in a session. */
export async function clearAside(folder: Folder, { session }: Pick<ToolContext, 'session'>): Promise<void> {
  const cleared = session.get('tools.cleared-folders', () => new Set<string>());
  if (cleared.has(folder.path)) return;
  cleared.add(folder.path);
  for await (const { name } of folder.entries()) {
    const owner = ASIDE.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) await clear(folder.at(name));
  }
}

/** The process may be one of another machine, so its file must be old, too. */
async function clear(aside: string): Promise<void> {
  try {
    const stats = await lstat(aside);
    if (stats.isFile() && Date.now() - stats.mtimeMs > STALE_MS) await unlink(aside);
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'EACCES', 'EPERM')) throw error; // Somebody else has, or we may not.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}
