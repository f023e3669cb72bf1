import { type BigIntStats, type Dirent, lstatSync, opendirSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { findRepository, isWithin, lookAt } from '@pith/files';

/** Where an instruction comes from: what it may import, and how far it is believed, depends on it. */
export type Level = 'managed' | 'user' | 'above' | 'project';

/** A place where instructions may be. */
export interface Candidate {
  path: string;
  level: Level;
  /** What it may import without a person’s word; nothing is anywhere. */
  bound?: string;
  kind: 'file' | 'rules';
  /** What the patterns of rules are relative to. */
  base: string;
}

export interface Surroundings {
  /** Links resolved, as sessions have it. */
  cwd: string;
  home: string | undefined;
  configFolder: string;
  managedFolder: string;
  own?: Owner | undefined;
}

/** Whose files are believed, wherever they lie. */
export interface Owner { uids: readonly number[]; gid: number }

const MAX_RULES = 200;
const MAX_RULES_DEPTH = 5;
/** Of folders of rules, whatever is in them. */
const MAX_ENTRIES = 2000;

/** In one folder: what everybody shares first, then rules, then what is for one person’s own working copy. */
const IN_FOLDER: readonly { path: string; kind: Candidate['kind'] }[] = [
  ...['AGENTS.md', 'CLAUDE.md', '.pith/AGENTS.md', '.pith/CLAUDE.md', '.claude/AGENTS.md', '.claude/CLAUDE.md'].map((path) => ({ path, kind: 'file' as const })),
  ...['.pith/rules', '.claude/rules'].map((path) => ({ path, kind: 'rules' as const })),
  ...['AGENTS.local.md', 'CLAUDE.local.md', '.pith/AGENTS.local.md', '.claude/CLAUDE.local.md'].map((path) => ({ path, kind: 'file' as const })),
];

export const INSTRUCTION_NAMES: ReadonlySet<string> = new Set(['AGENTS.md', 'CLAUDE.md', 'AGENTS.local.md', 'CLAUDE.local.md']);

/** All places of a session, from the most general to the nearest: what comes later is stronger. */
export function listCandidates({ cwd, home, configFolder, managedFolder, own }: Surroundings): Candidate[] {
  const project = findTop(cwd, own);
  const ofPerson = (folder: string, level: Level): Candidate[] => [
    ...['AGENTS.md', 'CLAUDE.md'].map((name): Candidate => ({ path: join(folder, name), level, kind: 'file', base: project })),
    { path: join(folder, 'rules'), level, kind: 'rules', base: project },
  ];
  return [
    ...ofPerson(managedFolder, 'managed'),
    ...ofPerson(configFolder, 'user'),
    ...(home === undefined ? [] : ofPerson(join(home, '.claude'), 'user')),
    ...foldersTo(cwd).flatMap((folder) => candidatesIn(folder, isWithin(folder, project) ? { level: 'project', bound: project } : { level: 'above', bound: folder }))
      // Those of the person were named above already, where the folder is in the home folder.
      .filter(({ path }) => home === undefined || (path !== join(home, '.claude', 'CLAUDE.md') && path !== join(home, '.claude', 'AGENTS.md') && path !== join(home, '.claude', 'rules'))),
  ];
}

export function candidatesIn(folder: string, { level, bound }: { level: Level; bound: string }): Candidate[] {
  return IN_FOLDER.map(({ path, kind }) => ({ path: join(folder, path), level, bound, kind, base: folder }));
}

/** The folder and those above it, the outermost first. */
export function foldersTo(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [...foldersTo(above), folder];
}

/**
 * The top of the repository that the folder is in, as far as nobody else could have laid it there: in a folder that all may
 * write to, `.git` says nothing.
 */
export function findTop(cwd: string, own = PERSON): string {
  const top = findRepository(cwd);
  if (top === undefined || top === cwd) return cwd;
  if (own === undefined) return top;
  const uids: readonly (number | undefined)[] = [...own.uids, lookAt(cwd)?.uid];
  const isOurs = (folder: string): boolean => {
    const stats = lookAt(folder);
    return stats !== undefined && uids.includes(stats.uid) && (stats.mode & 0o002) === 0;
  };
  return foldersTo(dirname(cwd)).filter((folder) => isWithin(folder, top)).every(isOurs) ? top : cwd;
}

/** Who pith works for, and the administrator; nothing where the system does not say. */
const PERSON: Owner | undefined = process.getuid === undefined ? undefined : { uids: [process.getuid(), 0], gid: process.getgid!() };

/**
 * Why a file above the project may be somebody else’s words: for `/tmp/AGENTS.md` another user needs no right to our folders.
 * @param folder the one that it was looked for in; everything below it on the way counts
 * @returns the end of a sentence; nothing where it is ours, or the administrator’s
 */
export function whyForeign(path: string, folder: string, own = PERSON): string | undefined {
  if (own === undefined) return undefined;
  const names = relative(folder, path).split(sep);
  const ways = names.map((_, index) => join(folder, ...names.slice(0, index + 1)));
  const looks: BigIntStats[] = [...ways.map((way) => lstatSync(way, { bigint: true })), statSync(path, { bigint: true })];
  if (looks.some(({ uid }) => !own.uids.includes(Number(uid)))) return 'belongs to another user';
  const { mode, gid } = looks.at(-1)!;
  if ((mode & 0o002n) !== 0n) return 'can be written by every user';
  return (mode & 0o020n) !== 0n && Number(gid) !== own.gid ? 'can be written by other users' : undefined;
}

/** The files of a folder of rules and below it, by name; links to files count. What is larger than any collection of rules is not looked through. */
export function listRules(folder: string): { files: string[]; folders: string[]; isCut: boolean } {
  const found = { files: [] as string[], folders: [] as string[], isCut: false };
  let room = MAX_ENTRIES;
  const walk = (at: string, depth: number): void => {
    found.folders.push(at);
    const entries = readEntries(at, room);
    room -= entries.length;
    found.isCut ||= room <= 0;
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (depth < MAX_RULES_DEPTH && room > 0) walk(path, depth + 1);
      } else if (entry.name.endsWith('.md')) found.files.push(path);
    }
  };
  walk(folder, 1);
  return { ...found, files: found.files.slice(0, MAX_RULES), isCut: found.isCut || found.files.length > MAX_RULES };
}

function readEntries(folder: string, limit: number): Dirent[] {
  const entries: Dirent[] = [];
  try {
    const opened = opendirSync(folder);
    for (let entry = opened.readSync(); entry !== null && entries.length < limit; entry = opened.readSync()) entries.push(entry);
    opened.closeSync();
  } catch {
    // Not there, no folder, or not ours to look into: then there are no rules.
  }
  return entries;
}
