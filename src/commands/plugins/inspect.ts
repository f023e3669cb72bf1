import { Args, Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { type PluginFacts, readFacts } from '../../host/plugins/facts.ts';

export default class PluginsInspect extends Command {
  static override summary = 'Show what a plugin is and does, without running it.';
  static override description = 'What it taps, brings and uses is what its manifest declares, and the kernel refuses a plugin that does more. Where it connects, what it starts and which variables it reads is only declared.';
  static override examples = ['<%= config.bin %> plugins inspect tools', '<%= config.bin %> plugins inspect permissions --json'];
  static override enableJsonFlag = true;
  static override args = { plugin: Args.string({ required: true, ignoreStdin: true, description: 'Its name.' }) };

  async run(): Promise<PluginFacts> {
    const { args } = await this.parse(PluginsInspect);
    const facts = await readFacts(args.plugin, this.config, pathsOf(this.config));
    this.log(escapeControl(formatFacts(facts), { lines: true }));
    return facts;
  }
}

function formatFacts(facts: PluginFacts): string {
  const { start } = facts;
  const lines = [
    `${facts.name} ${facts.version}${facts.description === null ? '' : `\n  ${facts.description}`}`,
    ...(facts.waiting === null ? [] : [`waits for trust: ${facts.waiting}`]),
    `${facts.kind} in ${facts.folder}`,
    `made for kernel ${facts.kernel ?? '(any)'}${facts.guards ? '; guards: no turn runs without it' : ''}`,
    `hooks: ${facts.hooks.join(', ') || 'none'}`,
    `brings: ${facts.contributions.join(', ') || 'nothing'}`,
    `commands: ${facts.commands.join(', ') || 'none'}`,
    `at start: ${start.files} files, ${Math.ceil(start.sizeBytes / 1024)} kB`,
    ...(facts.integrity === null ? [] : [`integrity: ${facts.integrity}`]),
    ...(facts.unchanged === null ? [] : [facts.unchanged ? 'its files are as they were installed' : 'its files were CHANGED since they were installed']),
    'capabilities:',
    ...facts.capabilities.map(({ capability, meaning, isHeld }) => `  ${capability}: ${meaning}${isHeld ? '' : ' (only declared)'}${facts.granted === null || facts.granted.includes(capability) ? '' : ' (not granted)'}`),
    ...(facts.capabilities.length === 0 ? ['  none'] : []),
  ];
  return lines.join('\n');
}
