import { join } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, readProjectFiles } from '@pith/kernel';
import { type CreatedHook, createHook } from '../../host/create/create-hook.ts';
import { checkName } from '../../host/create/name.ts';

export default class HooksCreate extends Command {
  static override summary = 'Make a company hook: a rule in one file, with examples that test it; or a tool.';
  static override description = 'Writes hooks/NAME.ts into the project, and names it in pith.config.ts. No file that is there is written over.';
  static override examples = ['<%= config.bin %> hooks create protect-main', { description: 'A tool for the model, of this project', command: '<%= config.bin %> hooks create readme-part --tool' }];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'Name of the hook: small letters, digits and -.' }) };

  static override flags = { tool: Flags.boolean({ summary: 'Make a tool for the model instead of a rule.' }) };

  async run(): Promise<CreatedHook & { project: string }> {
    const { args, flags: { tool } } = await this.parse(HooksCreate);
    const name = checkName(args.name, 'hook', this.config);
    const { project } = await readProjectFiles(process.cwd());
    const created = await createHook(name, { project, templates: join(this.config.root, 'templates'), kind: tool ? 'tool' : 'hook' });
    const { hook, config, configState, line, types, advice } = created;
    this.log(`In ${escapeControl(project)}:`);
    this.log(`  ${hook} was written: ${tool ? 'the tool, what it takes, and what it touches' : 'the rule, and the examples that test it'}`);
    if (line === null) this.log(`  ${config} was ${configState}: it names the hook`);
    else this.log(`  ${config} could not be changed safely; add ${line} to the list of its hooks`);
    if (types.length > 0) this.log(`  ${types.join(' and ')} let an editor know @pith/kernel`);
    if (advice !== null) this.log(`  ${advice}`);
    this.log(tool ? `Next:\n  pith trust\n  pith tools call ${name} --input '{"heading":"Install"}'` : `Next:\n  pith hooks test ${hook}\n  pith trust`);
    return { project, ...created };
  }
}
