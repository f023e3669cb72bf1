import { dirname } from 'node:path';
import { formatTable } from '@pith/table';
import { countTokens, type Skill } from './skill.ts';

/** Rows for people: name, tokens when it is loaded, whose it is, and what it is for as far as the screen is wide. */
export function formatSkills(skills: readonly Skill[], width?: number): string {
  return formatTable(['SKILL', 'TOKENS', 'FROM', 'WHAT FOR'], skills.map((skill) => [skill.name, String(countTokens(skill)), dirname(skill.shown), skill.description]), width);
}
