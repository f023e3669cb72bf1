import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, parse, sep } from 'node:path';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** What lies at a path: where a link leads; `null` for no link; that there is nothing. */
export type Link = { to: string } | 'missing' | null;

export interface Followed {
  /** Where the path leads. What is not there yet counts as a plain name, also behind a link that points to nothing. */
  place: string;
  /** The path, and each name that it has on the way: a rule may speak of a link. */
  names: readonly string[];
}

/**
 * Follows the links of an absolute path, one by one; `..` is a step back from where the links before it lead.
 * @param look nothing where it cannot tell
 * @returns nothing where links lead in a circle, or `look` cannot tell
 */
export function followLinks(path: string, look: (path: string) => Link | undefined = readLink): Followed | undefined {
  const names = new Set([path]);
  let done = parse(path).root;
  const left = namesOf(path);
  for (let links = 0; left.length > 0;) {
    const name = left.pop()!;
    if (name === '..') {
      done = dirname(done); // `done` holds no link, so its parent is the folder above.
      continue;
    }
    const next = join(done, name);
    const link = look(next);
    if (link === undefined) return undefined;
    // Below what is not there nothing is, either.
    if (link === 'missing' && !left.includes('..')) return { place: join(next, ...left.toReversed()), names: [...names] };
    if (link === null || link === 'missing') {
      done = next;
      continue;
    }
    if (++links > MAX_LINKS) return undefined;
    const { root } = parse(link.to);
    if (root !== '') done = root;
    left.push(...namesOf(link.to));
    // Where a step back leads is only known once it is taken.
    if (!left.includes('..')) names.add(join(done, ...left.toReversed()));
  }
  return { place: done, names: [...names] };
}

/** @returns nothing where it cannot be told: a folder that may not be looked into */
export function readLink(path: string): Link | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined ? 'missing' : stats.isSymbolicLink() ? { to: readlinkSync(path) } : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : undefined;
  }
}

/** The names of a path without its root, the last one first. */
function namesOf(path: string): string[] {
  return path.slice(parse(path).root.length).split(sep).filter((name) => name !== '' && name !== '.').reverse();
}
