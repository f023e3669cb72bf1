import type { PluginDefinition, PluginSource, Settings } from '@pith/kernel';

type Default = { value: unknown } | string;

/** What holds where nobody has set anything: a value, or words where there is none. */
const DEFAULTS: Record<Exclude<keyof Settings, 'permissions' | 'plugins'>, Default> = {
  provider: 'what is set up', model: 'the provider’s first', mode: { value: 'default' }, maxSteps: 'no limit', maxCost: 'no limit', timeout: 'no limit',
  effort: 'the vendor’s', thinking: 'the vendor’s', taskBudget: 'none', temperature: 'the vendor’s', maxTokens: 'the provider’s', betas: { value: [] }, headers: 'none', body: 'none',
  system: 'the plugins’', appendSystem: 'none', addDirs: { value: [] }, passEnv: { value: [] },
};

export interface DefaultValue {
  key: string;
  /** `null` where `text` says it. */
  value: unknown;
  text?: string;
}

/** Of settings and of plugins' options, as far as they are not in `known`. */
export async function readDefaults(sources: readonly PluginSource[], known: ReadonlySet<string>): Promise<DefaultValue[]> {
  const options = await Promise.all(sources.map(readOptions));
  const values: DefaultValue[] = [...Object.entries(DEFAULTS).map(([key, held]) => (typeof held === 'string' ? { key, value: null, text: `(${held})` } : { key, ...held })), ...options.flat()];
  return values.filter(({ key }) => !known.has(key));
}

/** What a plugin makes of no options, as far as it can be written in a settings file. One that cannot be loaded has none here; `pith doctor` tells why. */
async function readOptions(source: PluginSource): Promise<DefaultValue[]> {
  try {
    const { default: definition } = await source.load() as { default: PluginDefinition };
    const { name, options } = definition;
    // Its rules are shown by themselves.
    if (options === undefined || name === 'permissions') return [];
    const result = await options['~standard'].validate({});
    if (result.issues !== undefined) return [];
    return Object.entries(result.value as object).filter(([, value]) => isPlain(value)).map(([option, value]) => ({ key: `plugins.${name}.${option}`, value: value as unknown }));
  } catch {
    return [];
  }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || (Array.isArray(value) && value.every(isPlain));
}
