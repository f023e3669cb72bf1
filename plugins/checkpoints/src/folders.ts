import { statSync } from 'node:fs';
import { dirname, parse } from 'node:path';
import { isWithin, lookAt } from '@pith/files';
import { isEmpty } from './entry.ts';
import type { TreePlace } from './place.ts';
import type { Recorded } from './records.ts';

/** The folder that a path is in, or will be: it is empty no more then, or from then on. The roots themselves stay whatever is in them. */
export function holderOf(path: string, roots: readonly string[]): string[] {
  const folder = dirname(path);
  if (!roots.some((root) => folder !== root && isWithin(folder, root))) return [];
  return lookAt(folder) === undefined ? holderOf(folder, roots) : [folder];
}

/** Folders above a path that are not there yet. */
export function missingAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === parse(folder).root || lookAt(folder) !== undefined ? [] : [folder, ...missingAbove(folder)];
}

/** Folders of new files that are no older than the call. */
export function madeSince({ changes }: Recorded, trees: readonly TreePlace[], startMs: number): string[] {
  const made = new Set<string>();
  for (const { path, before, after } of changes) {
    if (before !== null) continue;
    for (let folder = isEmpty(after ?? null) ? path : dirname(path); !made.has(folder) && trees.some(({ top }) => folder !== top && isWithin(folder, top)); folder = dirname(folder)) {
      const stats = statSync(folder, { throwIfNoEntry: false });
      if (stats === undefined || stats.birthtimeMs < startMs) break;
      made.add(folder);
    }
  }
  return [...made];
}
