import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isWithin } from '@pith/files';
import { type BrokenCommand, type Callable, firstBodyLine, parseCommandFile, toSummary } from './command-file.ts';
import { findSkills, type SkillCache, type SkillRequest, toShownAt } from './find-skills.ts';
import { findPlaces, LAYERS, type Place, toReal } from './places.ts';
import { isNoText, lengthOf, MAX_TOTAL, type NoText, readText } from './read-text.ts';
import type { Skill } from './skill.ts';

/** Folders within folders, as `/git:pr`. */
const MAX_DEPTH = 5;
/** Of a layer; more were made by a program. */
const MAX_FILES = 1000;
/** Of a layer, whatever they are: a link to `/` would have no end. */
const MAX_ENTRIES = 20_000;
const TOO_MANY: NoText = { what: `comes behind ${MAX_TOTAL / 1024 / 1024} MiB of others; take out what is not needed` };
/** What can be typed behind a slash. */
const NAME = /^\p{L}[\p{L}\p{N}_.-]*(?::[\p{L}\p{N}_][\p{L}\p{N}_.-]*)*$/u;

/**
 * Everything that a person may call by name, strongest first: of the administrator, then the person's own, then the project's.
 * One of a project that another one stands in front of goes by `project:NAME`.
 */
export async function findCallables(request: SkillRequest, cache?: SkillCache): Promise<(Callable | BrokenCommand)[]> {
  const places = findPlaces({ ...request, kind: 'commands' });
  const [commands, { skills, hidden }] = await Promise.all([readCommands(places, request), findSkills(request, cache)]);
  const ofSkills = [...skills, ...hidden.map(({ skill }) => skill)].filter(({ onlyForModel }) => !onlyForModel).flatMap(toCallable);
  const all = LAYERS.flatMap((layer) => [...ofSkills, ...commands].filter((found) => layerOf(found) === layer).map((found) => ({ ...found, layer })));
  const byName = new Map<string, Callable | BrokenCommand>();
  for (const { layer, ...found } of all) {
    if (!byName.has(found.name)) byName.set(found.name, found);
    else if (layer === 'project' && !byName.has(`project:${found.name}`)) byName.set(`project:${found.name}`, { ...found, name: `project:${found.name}` });
  }
  return [...byName.values()];
}

type Found = (Callable | BrokenCommand) & { place: Place };
const layerOf = ({ place }: Found): Place['layer'] => place.layer;

async function readCommands(places: readonly Place[], request: SkillRequest): Promise<Found[]> {
  const found: Found[] = [];
  let left = MAX_TOTAL;
  for (const place of places) {
    for (const { file, name } of listFiles(place)) {
      const shown = toShownAt(file, request);
      const read = left < 0 ? TOO_MANY : readText(file, place.project) ?? { what: 'leads nowhere' };
      left -= lengthOf(read);
      const command = isNoText(read) ? { name, problem: { level: 'error' as const, file: shown, text: `it ${read.what}` } } : await parseCommandFile(read.text, { name, file, shown, place });
      found.push({ ...command, place });
    }
  }
  return found;
}

/** What ends in .md, by the names that its path makes. Where a link of a project leads out of it, nothing can be read, so nothing below is looked for. */
export function listFiles({ folder, project }: Pick<Place, 'folder' | 'project'>): { file: string; name: string }[] {
  const files: { file: string; name: string }[] = [];
  const seen = new Set<string>();
  let looked = 0;
  const visit = (at: string, depth: number): void => {
    const real = toReal(at);
    if (depth > MAX_DEPTH || seen.has(real)) return;
    seen.add(real);
    const isOutside = project !== undefined && !isWithin(real, project);
    for (const entry of listFolder(at)) {
      if (files.length === MAX_FILES || ++looked > MAX_ENTRIES) return;
      const path = join(at, entry.name);
      if (entry.name.endsWith('.md') && !entry.isDirectory()) {
        const name = relative(folder, path.slice(0, -'.md'.length)).split(sep).join(':');
        if (NAME.test(name)) files.push({ file: path, name });
      } else if (!isOutside && (entry.isDirectory() || entry.isSymbolicLink())) visit(path, depth + 1);
    }
  };
  visit(folder, 1);
  return files;
}

function listFolder(folder: string): { name: string; isDirectory(): boolean; isSymbolicLink(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return []; // It is not there, no folder, or not to be looked into: then there is nothing to call.
  }
}

/** A skill as a person calls it. */
function toCallable(skill: Skill): Found[] {
  const { name, description, argumentHint, file, shown, place, text, argumentNames } = skill;
  const body = skill.body.trim();
  if (body === '' || !NAME.test(name)) return [];
  return [{ name, summary: toSummary(description, argumentHint), file, shown, place, text, body, bodyLine: firstBodyLine(skill), argumentNames, skill }];
}
