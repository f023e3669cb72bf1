import { lstatSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Candidate } from './find-mentions.ts';
import { type LineRange, looksLikePackage, looksLikePath, toSymbol, toUrl, variantsOf } from './variants.ts';

/** What a mention stands for. What is no mention at all stands for nothing. */
export type Place =
  | { kind: 'file'; path: string; lines?: LineRange }
  | { kind: 'folder'; path: string }
  | { kind: 'url'; url: string }
  /** A word that may be the name of something in code, or nearly that of a file. */
  | { kind: 'symbol'; name: string; near: readonly string[] }
  /** Nothing is there: surely meant as a path, or perhaps something else, as a package or a name. */
  | { kind: 'missing' | 'doubtful'; near: readonly string[] };

export interface Mention {
  /** As it was typed, for people. */
  shown: string;
  place: Place;
}

export interface LocateAt {
  cwd: string;
  /** The person's own folder, for `~/`. */
  home: string | undefined;
  /** What may have been meant by a path at which nothing is. */
  nearNames: (path: string) => readonly string[];
}

/**
 * Looks whether something is there; nothing is read. What is there is a mention, whatever it looks like.
 * @returns nothing where it is none
 */
export function locate(candidate: Candidate, { cwd, home, nearNames }: LocateAt): Mention | undefined {
  const url = toUrl(candidate);
  if (url !== undefined) return { shown: `@${url}`, place: { kind: 'url', url } };
  if (/^\.{3,}$/.test(candidate.name)) return undefined; // Dots of a sentence, not the folder above.
  const variants = variantsOf(candidate);
  let linesOfFolder: Mention | undefined;
  for (const { path: typed, lines, shown } of variants) {
    const path = fromHome(typed, home);
    const kind = kindOf(path, cwd);
    if (kind === 'folder' && lines === undefined) return { shown, place: { kind, path } };
    if (kind === 'file') return { shown, place: { kind, path, ...(lines === undefined ? {} : { lines }) } };
    if (kind === 'folder' && lines !== undefined) linesOfFolder ??= { shown, place: { kind: 'file', path, lines } };
  }
  if (linesOfFolder !== undefined) return linesOfFolder; // Who reads it says that it is a folder.
  const { path, shown } = variants.at(-1)!;
  const isInside = path.includes('/') && kindOf(path.split('/', 1)[0]!, cwd) === 'folder';
  const isSure = isInside || (looksLikePath(candidate) && !looksLikePackage(candidate));
  const near = isSure || /\/|\.[A-Za-z]\w*$/.test(path) ? nearNames(path) : [];
  if (isSure) return { shown, place: { kind: 'missing', near } };
  const name = toSymbol(candidate);
  if (name !== undefined) return { shown: `@${name}`, place: { kind: 'symbol', name, near } };
  return path.includes('/') || near.length > 0 ? { shown, place: { kind: 'doubtful', near } } : undefined;
}

/** Two slashes at the beginning are a computer in the network: to look there may take long, and tells it who asks. */
function kindOf(path: string, cwd: string): 'file' | 'folder' | undefined {
  if (/^(?:\/\/|\\\\)/.test(path)) return undefined;
  const place = resolve(cwd, path);
  try {
    // A link that leads nowhere, or in a circle, is there: whoever reads it says what is wrong with it.
    const stats = statSync(place, { throwIfNoEntry: false }) ?? lstatSync(place);
    return stats.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'file' : undefined; // Not there, or not to be looked at: then it is not meant, or is said to be missing.
  }
}

function fromHome(path: string, home: string | undefined): string {
  return home !== undefined && (path === '~' || path.startsWith('~/')) ? join(home, path.slice(1)) : path;
}
