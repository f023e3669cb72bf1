import { createHash, randomUUID } from 'node:crypto';
import { realpathSync, renameSync, writeFileSync } from 'node:fs';
import { parse, join, relative, sep } from 'node:path';
import { findRepository, isWithin } from '@pith/files';

/** A work tree, and where what is known of it lies. */
export interface TreePlace {
  top: string;
  /** Parts of it that are looked at, relative to the top; all of it where there is none. */
  parts: string[];
  folder: string;
  index: string;
  state: string;
  exclude: string;
  /** A file for each call under way that may change it. */
  open: string;
}

export const toName = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 24);

/** The store of a session's own folder: what its calls change elsewhere is kept there, too. */
export function storeOf(data: string, root: string): string {
  return join(data, 'stores', toName(findRepository(root) ?? root));
}

/** The trees of these folders. One in a repository is a part of it, so that ignore files above it count. */
export function treesOf(store: string, roots: readonly string[]): TreePlace[] {
  const trees = new Map<string, TreePlace>();
  for (const root of roots) {
    const top = findRepository(root) ?? root;
    const folder = join(store, 'trees', toName(top));
    const place = trees.get(top) ?? { top, parts: [], folder, index: join(folder, 'index'), state: join(folder, 'state.json'), exclude: join(folder, 'exclude'), open: join(folder, 'open') };
    place.parts.push(relative(top, root).split(sep).join('/'));
    trees.set(top, place);
  }
  const all = [...trees.values()].map((place) => (place.parts.includes('') ? { ...place, parts: [] } : place));
  // One within another without a repository of its own is looked at with it.
  return all.filter(({ top }) => !all.some((other) => other.top !== top && other.parts.length === 0 && isWithin(top, other.top) && findRepository(top) !== top));
}

/** Folders that hold more than one project: nobody wants all of them kept. */
export function isTooWide(root: string, home: string | undefined): boolean {
  return root === parse(root).root || (home !== undefined && (isWithin(home, root) || isWithin(follow(home), root)));
}

/** Where its links lead. */
function follow(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // Not there: nothing is found in it, either.
  }
}

/** Old or new, never half. */
export function writeWhole(file: string, text: string): void {
  const aside = `${file}.${randomUUID()}`;
  writeFileSync(aside, text, { mode: 0o600, flag: 'wx' });
  renameSync(aside, file);
}
