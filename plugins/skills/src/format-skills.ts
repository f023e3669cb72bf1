import { dirname } from 'node:path';
import { escapeControl } from '@pith/kernel';
import { countTokens, type Skill } from './skill.ts';

/** Rows for people: name, tokens when it is loaded, whose it is, and what it is for as far as the screen is wide. */
export function formatSkills(skills: readonly Skill[], width = process.stdout.columns || Number(process.env['COLUMNS']) || 120): string {
  const rows = [['SKILL', 'TOKENS', 'FROM', 'WHAT FOR'], ...skills.map((skill) => [skill.name, String(countTokens(skill)), escapeControl(dirname(skill.shown)), escapeControl(skill.description)])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(([name, tokens, from, what]) => {
    const line = `${name!.padEnd(widths[0]!)}  ${tokens!.padStart(widths[1]!)}  ${from!.padEnd(widths[2]!)}  ${what}`;
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  }).join('\n');
}
