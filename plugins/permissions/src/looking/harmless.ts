import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { isWithin } from '@pith/files';
import { pathsOfFind } from './find-words.ts';
import { isHarmlessGit } from '../git/git-command.ts';
import { once, placeOnce } from '../places/once.ts';
import { findPlace, findRoot } from '../places/place.ts';
import { type Reader, readGiven } from './reader.ts';
import { READERS, VERSION_FILES, VERSIONS } from './reader-table.ts';
import type { Surroundings } from '../subject.ts';
import { unwrap } from '../line/wrapper.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a command, in its words as the program gets them, needs no rule: one that only looks, at what lies within the
 * roots. An option that is not known is no option of such a command. What is assigned in front of it is not looked at here.
 * @param env in which it will run
 */
export function isHarmless(words: readonly string[], at: Surroundings, env: Environment): boolean {
  const own = unwrap(words);
  const [program = ''] = own;
  if (!onlyLooks(own, at, env)) return false;
  const wrappers = new Set(words.slice(0, words.length - own.length).filter((word) => word === 'timeout' || word === 'nice'));
  const searchPath = env['PATH'] ?? '';
  return [...wrappers, ...(findReader(program)?.builtin ? [] : [program])].every((name) => !once(at, `program\0${name}\0${at.cwd}\0${searchPath}`, () => isWithinRoots(name, at, searchPath)));
}

/** The paths that a command names, and its patterns or scripts, where it is one of those that only look; nothing where it may be another. */
export function readReader(words: readonly string[]): { paths: readonly string[]; scripts: readonly string[] } | undefined {
  const [program = '', ...given] = unwrap(words);
  if (program === 'find') {
    const paths = pathsOfFind(given);
    return paths === undefined ? undefined : { paths, scripts: [] };
  }
  const reader = findReader(program);
  return reader === undefined ? undefined : readGiven(reader, given);
}

function findReader(program: string): Reader | undefined {
  return Object.hasOwn(READERS, program) ? READERS[program] : undefined;
}

function onlyLooks(words: readonly string[], at: Surroundings, env: Environment): boolean {
  const [program = '', ...given] = words;
  if (given.length === 1 && Object.hasOwn(VERSIONS, program) && VERSIONS[program]!.test(given[0]!)) return !picksVersion(at);
  if (program === 'git') return isHarmlessGit(given, at, env);
  const paths = readReader(words)?.paths;
  if (paths === undefined || (program === 'rg' && !obeysOwnConfig(given, at, env))) return false;
  return [...new Set(paths)].every((path) => isWithinReach(path, at, findReader(program)?.noFolders === true));
}

function isWithinReach(path: string, at: Surroundings, noFolders: boolean): boolean {
  if (path === '/dev/null') return true;
  const place = placeOnce(path, at);
  if (place === undefined || findRoot(place, at.realRoots) === undefined) return false;
  return !(noFolders && statSync(place.spelled, { throwIfNoEntry: false })?.isDirectory());
}

/** A file of settings may name a program that ripgrep runs; a person's own may. */
function obeysOwnConfig(given: readonly string[], at: Surroundings, env: Environment): boolean {
  const config = env['RIPGREP_CONFIG_PATH'];
  if (config === undefined || config === '' || given.includes('--no-config')) return true;
  const place = findPlace(config, at.cwd);
  return place !== undefined && !isOfRoots(place.spelled, place.real, at);
}

/** Whether a version manager might pick a program of the project's choice. */
function picksVersion({ cwd, roots, realRoots }: Surroundings): boolean {
  const within = (folder: string): boolean => [...roots, ...realRoots].some((root) => isWithin(folder, root));
  // What lies above the roots is a person's own.
  for (let folder = cwd; within(folder); folder = dirname(folder)) {
    if (VERSION_FILES.some((name) => existsSync(join(folder, name)))) return true;
    if (folder === dirname(folder)) return false;
  }
  return false;
}

/** Whether the shell would find the program in the project itself, where anybody may have put it: `node_modules/.bin` often is on the path. */
function isWithinRoots(program: string, at: Surroundings, searchPath: string): boolean {
  for (const folder of searchPath.split(delimiter)) {
    const place = findPlace(join(folder || '.', program), at.cwd);
    if (place === undefined) return true;
    if (isExecutable(place.spelled)) return isOfRoots(place.spelled, place.real, at);
  }
  return false;
}

function isOfRoots(spelled: string, real: readonly string[], at: Surroundings): boolean {
  return at.roots.some((root) => isWithin(spelled, root)) || real.some((path) => at.realRoots.some((root) => isWithin(path, root)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not to be run: the shell looks further.
  }
}
