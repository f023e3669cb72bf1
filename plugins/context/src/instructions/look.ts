import { statSync, type Stats } from 'node:fs';
import { toStamp } from '@pith/files';

/** What is there, whichever links lead to it, and what tells whether it has changed. */
export function lookAtFile(path: string): { stats: Stats | undefined; stamp: string } {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return { stats, stamp: stats === undefined ? '' : toStamp(stats) };
  } catch (error) {
    // A folder on the way is none, is not ours to look into, or its links lead in a circle.
    return { stats: undefined, stamp: (error as NodeJS.ErrnoException).code ?? 'failed' };
  }
}
