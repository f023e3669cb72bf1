import { Command, Flags } from '@oclif/core';
import { escapeControl, type Layer, type Restrictions } from '@pith/kernel';
import { formatTable } from '@pith/table';
import { readDefaults } from '../host/default-settings.ts';
import { toStrictText } from '../host/hook-files/describe-trust.ts';
import { listHooks, type ShownHooks, toHooksText } from '../host/hook-files/list-hooks.ts';
import { pathsOf, readConfig, resolveFolder, toSources } from '../host/host.ts';

interface ShownValue { key: string; /** `null` for what has none. */ value: unknown; layer: Layer; file: string | null }

export default class Config extends Command {
  static override summary = 'Show every setting that holds here, and where it came from.';
  static override description = 'Layers, strongest first: managed, command line, environment, local, project, user, default. Rules of all layers are joined. Project files count once the folder is trusted; what in them denies or asks counts always.';
  static override examples = ['<%= config.bin %> config', '<%= config.bin %> config --json'];
  static override enableJsonFlag = true;
  static override flags = { cwd: Flags.string({ char: 'C', summary: 'Folder to look from.', helpValue: 'DIR' }) };

  async run(): Promise<{ project: string; values: ShownValue[]; hooks: ShownHooks[]; untrusted: readonly string[] }> {
    const { flags } = await this.parse(Config);
    const config = await readConfig(this.config, resolveFolder(flags.cwd ?? '.', '--cwd'));
    const values = Object.entries(config.origins).map(([key, { layer, file }]): ShownValue => ({ key, value: valueAt(config.settings, key), layer, file: file ?? null }));
    for (const kind of ['deny', 'ask', 'allow'] as const) {
      for (const { rule, layer, source } of config.rules[kind]) values.push({ key: `permissions.${kind}`, value: rule, layer, file: source });
    }
    const defaults = await readDefaults(toSources(this.config), new Set(values.map(({ key }) => key)));
    values.push(...defaults.map(({ key, value }): ShownValue => ({ key, value, layer: 'default', file: null })));
    const words = new Map(defaults.map(({ key, text }) => [key, text]));
    this.log(formatTable(['KEY', 'VALUE', 'LAYER', 'FILE'], values.map(({ key, value, layer, file }) => [key, words.get(key) ?? (typeof value === 'string' ? value : JSON.stringify(value)), layer, file ?? ''])));
    for (const text of toRestrictionTexts(config.restrictions)) this.log(escapeControl(text));
    const hooks = await listHooks(config, pathsOf(this.config));
    for (const shown of hooks) this.log(`Hook files: ${escapeControl(toHooksText(shown))}`);
    for (const file of config.untrusted) this.log(`${escapeControl(file)} is passed over until you say: pith trust${toStrictText(config)}`);
    return { project: config.project, values, hooks, untrusted: config.untrusted };
  }
}

function toRestrictionTexts({ allowManagedRulesOnly, forbidBypass }: Restrictions): string[] {
  return [
    ...(allowManagedRulesOnly === undefined ? [] : [`Only rules of the administrator allow anything: ${allowManagedRulesOnly}`]),
    ...(forbidBypass === undefined ? [] : [`Mode bypassPermissions is not to be had: ${forbidBypass}`]),
  ];
}

function valueAt(settings: object, key: string): unknown {
  const [first, plugin, ...option] = key.split('.');
  const value = (settings as Record<string, unknown>)[first!];
  return plugin === undefined ? value : (value as Record<string, Record<string, unknown>>)[plugin]?.[option.join('.')];
}
