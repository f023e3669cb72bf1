import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';

/** More links than this in one path are a circle. */
const LINK_LIMIT = 40;

/** A path as it is judged. Both are absolute. */
export interface Place {
  /** As it is spelled. */
  spelled: string;
  /** Where it leads when every link is followed: two where `..` may be taken before or after a link. */
  real: readonly string[];
}

/**
 * Follows every link of a path, also where its end does not exist yet, and also where a link leads to nothing yet.
 * @returns nothing where that cannot be told: a circle, a folder that may not be looked into, a NUL, half of a character
 */
export function findPlace(path: string, cwd: string): Place | undefined {
  if (path.includes('\0') || !path.isWellFormed()) return undefined;
  const spelled = resolve(cwd, path);
  const real = followLinks(spelled);
  if (real === undefined) return undefined;
  if (!path.split(/[\\/]/).includes('..')) return { spelled, real: [real] };
  const physical = followLinks(path.startsWith(sep) ? path : `${cwd}${sep}${path}`);
  if (physical === undefined) return undefined;
  return { spelled, real: physical === real ? [real] : [real, physical] };
}

/** @returns nothing where it cannot be told */
export function followLinks(path: string): string | undefined {
  const { root } = parse(path);
  let done = root;
  let left = path.slice(root.length).split(sep).reverse();
  for (let links = 0; left.length > 0;) {
    const name = left.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') { done = dirname(done); continue; }
    const next = join(done, name);
    const target = readLink(next);
    if (target === undefined) return undefined;
    if (target === null) { done = next; continue; }
    if (++links > LINK_LIMIT) return undefined;
    const { root: newRoot } = parse(target);
    if (newRoot !== '') done = newRoot;
    left = [...left, ...target.slice(newRoot.length).split(sep).reverse()];
  }
  return done;
}

/** Where a link leads; `null` where there is no link, or nothing at all; nothing where that cannot be told. */
function readLink(path: string): string | null | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : undefined;
  }
}

/** The folder that a place lies in, of folders without links; nothing where a way of reading the path leads outside. */
export function findRoot(place: Place, realRoots: readonly string[]): string | undefined {
  const found = place.real.map((path) => realRoots.find((root) => isWithin(path, root)));
  return found.includes(undefined) ? undefined : found[0];
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
