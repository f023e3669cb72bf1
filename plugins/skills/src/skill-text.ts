import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { escapeControl } from '@pith/kernel';
import { createFiller, parseArguments, takesArguments } from './arguments.ts';
import { parseTemplate } from './template.ts';
import type { Skill } from './skill.ts';

const CHARACTERS_A_TOKEN = 4;
const MAX_FILES_SHOWN = 40;
/** Entries that are looked at; a skill that holds a whole library is not listed to its end. */
const MAX_FILES = 1000;
const MAX_DEPTH = 4;

/** A skill as the model reads it. What the file says is not expanded, but for arguments and its own folder. */
export function toSkillText(skill: Skill, given: string, { bodyTokens }: { bodyTokens: number }): string {
  const { body, bodyLine, argumentNames } = skill;
  const { shown, lastLine } = cutBody(body, bodyTokens * CHARACTERS_A_TOKEN);
  const typed = parseArguments(given);
  const filled = toOwnFolder(createFiller(typed, argumentNames)(shown), skill);
  const notes = [
    ...typed.text !== '' && !takesArguments(body, argumentNames) ? [`Arguments: ${typed.text}`] : [],
    ...lastLine === undefined ? [] : [`[Cut here. The rest begins in line ${bodyLine + lastLine} of ${escapeControl(skill.file)}.]`],
    ...parseTemplate(body).some(({ kind }) => kind === 'shell') ? ['[What stands in !`…` was not run: it is where a person calls this. Run it with a tool where you need what it gives.]'] : [],
  ];
  return [`${toSkillHead(skill)}\n`, filled.trim(), ...notes.map((note) => `\n${note}`)].join('\n');
}

/** Where a skill lies and what is beside it. */
export function toSkillHead({ name, folder }: Skill): string {
  const { files, isWhole } = listFiles(folder);
  const more = files.length - MAX_FILES_SHOWN;
  const names = files.slice(0, MAX_FILES_SHOWN).map((file) => escapeControl(file)).join(', ');
  const beside = files.length === 0 ? '' : ` Beside it: ${names}${more > 0 ? `, and ${isWhole ? more : `more than ${more}`} more` : ''}.`;
  return `Skill ${name}, in the folder ${escapeControl(folder)}.${beside}`;
}

export function toOwnFolder(body: string, { folder }: Pick<Skill, 'folder'>): string {
  return body.replaceAll('${CLAUDE_SKILL_DIR}', () => folder);
}

/** @returns `lastLine`: how many lines are shown, where not all are */
function cutBody(body: string, limit: number): { shown: string; lastLine?: number } {
  if (body.length <= limit) return { shown: body };
  const end = body.lastIndexOf('\n', limit);
  const shown = body.slice(0, end === -1 ? limit : end);
  return { shown, lastLine: shown.split('\n').length };
}

/** Files below a folder without links, hidden ones and SKILL.md itself, relative to it. */
function listFiles(folder: string): { files: string[]; isWhole: boolean } {
  const files: string[] = [];
  let looked = 0;
  const visit = (at: string, depth: number): void => {
    for (const entry of entriesOf(at)) {
      if (looked++ >= MAX_FILES) return;
      const path = join(at, entry.name);
      if (entry.name.startsWith('.') || (depth === 1 && entry.name === 'SKILL.md')) continue;
      if (entry.isFile()) files.push(relative(folder, path));
      else if (entry.isDirectory() && depth < MAX_DEPTH) visit(path, depth + 1);
    }
  };
  visit(folder, 1);
  return { files: files.sort(), isWhole: looked <= MAX_FILES };
}

function entriesOf(folder: string): { name: string; isFile(): boolean; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // What may not be looked into cannot be named.
  }
}
