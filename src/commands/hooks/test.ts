import { resolve } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, EXIT, nearest, PithError } from '@pith/kernel';
import { CATALOGUE } from '../../catalogue.ts';
import { formatOutcome, formatSum } from '../../hook-files/format-outcome.ts';
import { EXAMPLE_LIMIT_MS, type ExamplesOutcome, runExamplesInChild } from '../../hook-files/run-in-child.ts';
import { readConfig } from '../../host.ts';

export default class HooksTest extends Command {
  static override summary = 'Run the examples that the taps of hook files and plugins carry.';
  static override description = 'The code that you name is run, so name only what you trust. It runs in a process of its own, with a time limit and without your environment; no model is asked and no tool is run. Exit codes: 0 all pass, 1 an example fails, 2 a file cannot be loaded.';
  static override examples = [
    '<%= config.bin %> hooks test hooks/guard.ts',
    { description: 'Of an installed plugin, for a program', command: '<%= config.bin %> hooks test --plugin permissions --json' },
  ];
  static override enableJsonFlag = true;
  static override args = { file: Args.string({ multiple: true, ignoreStdin: true, description: 'A hook file, or the folder of a plugin package; several may be named.' }) };
  static override flags = {
    plugin: Flags.string({ multiple: true, multipleNonGreedy: true, summary: 'Also the examples of this installed plugin.', helpValue: 'NAME' }),
    timeout: Flags.integer({ min: 1, default: EXAMPLE_LIMIT_MS / 1000, summary: 'Seconds that one example may take.', helpValue: 'SECONDS' }),
  };

  async run(): Promise<{ passed: number; failed: number; files: ExamplesOutcome[] }> {
    const { args, flags } = await this.parse(HooksTest);
    const entries = [...(args.file ?? []).map((file) => resolve(file)), ...(flags.plugin ?? []).map((name) => this.#folderOf(name))];
    if (entries.length === 0) throw new PithError('No hook file is named', { code: 'HOOK_FILES_NONE', hint: 'For example: pith hooks test hooks/guard.ts' });
    const { settings } = await readConfig(this.config, process.cwd());
    const files: ExamplesOutcome[] = [];
    const stop = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => stop.abort(new PithError('The examples were stopped', { code: signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED' }));
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    for (const entry of entries) {
      const outcome = await runExamplesInChild(entry, { options: settings.plugins ?? {}, knownPlugins: CATALOGUE, limitMs: flags.timeout * 1000, isShown: true, signal: stop.signal });
      files.push(outcome);
      this.log(escapeControl(formatOutcome(outcome), { lines: true }));
    }
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    this.log(formatSum(files));
    const results = files.flatMap((file) => file.results);
    const failed = results.filter(({ ok }) => !ok).length;
    process.exitCode = files.some(({ error }) => error !== undefined) ? EXIT.usage : failed > 0 ? EXIT.failed : EXIT.ok;
    return { passed: results.length - failed, failed, files };
  }

  /** @throws PithError PLUGIN_UNKNOWN with the nearest names */
  #folderOf(name: string): string {
    const { plugins } = this.config;
    const plugin = plugins.get(name) ?? plugins.get(`@pith/plugin-${name}`);
    if (plugin !== undefined) return plugin.root;
    const near = nearest(name, [...plugins.keys()].map((full) => full.replace('@pith/plugin-', '')));
    throw new PithError(`No plugin ${name} is installed`, { code: 'PLUGIN_UNKNOWN', exitCode: EXIT.usage, hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'pith plugins lists them.' });
  }
}
