import { join } from 'node:path';
import { isWithin } from '@pith/files';
import { defineToolBody, escapeControl, type Message, nearest, type Target, type ToolContext, type ToolResult } from '@pith/kernel';
import { z } from 'zod';
import { skillError } from './errors.ts';
import { findSkill, findSkills } from './find-skills.ts';
import { toReal } from './places.ts';
import { isNoText, readText } from './read-text.ts';
import { isSkillName, type Skill } from './skill.ts';
import type { SkillToolSetting } from './skill-tool.ts';
import { toSkillText } from './skill-text.ts';

const input = z.strictObject({
  name: z.string().max(200),
  arguments: z.string().max(100_000).optional(),
  file: z.string().min(1).max(1000).refine((path) => !path.includes('\0'), 'the path holds a NUL character, which no file name can').optional(),
});
type SkillInput = z.output<typeof input>;

/** The tool `skill`. It reads what stands in folders for skills, and nothing else. */
export function createBody({ requestAt, bodyTokens }: SkillToolSetting) {
  return defineToolBody<SkillInput>({
    input,
    async targets({ name, file }, at): Promise<readonly Target[]> {
      const skill = isSkillName(name) ? await findSkill(name, requestAt(at)) : undefined;
      return skill === undefined ? [] : [toTarget(skill, file, at.roots)];
    },
    async execute({ name, arguments: given = '', file }, context): Promise<ToolResult> {
      const skill = isSkillName(name) ? await findSkill(name, requestAt(context)) : undefined;
      if (skill === undefined) throw await unknown(name, requestAt(context));
      if (skill.onlyForPeople) throw skillError(`The skill ${name} is for people to call, as /${name}, and not for a model`, 'SKILL_UNKNOWN', 'Say that the user may type it.');
      await checkJudged(skill, file, context);
      if (file !== undefined) return readOwn(skill, file);
      const text = toSkillText(skill, given, { bodyTokens });
      if (isThere(context.turn.messages, text)) return { content: [{ type: 'text', text: `The skill ${name} is loaded already, with just this content: see above.` }] };
      return { content: [{ type: 'text', text, label: { owner: 'skills', name: `skill ${name}`, pinned: true } }], details: { name, folder: skill.folder, file: skill.file } };
    },
  });
}

const pathOf = (skill: Skill, file: string | undefined): string => toReal(file === undefined ? skill.file : join(skill.folder, file));

/**
 * Within the roots a read like any other. Elsewhere, what the person or the administrator has put into a folder for skills, and what
 * really lies in one of the project around, is named as a skill and asks nobody; rules that deny a read hold.
 */
function toTarget(skill: Skill, file: string | undefined, roots: readonly string[]): Target {
  const path = pathOf(skill, file);
  const { layer, folder } = skill.place;
  const isOwn = layer !== 'project' || isWithin(path, folder);
  return !isOwn || roots.some((root) => isWithin(path, root)) ? { family: 'Read', path } : { family: 'Skill', name: skill.name };
}

/** @throws PithError where it is not what was judged, or a rule denies it */
async function checkJudged(skill: Skill, file: string | undefined, { targets: [judged], roots, judge }: ToolContext): Promise<void> {
  const target = toTarget(skill, file, roots);
  if (judged?.family !== target.family || judged.path !== target.path) throw skillError(`What the skill ${skill.name} is changed during the call; nothing was read`, 'SKILL_INVALID', 'Make the call again.');
  if (target.path === undefined && await judge([{ family: 'Read', path: pathOf(skill, file) }]) === 'deny') throw skillError(`A rule denies reading the skill ${skill.name}. This is policy, not an error`, 'SKILL_INVALID', 'Go on without it.');
}

function readOwn(skill: Skill, file: string): ToolResult {
  const found = readText(join(skill.folder, file), skill.folder, 'its skill') ?? { what: 'is not there' };
  if (isNoText(found)) throw skillError(`${escapeControl(file)} of the skill ${skill.name} cannot be read: it ${found.what}`, 'SKILL_INVALID', 'Load the skill without file to see which there are.');
  return { content: [{ type: 'text', text: found.text.replace(/^\ufeff/, ''), label: { owner: 'skills', name: `skill ${skill.name}/${file}` } }] };
}

async function unknown(name: string, request: Parameters<typeof findSkills>[0]): Promise<Error> {
  const { skills } = await findSkills(request);
  const names = skills.filter(({ onlyForPeople }) => !onlyForPeople).map((skill) => skill.name);
  const near = nearest(name, names);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : names.length === 0 ? 'There are none.' : `There are: ${names.slice(0, 50).join(', ')}`;
  return skillError(`There is no skill ${JSON.stringify(name)}`, 'SKILL_UNKNOWN', hint);
}

function isThere(messages: readonly Message[], text: string): boolean {
  return messages.some(({ content }) => content.some((block) => block.type === 'tool-result' && block.content.some((part) => part.type === 'text' && part.label?.owner === 'skills' && part.text === text)));
}
