import type { PreparedCall } from '@pith/kernel';

/** What is looked at for one call: these files, or all that is not ignored in its folders. */
export type Reach = { paths: readonly string[] } | { folders: readonly string[] };

/** Reads, fetches and agents change no file themselves; the calls of an agent come by one by one. @returns nothing where no file can change */
export function reachOf({ effect, targets, roots }: Pick<PreparedCall, 'effect' | 'targets' | 'roots'>): Reach | undefined {
  if (effect !== 'write' && effect !== 'exec') return undefined;
  const isNamed = effect === 'write' && targets.length > 0 && targets.every(({ family, path }) => path !== undefined && (family === 'Edit' || family === 'Read'));
  if (!isNamed) return { folders: roots };
  return { paths: [...new Set(targets.filter(({ family }) => family === 'Edit').map(({ path }) => path!))] };
}
