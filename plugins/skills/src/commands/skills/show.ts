import { basename, dirname } from 'node:path';
import { Args, Command } from '@oclif/core';
import { escapeControl, nearest } from '@pith/kernel';
import { requestHere } from '../../here.ts';

interface ShownSkill { name: string; description: string; source: string; file: string; folder: string; tokens: number; text: string; notApplied: readonly string[]; problems: readonly string[] }

export default class SkillsShow extends Command {
  static override summary = 'Show a skill as a model gets it when it loads it.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> pdf', { description: 'With arguments', command: '<%= config.bin %> <%= command.id %> pdf "fill form.pdf" --json' }];
  static override args = {
    name: Args.string({ required: true, ignoreStdin: true, description: 'Its name.' }),
    arguments: Args.string({ ignoreStdin: true, description: 'What is filled in for $ARGUMENTS, $1 …' }),
  };

  async run(): Promise<ShownSkill> {
    const { args } = await this.parse(SkillsShow);
    const [{ findSkills }, { toLine }, { toSkillText }, { countTokens }, { skillError }, { DEFAULTS }] = await Promise.all([
      import('../../find-skills.ts'), import('../../problem.ts'), import('../../skill-text.ts'), import('../../skill.ts'), import('../../errors.ts'), import('../../options.ts'),
    ]);
    const { skills, problems } = await findSkills(requestHere(this.config));
    const skill = skills.find(({ name }) => name === args.name);
    if (skill === undefined) {
      const broken = problems.find(({ level, file }) => level === 'error' && basename(dirname(file)) === args.name);
      const near = nearest(args.name, skills.map(({ name }) => name));
      throw skillError(broken === undefined ? `There is no skill ${JSON.stringify(args.name)} here` : `The skill cannot be used: ${toLine(broken)}`, 'SKILL_UNKNOWN', near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'See those that there are: pith skills list');
    }
    const { name, description, place, file, shown, folder, notApplied } = skill;
    const text = toSkillText(skill, args.arguments ?? '', DEFAULTS);
    const own = problems.filter((problem) => problem.file === shown).map(toLine);
    for (const line of own) this.logToStderr(`! ${line}`);
    this.log(escapeControl(text, { lines: true }));
    if (notApplied.length > 0) this.logToStderr(`Without effect here: ${escapeControl(notApplied.join(', '))}`);
    return { name, description, source: place.layer, file, folder, tokens: countTokens(skill), text, notApplied, problems: own };
  }
}
