import { sep } from 'node:path';
import { isWithin } from '@pith/files';
import { mayStandFor } from '../line/wildcard.ts';
import type { Surroundings } from '../subject.ts';

/** Globs of `Read(…)` and `Edit(…)` rules, read as .gitignore reads its lines. */
export interface Glob {
  /** What the pattern is relative to; `anywhere` is any depth below a root. */
  anchor: 'root' | 'anywhere' | 'home' | 'disk';
  /** The path itself, exactly as it is spelled: for rules that allow. */
  strict: RegExp;
  /** The path itself or anything below it, in any case: for rules that forbid. */
  generous: RegExp;
  /** The folders that it begins with, in lower case. */
  folders: readonly string[];
  /** A text that stands in whatever it means, in lower case: it tells most other paths apart at once. */
  hint: string;
  /** Its parts, in lower case, where it is no pattern. */
  names: readonly string[] | undefined;
}

/** @throws Error with what is wrong, as the end of a sentence */
export function parseGlob(text: string): Glob {
  if (text.startsWith('!')) throw new Error('begins with !, which rules do not know; write a rule of the other list');
  const anchored = parseAnchor(text);
  const parts = anchored.pattern.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error('holds .., write the place itself, from / for the root or from // for the disk');
  const body = toSource(parts);
  const last = parts.at(-1);
  // A folder that is named stands for all that is in it. `src/*` allows what lies directly in it, and no more.
  const below = last === undefined || !/[*?[]/.test(last.replace(/\\./g, '')) ? '(?:/.*)?' : '';
  const open = parts.findIndex((part) => /[*?[\\]/.test(part));
  const folders = parts.slice(0, open === -1 ? -1 : Math.min(open, parts.length - 1)).map((part) => part.normalize('NFC').toLowerCase());
  const [hint = ''] = parts.flatMap((part) => part.split(/\[.[^\]]*\]|[*?\\]+/)).filter((text) => /^[\w.@ -]+$/.test(text)).sort((a, b) => b.length - a.length);
  const names = open === -1 ? parts.map((part) => part.normalize('NFC').toLowerCase()) : undefined;
  return {
    anchor: anchored.anchor, folders, hint: hint.toLowerCase(), names,
    strict: new RegExp(`^${body}${below}$`, 'su'), generous: new RegExp(`^${body.normalize('NFC')}(?:/.*)?$`, 'siu'),
  };
}

function parseAnchor(text: string): { anchor: Glob['anchor']; pattern: string } {
  if (text.startsWith('//')) return { anchor: 'disk', pattern: text.slice(2) };
  if (text === '~' || text.startsWith('~/')) return { anchor: 'home', pattern: text.slice(2) };
  const anchored = text.startsWith('/') || text.startsWith('./') || text.replace(/\/+$/, '').includes('/');
  return { anchor: anchored ? 'root' : 'anywhere', pattern: text };
}

// Of a path without a slash in front. `a/**/b` and `**/b` need no folder in between; `a/**` needs something below `a`.
function toSource(parts: readonly string[]): string {
  if (parts.length === 0) return '.*';
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    if (part !== '**') return toPartSource(part) + (isLast ? '' : '/');
    if (!isLast) return '(?:[^/]+/)*';
    return index === 0 ? '.*' : '.+';
  }).join('');
}

function toPartSource(part: string): string {
  let source = '';
  for (let index = 0; index < part.length; index++) {
    const character = part[index]!;
    if (character === '*') { if (part[index - 1] !== '*') source += '[^/]*'; }
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const close = part.indexOf(']', index + 2);
      if (close === -1) throw new Error('has a [ without its ]; write \\[ for the character itself');
      source += toClass(part.slice(index + 1, close));
      index = close;
    } else if (character === '\\') {
      if (++index === part.length) throw new Error('ends in a backslash');
      source += escape(part[index]!);
    } else source += escape(character);
  }
  return source;
}

