import { join } from 'node:path';
import { Args, Command } from '@oclif/core';
import { escapeControl, readProjectFiles } from '@pith/kernel';
import { type CreatedHook, createHook } from '../../host/create/create-hook.ts';
import { checkName } from '../../host/create/name.ts';

export default class HooksCreate extends Command {
  static override summary = 'Make a company hook: a rule in one file, with examples that test it.';
  static override description = 'Writes hooks/NAME.ts into the project, and names it in pith.config.ts. No file that is there is written over.';
  static override examples = ['<%= config.bin %> hooks create protect-main'];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'Name of the hook: small letters, digits and -.' }) };

  async run(): Promise<CreatedHook & { project: string }> {
    const { args } = await this.parse(HooksCreate);
    const name = checkName(args.name, 'hook', this.config);
    const { project } = await readProjectFiles(process.cwd());
    const created = await createHook(name, { project, templates: join(this.config.root, 'templates') });
    const { hook, config, configState, line, types, advice } = created;
    this.log(`In ${escapeControl(project)}:`);
    this.log(`  ${hook} was written: the rule, and the examples that test it`);
    if (line === null) this.log(`  ${config} was ${configState}: it names the hook`);
    else this.log(`  ${config} could not be changed safely; add ${line} to the list of its hooks`);
    if (types.length > 0) this.log(`  ${types.join(' and ')} let an editor know @pith/kernel`);
    if (advice !== null) this.log(`  ${advice}`);
    this.log(`Next:\n  pith hooks test ${hook}\n  pith trust`);
    return { project, ...created };
  }
}
