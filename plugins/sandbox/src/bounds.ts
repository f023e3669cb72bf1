import { realpath, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import type { Bounds } from './bubblewrap.ts';
import type { Place } from './protected.ts';

export interface BoundsRequest {
  /** Folders that are there, links resolved. */
  writable: readonly string[];
  /** Protected files below those that must stay as they are. */
  keep: readonly Place[];
  hide: readonly string[];
  /** The sandbox's own folder, and the part of it that can be written. */
  own: { folder: string; temporary: string };
}

/** What one command may touch, as the folders lie now. */
export async function findBounds({ writable, keep, hide, own }: BoundsRequest): Promise<Bounds> {
  const inner = (path: string): boolean => writable.some((root) => path !== root && isBelow(path, root));
  const readOnly = [...new Set(keep.map(({ path, link }) => link?.real ?? path))].filter(inner).concat(own.folder);
  const pinned = new Set<string>();
  for (const path of readOnly) for (let folder = dirname(path); inner(folder); folder = dirname(folder)) pinned.add(folder);
  const hidden: Bounds['hidden'][number][] = [];
  for (const path of await existing(hide)) {
    // Whoever works in such a folder means to.
    if (!writable.includes(path)) hidden.push({ path, isFolder: (await stat(path)).isDirectory() });
  }
  return { writable: [...writable, own.temporary], readOnly, pinned: [...pinned], hidden };
}

/** Those that are there, links resolved, each once: what is not there can be neither written nor read. */
export async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return [...new Set(found.filter((path) => path !== undefined))];
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
