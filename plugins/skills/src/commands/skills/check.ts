import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Args, Command } from '@oclif/core';
import { EXIT } from '@pith/kernel';
import { requestHere } from '../../here.ts';
import type { Problem } from '../../problem.ts';

export default class SkillsCheck extends Command {
  static override summary = 'Check skills and commands as their author would want it.';
  static override description = 'Looks at a skill, at a folder of skills, or at all skills and commands of a project. Each mistake is a line with file and line number. Exit codes: 0 all is well, hints aside; 2 there are mistakes.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', { description: 'One skill, in CI', command: '<%= config.bin %> <%= command.id %> .agents/skills/pdf --json' }];
  static override args = { path: Args.string({ ignoreStdin: true, default: '.', description: 'A skill, a folder of skills, or a project; this folder when left away.' }) };

  async run(): Promise<{ files: readonly string[]; problems: readonly Problem[] }> {
    const { args } = await this.parse(SkillsCheck);
    const [{ check }, { toLine }, { skillError }] = await Promise.all([import('../../check.ts'), import('../../problem.ts'), import('../../errors.ts')]);
    const path = resolve(args.path);
    if (!existsSync(path)) throw skillError(`${args.path} is not there`, 'SKILL_UNKNOWN', 'Name a skill, a folder of skills, or a project.');
    const checked = await check(realpathSync(path), requestHere(this.config));
    const mistakes = checked.problems.filter(({ level }) => level !== 'hint').length;
    for (const problem of checked.problems) this.log(`${toLine(problem)}${problem.level === 'hint' ? ' (hint)' : ''}`);
    if (checked.files.length === 0 && mistakes === 0) this.log('There is nothing to check here: no skill was found.');
    else if (mistakes === 0) this.log(`${checked.files.length} ${checked.files.length === 1 ? 'skill is' : 'skills are'} well.`);
    if (mistakes > 0) process.exitCode = EXIT.usage;
    return checked;
  }
}
