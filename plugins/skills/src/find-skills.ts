import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toStamp } from '@pith/files';
import { toMessage } from '@pith/kernel';
import { findPlaces, type Place, type PlaceRequest, toReal, toShown } from './places.ts';
import type { Problem } from './problem.ts';
import { isNoText, lengthOf, MAX_TOTAL, readText } from './read-text.ts';
import { parseSkill, type Skill } from './skill.ts';

export type SkillRequest = Omit<PlaceRequest, 'kind'>;

export interface FoundSkills {
  /** One of each name. */
  skills: readonly Skill[];
  problems: readonly Problem[];
  /** Those that another one of that name stands in front of. */
  hidden: readonly { skill: Skill; by: Skill }[];
}

/** By file: what was read of it, as long as it stays as it is. */
export type SkillCache = Map<string, { stamp: string; result: Awaited<ReturnType<typeof readSkill>> }>;

/** Nobody has more; a folder with more was made by a program. */
const MAX_SKILLS = 1000;
const FILE = 'SKILL.md';

/** All skills there are, strongest first: one that cannot be read costs a line, and nothing else. */
export async function findSkills(request: SkillRequest, cache: SkillCache = new Map()): Promise<FoundSkills> {
  const problems: Problem[] = [];
  const byName = new Map<string, Skill>();
  const hidden: { skill: Skill; by: Skill }[] = [];
  const seen = new Set<string>();
  const files = listFiles(request, problems);
  let left = MAX_TOTAL;
  for (const [index, found] of files.entries()) {
    if (left < 0) {
      problems.push({ level: 'warning', file: toShownAt(found.file, request), text: `it comes behind ${MAX_TOTAL / 1024 / 1024} MiB of others; ${files.length - index} were left out, so take out what is not needed` });
      break;
    }
    const { skill, problems: own, length = 0 } = await readCached(found, request, cache);
    left -= length;
    // Two folders may well be links to one.
    if (skill !== undefined && seen.has(skill.folder)) continue;
    problems.push(...own);
    if (skill === undefined) continue;
    seen.add(skill.folder);
    const by = byName.get(skill.name);
    if (by === undefined) byName.set(skill.name, skill);
    else if (by.body !== skill.body || by.description !== skill.description) hidden.push({ skill, by });
  }
  return { skills: [...byName.values()], problems, hidden };
}

/** The skill of a name, without a look at the others. */
export async function findSkill(name: string, request: SkillRequest): Promise<Skill | undefined> {
  for (const place of findPlaces({ ...request, kind: 'skills' })) {
    const { skill } = await readSkill({ file: join(place.folder, name, FILE), place }, request);
    if (skill !== undefined) return skill;
  }
  return undefined;
}

interface FoundFile { file: string; place: Place }

function listFiles(request: SkillRequest, problems: Problem[]): FoundFile[] {
  const files: FoundFile[] = [];
  const seen = new Set<string>();
  for (const place of findPlaces({ ...request, kind: 'skills' })) {
    const real = toReal(place.folder);
    if (seen.has(real)) continue; // One is a link to the other.
    seen.add(real);
    try {
      for (const file of listSkillFiles(place.folder)) files.push({ file, place });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push({ level: 'warning', file: toShownAt(place.folder, request), text: toFolderProblem(error) });
    }
  }
  if (files.length <= MAX_SKILLS) return files;
  problems.push({ level: 'warning', file: toShownAt(files[MAX_SKILLS]!.place.folder, request), text: `there are ${files.length} skills; the first ${MAX_SKILLS} are used, so take out what is not needed` });
  return files.slice(0, MAX_SKILLS);
}

/** Where the SKILL.md of each folder in a folder would be. @throws the system's own error */
export function listSkillFiles(folder: string): string[] {
  return listFolders(folder).map((name) => join(folder, name, FILE));
}

/** Folders in a folder, and links, by name. */
function listFolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name).sort();
}

function toFolderProblem(error: unknown): string {
  return (error as NodeJS.ErrnoException).code === 'ENOTDIR' ? 'it is no folder; skills are folders in it, each with a SKILL.md' : `it cannot be looked into: ${toMessage(error)}`;
}

/** Read anew where the file has changed, or where it is not known what it was. */
async function readCached(found: FoundFile, request: SkillRequest, cache: SkillCache): ReturnType<typeof readSkill> {
  const { file } = found;
  const known = cache.get(file);
  if (known !== undefined && known.stamp === stampOf(file)) return known.result;
  const result = await readSkill(found, request);
  if (result.skill === undefined) cache.delete(file);
  else cache.set(file, { stamp: result.skill.stamp, result });
  return result;
}

function stampOf(file: string): string | undefined {
  try {
    return toStamp(statSync(file));
  } catch {
    return undefined; // Whoever reads it says why that cannot be.
  }
}

/** @returns neither a skill nor a problem where there is nothing; how much was read, where it was */
export async function readSkill({ file, place }: FoundFile, request: Pick<SkillRequest, 'cwd' | 'env'>): Promise<{ skill?: Skill; problems: readonly Problem[]; length?: number }> {
  const shown = toShownAt(file, request);
  const found = readText(file, place.project);
  if (found === undefined) return { problems: existsSync(join(dirname(file), 'skill.md')) ? [{ level: 'error', file: shown, text: 'it is called skill.md here; the name is SKILL.md' }] : [] };
  if (isNoText(found)) return { problems: [{ level: 'error', file: shown, text: `it ${found.what}` }], length: lengthOf(found) };
  return { ...await parseSkill(found.text, { file, folder: toReal(dirname(file)), place, shown, stamp: found.stamp }), length: lengthOf(found) };
}

export function toShownAt(path: string, { cwd, env }: Pick<SkillRequest, 'cwd' | 'env'>): string {
  return toShown(path, { cwd, home: env['HOME'] || env['USERPROFILE'] });
}
