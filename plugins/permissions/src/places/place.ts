import { resolve, sep } from 'node:path';
import { followLinks, isWithin, type Link, readLink } from '@pith/files';

/** A path as it is judged. Both are absolute. */
export interface Place {
  /** As it is spelled. */
  spelled: string;
  /** Where it leads when every link is followed: two where `..` may be taken before or after a link. */
  real: readonly string[];
}

/** What lies at paths: where a link leads; `null` where there is none; nothing where that cannot be told. */
export type Links = Map<string, Link | undefined>;

/**
 * Follows every link of a path, also where its end does not exist yet, and also where a link leads to nothing yet.
 * @param links what was found for other paths of the same judgement
 * @returns nothing where that cannot be told: a circle, a folder that may not be looked into, a NUL, half of a character
 */
export function findPlace(path: string, cwd: string, links: Links = new Map()): Place | undefined {
  if (path.includes('\0') || !path.isWellFormed()) return undefined;
  const spelled = resolve(cwd, path);
  const real = findEnd(spelled, links);
  if (real === undefined) return undefined;
  if (!path.split(/[\\/]/).includes('..')) return { spelled, real: [real] };
  const physical = findEnd(path.startsWith(sep) ? path : `${cwd}${sep}${path}`, links);
  if (physical === undefined) return undefined;
  return { spelled, real: physical === real ? [real] : [real, physical] };
}

/** @returns nothing where it cannot be told */
export function findEnd(path: string, known: Links = new Map()): string | undefined {
  return followLinks(path, (name) => {
    if (!known.has(name)) known.set(name, readLink(name));
    return known.get(name);
  })?.place;
}

/** The folder that a place lies in, of folders without links; nothing where a way of reading the path leads outside. */
export function findRoot(place: Place, realRoots: readonly string[]): string | undefined {
  const found = place.real.map((path) => realRoots.find((root) => isWithin(path, root)));
  return found.includes(undefined) ? undefined : found[0];
}
