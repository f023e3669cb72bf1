import { strict as assert } from 'node:assert';
import { realpathSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, parse, resolve, sep } from 'node:path';
import { escapeControl, type Target, type ToolContext } from '@pith/kernel';
import { fileError, hasCode } from './errors.ts';

/** As many as Linux follows. */
const MAX_LINKS = 40;

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
  const { names } = await walk(path);
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
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return (await walk(path)).place;
    throw fileError(error, escapeControl(path));
  }
}

/** Link by link. */
async function walk(path: string): Promise<{ place: string; names: readonly string[] }> {
  const names = new Set([path]);
  let done = parse(path).root;
  const rest = toNames(path);
  for (let links = 0; rest.length > 0;) {
    const name = rest.pop()!;
    if (name === '..') {
      done = dirname(done); // `done` holds no link, so its parent is the folder above.
      continue;
    }
    const next = join(done, name);
    const target = await readLink(next);
    if (target === undefined) {
      done = next;
      continue;
    }
    if (++links > MAX_LINKS) throw fileError(Object.assign(new Error('too many links'), { code: 'ELOOP' }), escapeControl(path));
    if (isAbsolute(target)) done = parse(target).root;
    rest.push(...toNames(target));
    // Where a step back leads is only known once it is taken.
    if (!rest.includes('..')) names.add(join(done, ...rest.toReversed()));
  }
  return { place: done, names: [...names] };
}

/** The names of a path without its root, the last one first. */
function toNames(path: string): string[] {
  return path.slice(parse(path).root.length).split(sep).filter((name) => name !== '' && name !== '.').reverse();
}

/** @returns nothing for what is no link, or is not there, or cannot be looked at */
async function readLink(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT', 'ENOTDIR', 'EACCES', 'UNKNOWN')) return undefined;
    throw fileError(error, escapeControl(path));
  }
}
