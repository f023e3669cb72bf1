import { strict as assert } from 'node:assert';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { followLinks, readLink } from '@pith/files';
import { escapeControl, type Target, type ToolContext } from '@pith/kernel';
import { fileError, hasCode } from './errors.ts';

/**
 * What a file tool states as its targets: first the path with every link in it resolved, whether or not the file is there yet:
 * `open.ts` opens this path and no other. Then the names by which links led there, since a rule may speak of a link, and a name
 * that is protected is so also where it is one.
 */
export async function toFileTarget(family: 'Read' | 'Edit', path: string, cwd: string): Promise<readonly Target[]> {
  return (await toNamesOf(resolve(cwd, path))).map((name) => ({ family, path: name }));
}

/** The place to which an absolute path leads, and every other name that it has on the way. @throws PithError FILE_MOVED */
export async function toNamesOf(path: string): Promise<readonly [string, ...string[]]> {
  const place = await resolveLinks(path);
  if (place === path) return [place];
  const { names } = follow(path);
  return [place, ...names.filter((name) => name !== place)];
}

/** The path that this call was judged by. */
export function judgedPath({ targets }: Pick<ToolContext, 'targets'>): string {
  const path = targets[0]?.path;
  assert(path !== undefined, 'a file tool states the path that it opens');
  return path;
}

/**
 * The place to which an absolute path leads. What is not there yet counts as a plain name in the folder before it, also
 * behind a link that points to nothing.
 * @throws PithError FILE_MOVED when links lead in a circle
 */
export async function resolveLinks(path: string): Promise<string> {
  try {
    // A thread for it takes longer than the look itself.
    return realpathSync.native(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return follow(path).place;
    throw fileError(error, escapeControl(path));
  }
}

/** What cannot be looked into counts as a plain name; opening it tells. */
function follow(path: string): { place: string; names: readonly string[] } {
  const followed = followLinks(path, (name) => readLink(name) ?? null);
  if (followed === undefined) throw fileError(Object.assign(new Error('too many links'), { code: 'ELOOP' }), escapeControl(path));
  return followed;
}
