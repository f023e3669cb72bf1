import { realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { isWithin } from '@pith/files';
import type { ToolContext } from '@pith/kernel';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment in which programs of pith's own choice are looked up, as the shell is: folders of the project come last on the
 * path. `node_modules/.bin` often stands first, and what lies there may be anybody's. What a command itself runs is not changed.
 */
export function forOwnPrograms(env: Environment, roots: ToolContext['roots']): Environment {
  const name = env['PATH'] === undefined && env['Path'] !== undefined ? 'Path' : 'PATH';
  const path = env[name];
  if (path === undefined) return env;
  const isOwn = (folder: string): boolean => roots.some((root) => isWithin(follow(folder), root));
  const folders = path.split(delimiter);
  return { ...env, [name]: [...folders.filter((folder) => !isOwn(folder)), ...folders.filter(isOwn)].join(delimiter) };
}

function follow(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // Not there: nothing is found in it, either.
  }
}
