import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { shownRepository } from '../git/git-command.ts';
import { isPlainText } from '../rules/glob.ts';
import { mentionsOfWords } from './mention.ts';
import { once } from './once.ts';
import { findProgram, isOption, type Program } from '../programs/program.ts';
import type { Surroundings } from '../subject.ts';

/** Programs that change the folders that they are given, or copy them. Others that read them, as tar, only write somewhere else. */
const TAKES = /(?:^|\/)(?:rm|chmod|chown|chgrp|cp|mv|rsync)$/;
const COPIES = /(?:^|\/)(?:cp|mv|rsync)$/;
/** Names in folders that are looked at for one command. */
const NAMES_MAX = 5000;

/** Files that a command reads, or changes, without naming them. */
export interface DeepRead {
  /** Folders in which it goes to the bottom. */
  folders: readonly string[];
  /** Looked up when it is first asked for. */
  list: () => Listing;
  changes: boolean;
  /** Of what it changes, or copies to another place: what lies right in the folders. */
  taken: readonly string[];
}

export interface Listing {
  paths: readonly string[];
  /** Those that hold other letters than plain ones; the others all in one, in lower case, to be searched at once. */
  odd: readonly string[];
  text: string;
  /** There are more files than are looked at. */
  isMore: boolean;
}

/** Stands for whatever might come to lie in a folder. */
export const ANY_NAME = '\uf8ff';

/**
 * The files that a command gets at because they lie below a folder it is given, or because git tracks them: for rules that forbid.
 * @returns nothing where it gets at no more than it names, as far as that is known
 */
export function deepReadOf(words: readonly string[], at: Surroundings): DeepRead | undefined {
  const repository = shownRepository(words, at);
  if (repository !== undefined) {
    return { folders: [repository.top], list: () => once(at, `tracked\0${repository.top}`, () => toListing(repository.tracked().map((path) => `${repository.top}${sep}${path}`), false)), changes: false, taken: [] };
  }
  const program = findProgram(words[0] ?? '');
  if (program === undefined || !isDeep(program, words.slice(1))) return undefined;
  const named = mentionsOfWords(words, at).flatMap(({ place }) => (place === undefined || isFile(place.spelled) ? [] : [place.spelled]));
  const folders = named.length === 0 && program.deepFromHere ? [at.cwd] : named;
  const changes = TAKES.test(words[0]!);
  // Of several operands the last is where the others go.
  const sources = !COPIES.test(words[0]!) ? folders : folders.length > 1 ? folders.slice(0, -1) : [];
  let listing: Listing | undefined;
  return { folders, list: () => listing ??= listBelow(folders, { at, isPassedOver: toPassedOver(words) }), changes, taken: changes ? sources.flatMap(namesIn) : [] };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, NAMES_MAX).map((name) => join(folder, name));
  } catch {
    return []; // It is none, or cannot be listed, by the command neither.
  }
}

function isDeep(program: Program, given: readonly string[]): boolean {
  const { deep } = program;
  if (deep === undefined || deep === true) return deep === true;
  return given.some((word, index) => isOption(deep, program.bundle && index === 0 ? `-${word.replace(/^-/, '')}` : word));
}

function isFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isDirectory();
}

/** Whether a name in a folder is surely not read. */
type PassedOver = (entry: Dirent, folder: string) => boolean;

function listBelow(folders: readonly string[], { at, isPassedOver }: { at: Surroundings; isPassedOver: PassedOver }): Listing {
  const paths = folders.map((folder) => join(folder, ANY_NAME));
  const left = [...folders];
  for (let names = 0; left.length > 0;) {
    const folder = left.pop()!;
    const entries = once(at, `entries\0${folder}`, () => entriesOf(folder));
    names += entries.length;
    if (names > NAMES_MAX) return toListing(paths, true);
    for (const entry of entries) {
      if (isPassedOver(entry, folder)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) left.push(path);
      else paths.push(path);
    }
  }
  return toListing(paths, false);
}

function toListing(paths: readonly string[], isMore: boolean): Listing {
  const all = paths.join('\n');
  const odd = isPlainText(all) ? [] : paths.filter((path) => !isPlainText(path) || path.includes('\n'));
  const text = odd.length === 0 ? all : paths.filter((path) => isPlainText(path) && !path.includes('\n')).join('\n');
  return { paths, odd, text: text.toLowerCase(), isMore };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // What cannot be listed here cannot be read by the command either.
  }
}

function toPassedOver([program = '', ...given]: readonly string[]): PassedOver {
  if (program === 'rg') return passedOverByRipgrep(given);
  if (!/^[ef]?grep$/.test(program)) return () => false;
  const folders = plainValues(given, '--exclude-dir');
  const files = plainValues(given, '--exclude');
  const endings = toEndings(given.filter((word) => word.startsWith('--include')).map((word) => word.slice('--include='.length)));
  return (entry) => (entry.isDirectory() ? folders.has(entry.name) : files.has(entry.name) || !endings.some((ending) => entry.name.endsWith(ending)));
}

/** ripgrep passes over what is hidden, and over what .gitignore names. Only plain names of such a file count here. */
function passedOverByRipgrep(given: readonly string[]): PassedOver {
  if (given.some((word) => /^(?:--(?:hidden|no-ignore|unrestricted)|-[^-]*[u.])/.test(word))) return () => false;
  const endings = toEndings(given.flatMap((word, index) => (word === '-g' ? [given[index + 1] ?? ''] : word.startsWith('--glob=') ? [word.slice('--glob='.length)] : [])));
  const ignored = new Map<string, ReadonlySet<string>>();
  return (entry, folder) => {
    if (entry.name.startsWith('.')) return true;
    if (!ignored.has(folder)) ignored.set(folder, ignoredNames(folder, ignored.get(dirname(folder))));
    return ignored.get(folder)!.has(entry.name) || (!entry.isDirectory() && !endings.some((ending) => entry.name.endsWith(ending)));
  };
}

/** Names that git ignores in a folder and all below it, where its .gitignore takes nothing back. */
function ignoredNames(folder: string, above: ReadonlySet<string> | undefined): ReadonlySet<string> {
  // Outside a repository ripgrep does not look at such files.
  if (above === undefined && !existsSync(join(folder, '.git'))) return new Set();
  let text = '';
  try {
    text = readFileSync(join(folder, '.gitignore'), 'utf8');
  } catch {
    return above ?? new Set(); // There is none.
  }
  if (/^!/m.test(text)) return new Set();
  return new Set([...above ?? [], ...text.split('\n').map((line) => line.trim().replace(/\/$/, '')).filter((line) => PLAIN.test(line))]);
}

const PLAIN = /^[\w.@+-]+$/;

function plainValues(given: readonly string[], option: string): ReadonlySet<string> {
  return new Set(given.filter((word) => word.startsWith(`${option}=`)).map((word) => word.slice(option.length + 1)).filter((value) => PLAIN.test(value)));
}

/** What the names of all files that are read end with: nothing certain unless each glob is as `*.ts`. */
function toEndings(globs: readonly string[]): readonly string[] {
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map((glob) => /^\*(\.[\w.-]+)$/.exec(glob)?.[1]);
  return wanted.length === 0 || wanted.includes(undefined) ? [''] : wanted as string[];
}