function toClass(inside: string): string {
  const negated = /^[!^]/.test(inside);
  const set = (negated ? inside.slice(1) : inside).replace(/[\\\]^[]/g, '\\$&');
  const source = `(?!/)[${negated ? '^' : ''}${set}]`;
  try {
    RegExp(source, 'u');
  } catch {
    throw new Error(`has a set [${inside}] that is none`);
  }
  return source;
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const PLAIN = /^[ -~\n]*$/;

/** Only of plain letters is it certain which of them are the same in another case. */
export function isPlainText(text: string): boolean {
  return PLAIN.test(text);
}

export interface GlobPlaces { roots: readonly string[]; homes: readonly string[] }

/** As given, and with links followed: a path may be spelled through either. */
export function toGlobPlaces({ roots, realRoots, home, realHome }: Surroundings): GlobPlaces {
  return { roots: [...new Set([...roots, ...realRoots])], homes: [...new Set([home, realHome])] };
}

/** Whether a path, absolute, is one that the glob means. */
export function globMatches(glob: Glob, path: string, { roots, homes }: GlobPlaces, how: 'strict' | 'generous'): boolean {
  if (how === 'generous' && glob.hint !== '' && isPlainText(path) && !path.toLowerCase().includes(glob.hint)) return false;
  const given = how === 'strict' ? path : path.normalize('NFC');
  switch (glob.anchor) {
    case 'disk': return glob[how].test(toRelative(given));
    case 'home': return belowOf(given, homes).some((relative) => glob[how].test(relative));
    case 'root': return belowOf(given, roots).some((relative) => glob[how].test(relative));
    case 'anywhere': return belowOf(given, roots).some((relative) => tails(relative).some((tail) => glob[how].test(tail)));
  }
}

/**
 * Whether the shell might make what the glob names of a pattern, were it there by then: of what is on disk it is known. A pattern
 * of wildcards alone says nothing of what is meant.
 */
export function mayExpandTo(glob: Glob, pattern: string, { roots, homes }: GlobPlaces): boolean {
  const { names } = glob;
  if (names === undefined || names.length === 0) return false;
  const isMeant = (relative: string): boolean => {
    const parts = relative.normalize('NFC').toLowerCase().split('/');
    if (!/[^*?]/.test(parts.at(-1)!)) return false;
    const from = glob.anchor === 'anywhere' ? parts.length - names.length : 0;
    // A leading dot is never part of a wildcard.
    return from >= 0 && from + names.length === parts.length && names.every((name, index) => name.startsWith('.') === parts[from + index]!.startsWith('.') && mayStandFor(parts[from + index]!, name));
  };
  if (glob.anchor === 'disk') return isMeant(toRelative(pattern));
  return belowOf(pattern, glob.anchor === 'home' ? homes : roots).some(isMeant);
}

/** Whether something below a folder might be what the glob means. */
export function mayMatchBelow(glob: Glob, folder: string, { roots, homes }: GlobPlaces): boolean {
  const above = (relative: string): boolean => relative.normalize('NFC').toLowerCase().split('/').filter((part) => part !== '').every((part, index) => index >= glob.folders.length || part === glob.folders[index]);
  if (glob.anchor === 'disk') return above(toRelative(folder));
  const bases = glob.anchor === 'home' ? homes : roots;
  // The folder may hold one of them whole.
  if (bases.some((base) => isWithin(base, folder))) return true;
  return belowOf(folder, bases).some((relative) => glob.anchor === 'anywhere' || above(relative));
}

function belowOf(path: string, folders: readonly string[]): string[] {
  return folders.filter((folder) => isWithin(path, folder)).map((folder) => toRelative(path.slice(folder.length)));
}

function toRelative(path: string): string {
  return path.replaceAll(sep, '/').replace(/^\/+/, '');
}

/** `a/b/c`, `b/c`, `c`. */
function tails(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(index).join('/'));
}
