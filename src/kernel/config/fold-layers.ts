import { PithError } from '../errors.ts';
import { findJsonPlaces, lineAt } from './json-places.ts';
import type { RuleEntry, Settings } from './settings.ts';

/** Strongest first. */
export const LAYERS = ['managed', 'command line', 'environment', 'local', 'project', 'user', 'default'] as const;
export type Layer = (typeof LAYERS)[number];

/** One layer as it was found. */
export interface LayerValues {
  layer: Layer;
  file?: string;
  values: Settings;
  /** The text that the file holds. */
  text?: string;
  /** Of a folder that nobody has trusted: only rules that refuse or ask are in it. */
  untrusted?: true;
}

/** A value and where it came from. */
export interface Origin { layer: Layer; file?: string }

/** A rule as it is written, with the file and line, or the flag, that it comes from. */
export interface SourcedRule extends Exclude<RuleEntry, string> {
  source: string;
  layer: Layer;
  /** Nobody has trusted the folder of its file. */
  untrusted?: true;
}

export const RULE_LISTS = ['deny', 'ask', 'allow'] as const;
export type Rules = Record<(typeof RULE_LISTS)[number], readonly SourcedRule[]>;

/** What an administrator has ruled out: by whom, as file and line. */
export interface Restrictions {
  /** Rules that allow count only where the managed settings have them. */
  allowManagedRulesOnly?: string;
  /** Mode `bypassPermissions` is not to be had. */
  forbidBypass?: string;
}

export interface Folded {
  settings: Settings;
  /** By key; for `plugins` by `plugins.<name>.<option>`. */
  origins: Readonly<Record<string, Origin>>;
  /** Rules of all layers, strongest layer first. */
  rules: Rules;
  restrictions: Restrictions;
}

/**
 * The strongest layer wins a single value; lists of rules and folders are joined.
 * @throws PithError CONFIG_INVALID for what a layer may not say
 */
export function foldLayers(layers: readonly LayerValues[]): Folded {
  const settings: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const rules: Record<keyof Rules, SourcedRule[]> = { deny: [], ask: [], allow: [] };
  const plugins: Record<string, Record<string, unknown>> = {};
  const restrictions = restrictionsOf(layers);
  for (const held of layers) {
    const { layer, file, values } = held;
    const origin: Origin = { layer, ...(file === undefined ? {} : { file }) };
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined) continue;
      if (key === 'permissions') {
        for (const list of RULE_LISTS) if (list !== 'allow' || layer === 'managed' || restrictions.allowManagedRulesOnly === undefined) rules[list].push(...rulesOf(held, list));
      } else if (key === 'plugins') {
        for (const [plugin, options] of Object.entries(values.plugins ?? {})) {
          for (const [option, given] of Object.entries(options)) {
            if (plugin === 'permissions') throw misplaced(file ?? `the ${layer}`, option);
            const known = plugins[plugin] ??= {};
            if (option in known) continue;
            known[option] = given;
            origins[`plugins.${plugin}.${option}`] = origin;
          }
        }
      } else if (key === 'addDirs' || key === 'passEnv') {
        settings[key] = [...(settings[key] as string[] | undefined ?? []), ...(value as string[])];
        origins[key] ??= origin;
      } else if (!(key in settings)) {
        settings[key] = value;
        origins[key] = origin;
      }
    }
  }
  if (Object.keys(plugins).length > 0) settings['plugins'] = plugins;
  return { settings: settings as Settings, origins, rules, restrictions };
}

function rulesOf({ layer, file, text, values, untrusted }: LayerValues, list: keyof Rules): SourcedRule[] {
  const entries = values.permissions?.[list] ?? [];
  const places = entries.length === 0 || text === undefined ? undefined : findJsonPlaces(text, 'permissions');
  return entries.map((entry, index): SourcedRule => ({
    ...(typeof entry === 'string' ? { rule: entry } : entry), layer, ...(untrusted === undefined ? {} : { untrusted }),
    source: file === undefined ? (layer === 'command line' ? `--${list}` : layer) : atLine(file, text, places?.get(`.${list}.${index}`)?.start),
  }));
}

/** Only an administrator may take from others what they may do, and nobody takes that back. */
function restrictionsOf(layers: readonly LayerValues[]): Restrictions {
  const found: Restrictions = {};
  for (const { layer, file, text, values: { permissions } } of layers) {
    for (const key of ['allowManagedRulesOnly', 'forbidBypass'] as const) {
      if (permissions?.[key] === undefined) continue;
      const source = atLine(file ?? layer, text, text === undefined ? undefined : findJsonPlaces(text, 'permissions')?.get(`.${key}`)?.start);
      if (layer !== 'managed') throw new PithError(`${source}: permissions.${key} is set; only the managed settings of this machine may set it`, { code: 'CONFIG_INVALID', hint: 'Take it out of that file.' });
      if (permissions[key]) found[key] = source;
    }
  }
  return found;
}

function atLine(file: string, text: string | undefined, offset: number | undefined): string {
  return text === undefined || offset === undefined ? file : `${file}:${lineAt(text, offset)}`;
}

/** There they would take the place of other layers' rules, where rules are to be joined. */
function misplaced(where: string, option: string): PithError {
  return new PithError(`${where}: plugins.permissions.${option} is set; rules stand under permissions`, { code: 'CONFIG_INVALID', hint: 'Write them as "permissions": { "deny": [], "ask": [], "allow": [] }.' });
}
