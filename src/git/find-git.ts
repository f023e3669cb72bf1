import { realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { findProgram } from '@pith/child';
import { isWithin } from '@pith/files';

/** The program, looked up outside of the project, since there it would be the project’s. */
export async function findGit(env: Readonly<Record<string, string | undefined>>, roots: readonly string[]): Promise<string | undefined> {
  const path = env['PATH'] ?? env['Path'];
  if (path === undefined) return findProgram('git', env);
  const outside = path.split(delimiter).filter((folder) => !roots.some((root) => isWithin(follow(folder), root)));
  return findProgram('git', { ...env, PATH: outside.join(delimiter) });
}

function follow(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // Not there: nothing is found in it, either.
  }
}
