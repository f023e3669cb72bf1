import { Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { requestHere } from '../../here.ts';

interface ListedSkill { name: string; description: string; source: string; file: string; tokens: number; calledBy: 'model and people' | 'people' | 'model'; hiddenBy?: string }

export default class SkillsList extends Command {
  static override summary = 'List the skills that a model may load here.';
  static override description = 'Looks into the folders for skills of the administrator, of yourself and of the project. One that cannot be used is told with file and line, and so is one that another of its name stands in front of.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'Those of the folder you are in', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a program', command: '<%= config.bin %> <%= command.id %> --json' },
  ];

  async run(): Promise<{ skills: ListedSkill[]; problems: { level: string; file: string; line?: number; text: string }[] }> {
    await this.parse(SkillsList);
    const [{ findSkills }, { toLine }, { formatSkills }, { countTokens }] = await Promise.all([import('../../find-skills.ts'), import('../../problem.ts'), import('../../format-skills.ts'), import('../../skill.ts')]);
    const { skills, problems, hidden } = await findSkills(requestHere(this.config));
    const listed = [...skills.map((skill) => ({ skill, by: undefined })), ...hidden].map(({ skill, by }): ListedSkill => ({
      name: skill.name, description: skill.description, source: skill.place.layer, file: skill.file, tokens: countTokens(skill),
      calledBy: skill.onlyForPeople ? 'people' : skill.onlyForModel ? 'model' : 'model and people', ...(by === undefined ? {} : { hiddenBy: by.file }),
    }));
    const told = problems.filter(({ level }) => level !== 'hint');
    for (const problem of told) this.logToStderr(`! ${toLine(problem)}`);
    for (const { skill, by } of hidden) this.logToStderr(escapeControl(`! ${skill.shown} is hidden by ${by.shown}, which has the same name`));
    this.log(skills.length === 0 ? 'There are no skills here. One is a folder with a SKILL.md in .pith/skills, .claude/skills or .agents/skills.' : formatSkills([...skills]));
    return { skills: listed, problems: [...told] };
  }
}
