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

/** What lies at paths: where a link leads; `null` where there is none; nothing where that cannot be told. */
export type Links = Map<string, { to: string } | 'missing' | null | undefined>;

/**
 * Follows every link of a path, also where its end does not exist yet, and also where a link leads to nothing yet.
 * @param links what was found for other paths of the same judgement
 * @returns nothing where that cannot be told: a circle, a folder that may not be looked into, a NUL, half of a character
 */
export function findPlace(path: string, cwd: string, links: Links = new Map()): Place | undefined {
  if (path.includes('\0') || !path.isWellFormed()) return undefined;
  const spelled = resolve(cwd, path);
  const real = followLinks(spelled, links);
  if (real === undefined) return undefined;
  if (!path.split(/[\\/]/).includes('..')) return { spelled, real: [real] };
  const physical = followLinks(path.startsWith(sep) ? path : `${cwd}${sep}${path}`, links);
  if (physical === undefined) return undefined;
  return { spelled, real: physical === real ? [real] : [real, physical] };
}

/** @returns nothing where it cannot be told */
export function followLinks(path: string, known: Links = new Map()): string | undefined {
  const { root } = parse(path);
  let done = root;
  let left = path.slice(root.length).split(sep).reverse();
  for (let links = 0; left.length > 0;) {
    const name = left.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') { done = dirname(done); continue; }
    const next = join(done, name);
    if (!known.has(next)) known.set(next, readLink(next));
    const target = known.get(next);
    if (target === undefined) return undefined;
    // Below what is not there nothing is, either.
    if (target === 'missing' && !left.includes('..')) return join(next, ...left.reverse());
    if (target === null || target === 'missing') { done = next; continue; }
    if (++links > LINK_LIMIT) return undefined;
    const { root: newRoot } = parse(target.to);
    if (newRoot !== '') done = newRoot;
    left = [...left, ...target.to.slice(newRoot.length).split(sep).reverse()];
  }
  return done;
}

function readLink(path: string): { to: string } | 'missing' | null | undefined {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat === undefined ? 'missing' : stat.isSymbolicLink() ? { to: readlinkSync(path) } : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : undefined;
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
