import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { toMessage } from '@pith/kernel';
import { skillError } from './errors.ts';
import { findSkills, listSkillFiles, readSkill, type SkillRequest } from './find-skills.ts';
import { findCallables } from './find-commands.ts';
import type { Problem } from './problem.ts';
import { countTokens, type Skill } from './skill.ts';

/** What was looked at, and what is wrong with it. */
export interface Checked { files: readonly string[]; problems: readonly Problem[] }

/** Of the format: a skill is loaded whole, so it should be short. */
const MAX_BODY_TOKENS = 5000;
/** Of a line, in which links are looked for. */
const LINE_CHARACTERS = 5000;

/**
 * Looks at skills as their author would want it. A path may be a skill, its SKILL.md, a folder of skills, or a project.
 * @param path absolute
 */
export async function check(path: string, request: SkillRequest): Promise<Checked> {
  const folder = basename(path) === 'SKILL.md' ? dirname(path) : path;
  const files = existsSync(join(folder, 'SKILL.md')) ? [join(folder, 'SKILL.md')] : listFiles(folder);
  if (files.length === 0) return checkProject({ ...request, layer: 'project', cwd: folder, roots: [folder] });
  const problems: Problem[] = [];
  for (const file of files) problems.push(...await checkFile(file, request));
  return { files, problems };
}

/** @throws PithError where it is no folder */
function listFiles(folder: string): string[] {
  try {
    return listSkillFiles(folder).filter((file) => existsSync(file));
  } catch (error) {
    throw skillError(`${folder} is no folder that can be looked into: ${toMessage(error)}`, 'SKILL_UNKNOWN', 'Name a skill, a folder of skills, or a project.', error);
  }
}

async function checkFile(file: string, request: SkillRequest): Promise<Problem[]> {
  const { skill, problems } = await readSkill({ file, place: { layer: 'user', folder: dirname(dirname(file)) } }, request);
  return [...problems, ...skill === undefined ? [] : adviseOn(skill)];
}

/** All skills and commands of a project. */
async function checkProject(request: SkillRequest): Promise<Checked> {
  const { skills, problems, hidden } = await findSkills(request);
  const own = [...skills, ...hidden.map(({ skill }) => skill)];
  const commands = (await findCallables(request)).flatMap((found) => ('problem' in found ? [found.problem] : []));
  return { files: own.map(({ file }) => file), problems: [...problems, ...own.flatMap(adviseOn), ...commands] };
}

/** What is no mistake, and may not be what was meant. */
function adviseOn({ shown: file, body, bodyLine, folder, notApplied }: Skill): Problem[] {
  const tokens = countTokens({ body });
  const texts: Omit<Problem, 'file'>[] = [
    ...body.trim() === '' ? [{ level: 'warning' as const, text: 'it has no instructions; write them below the front matter' }] : [],
    ...tokens > MAX_BODY_TOKENS ? [{ level: 'hint' as const, line: bodyLine, text: `its instructions have about ${tokens} tokens; beyond ${MAX_BODY_TOKENS} belongs into files beside it` }] : [],
    ...notApplied.map((key) => ({ level: 'hint' as const, text: key === 'allowed-tools' ? 'allowed-tools has no effect here: what is allowed, rules decide' : `${key} has no effect here` })),
    ...missingLinks(body, folder).map(({ to, line }) => ({ level: 'warning' as const, line: bodyLine + line, text: `it links to ${to}, which is not there` })),
  ];
  return texts.map((text) => ({ file, ...text }));
}

/** Markdown links to files of the skill that lead nowhere. */
function missingLinks(body: string, folder: string): { to: string; line: number }[] {
  return body.split('\n').flatMap((text, line) => [...text.slice(0, LINE_CHARACTERS).matchAll(/\]\((?!#|[a-z][a-z0-9+.-]*:|\/)([^)\s#?]+)[^)]*\)/gi)]
    .map(([, to]) => toPath(to!)).filter((to) => !existsSync(join(folder, to))).map((to) => ({ to, line })));
}

function toPath(link: string): string {
  try {
    return decodeURIComponent(link);
  } catch {
    return link; // A per cent sign that means itself.
  }
}
