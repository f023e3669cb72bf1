import { resolve } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { escapeControl, EXIT, nearest, PithError } from '@pith/kernel';
import { CATALOGUE } from '../../host/catalogue.ts';
import type { ConfiguredHook } from '../../host/hook-files/configured.ts';
import { formatOutcome, formatSum } from '../../host/hook-files/format-outcome.ts';
import { EXAMPLE_LIMIT_MS, type ExamplesOutcome, runExamplesInChild } from '../../host/hook-files/run-in-child.ts';
import { type HostConfig, pathsOf, readConfig } from '../../host/host.ts';

export default class HooksTest extends Command {
  static override summary = 'Run the examples that the taps of hook files and plugins carry.';
  static override description = 'Without a name, all hook files that are in force here. The code that you name is run, so name only what you trust. It runs in a process of its own, with a time limit and without your environment; no model is asked and no tool is run. Exit codes: 0 all pass, 1 an example fails, 2 a file cannot be loaded.';
  static override examples = [
    '<%= config.bin %> hooks test hooks/guard.ts',
    { description: 'All that pith.config names, once the folder is trusted', command: '<%= config.bin %> trust && <%= config.bin %> hooks test' },
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
    const config = await readConfig(this.config, process.cwd());
    const named: ConfiguredHook[] = [...(args.file ?? []).map((file) => ({ entry: resolve(file) })), ...(flags.plugin ?? []).map((name) => ({ entry: this.#folderOf(name) }))];
    const tested = named.length > 0 ? named : await this.#configured(config);
    const files: ExamplesOutcome[] = [];
    const stop = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => stop.abort(new PithError('The examples were stopped', { code: signal === 'SIGINT' ? 'INTERRUPTED' : 'TERMINATED' }));
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    const options = config.settings.plugins ?? {};
    for (const { entry, error, approved } of tested) {
      const outcome: ExamplesOutcome = error !== undefined
        ? { entry, plugin: null, taps: null, results: [], error }
        : await runExamplesInChild(entry, { options, knownPlugins: CATALOGUE, limitMs: flags.timeout * 1000, isShown: true, signal: stop.signal, ...(approved === undefined ? {} : { approved }) });
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

  /** @throws PithError HOOK_FILES_NONE; TRUST_CHANGED where the project's are not those that were trusted */
  async #configured(config: HostConfig): Promise<ConfiguredHook[]> {
    const { readConfigured } = await import('../../host/hook-files/configured.ts');
    const found = await readConfigured(pathsOf(this.config), config);
    if (found.length > 0) return found;
    if (config.hookConfig === undefined) throw new PithError('No hook file is named, and there is no pith.config here', { code: 'HOOK_FILES_NONE', hint: 'For example: pith hooks test hooks/guard.ts, or make one: pith hooks create guard' });
    throw new PithError(`No hook file is in force here: ${config.trust?.state === 'trusted' ? 'pith.config names none' : 'this folder is not trusted'}`, { code: 'HOOK_FILES_NONE', hint: 'Name the file, which runs it: pith hooks test hooks/guard.ts' });
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
