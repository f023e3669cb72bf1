import { chmod, lstat, mkdir, rename, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Place } from './protected.ts';

/** What a command did to protected places while it ran. */
export interface SetAside {
  /** What it had made, and under which name that lies now. */
  moved: { path: string; to: string }[];
  /** Links that it had taken away, and which are back. */
  restored: string[];
}

/**
 * Takes back what a confined command has made under protected names, once nothing of it runs. Nothing is deleted, since what it
 * put there may be something that it had moved: it gets a name that nobody obeys.
 */
export async function setAside(before: readonly Place[], after: readonly Place[]): Promise<SetAside> {
  const known = new Map(before.map((place) => [place.path, place]));
  const done: SetAside = { moved: [], restored: [] };
  for (const { path, id, link } of after) {
    const was = known.get(path);
    if (was !== undefined && was.id === id && was.link?.text === link?.text) continue;
    const to = await freeName(path);
    if (await move(path, to)) done.moved.push({ path, to });
  }
  for (const { path, link } of before) {
    if (link === undefined || await exists(path)) continue;
    await mkdir(dirname(path), { recursive: true });
    await symlink(link.text, path);
    done.restored.push(path);
  }
  return done;
}

/** Also out of a folder that was closed behind it. @returns false for what has gone with the folder that it was in */
async function move(path: string, to: string): Promise<boolean> {
  try {
    await rename(path, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'EACCES') throw error;
    await chmod(dirname(path), 0o700);
    await rename(path, to);
  }
  return true;
}

async function freeName(path: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = `${path}.refused${number === 1 ? '' : `-${number}`}`;
    if (!await exists(name)) return name;
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}
