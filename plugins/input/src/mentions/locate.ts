import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { nearest } from '@pith/kernel';
import type { Candidate } from './find-mentions.ts';
import { type LineRange, looksLikePackage, looksLikePath, toSymbol, toUrl, variantsOf } from './variants.ts';

/** What a mention stands for. What is no mention at all stands for nothing. */
export type Place =
  | { kind: 'file'; path: string; lines?: LineRange }
  | { kind: 'folder'; path: string }
  | { kind: 'url'; url: string }
  /** A word that may be the name of something in code. */
  | { kind: 'symbol'; name: string }
  /** Nothing is there: surely meant as a path, or perhaps something else, as a package or a name. */
  | { kind: 'missing' | 'doubtful'; near: readonly string[] };

export interface Mention {
  /** As it was typed, for people. */
  shown: string;
  place: Place;
}

/** Names of a folder that are compared with a missing one. */
const NEAR_MAX = 2000;

/**
 * Looks whether something is there; nothing is read. What is there is a mention, whatever it looks like.
 * @param home the person's own folder, for `~/`
 */
export function locate(candidate: Candidate, { cwd, home }: { cwd: string; home: string | undefined }): Mention | undefined {
  const url = toUrl(candidate);
  if (url !== undefined) return { shown: `@${url}`, place: { kind: 'url', url } };
  const variants = variantsOf(candidate);
  for (const { path: typed, lines, shown } of variants) {
    const path = fromHome(typed, home);
    const kind = kindOf(path, cwd);
    if (kind === 'folder' && lines === undefined) return { shown, place: { kind, path } };
    if (kind === 'file') return { shown, place: { kind, path, ...(lines === undefined ? {} : { lines }) } };
  }
  const { path, shown } = variants.at(-1)!;
  const isInside = path.includes('/') && kindOf(path.split('/', 1)[0]!, cwd) === 'folder';
  const isSure = isInside || (looksLikePath(candidate) && !looksLikePackage(candidate));
  const near = isSure || /\/|\.[A-Za-z]\w*$/.test(path) ? namesNear(path, cwd) : [];
  if (isSure) return { shown, place: { kind: 'missing', near } };
  if (path.includes('/') || near.length > 0) return { shown, place: { kind: 'doubtful', near } };
  const name = toSymbol(candidate);
  return name === undefined ? undefined : { shown: `@${name}`, place: { kind: 'symbol', name } };
}

/** Two slashes at the beginning are a computer in the network: to look there may take long, and tells it who asks. */
function kindOf(path: string, cwd: string): 'file' | 'folder' | undefined {
  if (/^(?:\/\/|\\\\)/.test(path)) return undefined;
  try {
    return statSync(resolve(cwd, path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined; // Not there, or not to be looked at: then it is not meant, or is said to be missing.
  }
}

function fromHome(path: string, home: string | undefined): string {
  return home !== undefined && (path === '~' || path.startsWith('~/')) ? join(home, path.slice(1)) : path;
}

/** What may have been meant, where it is inside. */
function namesNear(path: string, cwd: string): string[] {
  const folder = dirname(path);
  const inside = relative(cwd, resolve(cwd, folder));
  if (isAbsolute(inside) || inside.split(sep)[0] === '..') return [];
  return nearest(basename(path), namesIn(resolve(cwd, folder))).map((name) => (folder === '.' ? name : `${folder}/${name}`));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, NEAR_MAX);
  } catch {
    return []; // The folder is missing, too.
  }
}
