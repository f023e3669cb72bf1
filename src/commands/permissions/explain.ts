import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, MODES, type PermissionExplanation, type Settings } from '@pith/kernel';
import { toPassedOverText } from '../../host/hook-files/describe-trust.ts';
import { openKernel, readConfig, resolveFolder } from '../../host/host.ts';
import { checkRules } from '../../host/run/check-rules.ts';
import { toRoots } from '../../host/run/open-session.ts';

export default class PermissionsExplain extends Command {
  static override summary = 'Say what would become of a call here, and why: every rule that is tried, with file and line.';
  static override description = `CALL is a call as a rule would name it, Bash(npm test), Edit(src/a.ts), Read(.env), WebFetch(https://example.org/), Agent(name), mcp__server__tool; any other text is a command line. Nothing is run.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> "npm test && git push"',
    '<%= config.bin %> <%= command.id %> "Edit(.git/config)" --mode bypassPermissions',
    '<%= config.bin %> <%= command.id %> "WebFetch(https://example.org/)" --json',
  ];

  static override enableJsonFlag = true;
  static override args = { call: Args.string({ required: true, ignoreStdin: true, description: 'A call as a rule would name it, or a command line.' }) };
  static override flags = {
    mode: Flags.string({ summary: 'Permission mode; the configured one when left away.', options: [...MODES] }),
    cwd: Flags.string({ char: 'C', summary: 'Folder to look from.', helpValue: 'DIR' }),
    'add-dir': Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Another folder that counts as inside.', helpValue: 'DIR' }),
  };

  async run(): Promise<PermissionExplanation> {
    const { args, flags } = await this.parse(PermissionsExplain);
    const cwd = resolveFolder(flags.cwd ?? '.', '--cwd');
    const commandLine: Settings = { ...(flags.mode === undefined ? {} : { mode: flags.mode as Settings['mode'] }), ...(flags['add-dir'] === undefined ? {} : { addDirs: flags['add-dir'] }) };
    const config = await readConfig(this.config, cwd, commandLine);
    const kernel = await openKernel(this.config, config, { sessions: { record: false } });
    try {
      checkRules(kernel, config);
      const permissions = await kernel.service('permissions');
      const explanation = await permissions.explain(args.call, { cwd, roots: toRoots(config.settings, cwd), mode: config.settings.mode ?? 'default' });
      const { formatExplanation } = await import('../../host/permissions/format-explanation.ts');
      this.log(formatExplanation(explanation));
      const passedOver = toPassedOverText(config);
      if (passedOver !== undefined) this.log(`\n${escapeControl(passedOver)}`);
      return explanation;
    } finally {
      await kernel.close();
    }
  }
}
