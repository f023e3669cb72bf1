import { describe, isPithError, nearest, PithError, toMessage } from '../errors.ts';
import { toIssueText } from '../base/issue-text.ts';
import type { PluginDefinition, PluginSource } from '../plugin.ts';

const KEYS = new Set<string>([
  'name', 'after', 'before', 'requires', 'required', 'capabilities', 'replaces', 'options', 'tools', 'toolSources',
  'providers', 'slashCommands', 'commandSources', 'agents', 'routes', 'services', 'storedSecrets', 'projectFiles', 'examine', 'setup',
] satisfies (keyof PluginDefinition)[]);
const NAME = /^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*$/;
export const EFFECTS = new Set(['read', 'write', 'exec', 'network', 'agent']);

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const PATH = /^(?:\/(?::[a-z]\w*|[\w~-][\w.~-]*))+$|^\/$/i;

type Kind = 'a name' | 'a text' | 'a function' | 'an object' | 'a list';
const IS: Record<Kind, (value: unknown) => boolean> = {
  'a name': (value) => typeof value === 'string' && value !== '',
  'a text': (value) => typeof value === 'string',
  'a function': (value) => typeof value === 'function',
  'an object': isRecord,
  'a list': Array.isArray,
};

/** What each contribution needs at least, so that a mistake is said when the plugin loads, and not in the middle of a turn. */
const CONTRIBUTIONS = {
  tools: { name: 'a name', description: 'a text', inputSchema: 'an object' },
  toolSources: { name: 'a name', list: 'a function' },
  providers: { name: 'a name', models: 'a list', load: 'a function' },
  slashCommands: { name: 'a name', summary: 'a text', run: 'a function' },
  commandSources: { name: 'a name', list: 'a function' },
  agents: { name: 'a name', description: 'a text', load: 'a function' },
  routes: { method: 'a text', path: 'a text', summary: 'a text' },
} as const satisfies Partial<Record<keyof PluginDefinition, Record<string, Kind>>>;

/**
 * Takes the definition out of what a plugin's entry exports.
 * @throws PithError PLUGIN_INVALID
 */
export function parseDefinition(source: PluginSource, exported: unknown): PluginDefinition {
  const value = isRecord(exported) && 'default' in exported ? exported['default'] : exported;
  const invalid = (what: string): PithError => new PithError(`Plugin ${source.name} ${what}`, { code: 'PLUGIN_INVALID', plugin: source.name });
  if (!isRecord(value)) throw invalid(`has no definition as its default export; found ${describe(value)}`);
  if (typeof value['name'] !== 'string' || !NAME.test(value['name'])) throw invalid(`has no valid name; found ${describe(value['name'])}, allowed are lower-case letters, digits and -`);
  for (const key of Object.keys(value)) {
    if (!KEYS.has(key)) throw invalid(`has an unknown key ${JSON.stringify(key)}; near are: ${nearest(key, KEYS).join(', ') || [...KEYS].join(', ')}`);
  }
  for (const key of ['after', 'before', 'requires', 'capabilities', 'replaces']) {
    if (value[key] !== undefined && !(Array.isArray(value[key]) && value[key].every(IS['a name']))) throw invalid(`has a ${key} that is not a list of names; found ${describe(value[key])}`);
  }
  if (value['required'] !== undefined && typeof value['required'] !== 'boolean') throw invalid(`has a required that is neither true nor false; found ${describe(value['required'])}`);
  for (const key of ['storedSecrets', 'projectFiles', 'examine', 'setup']) {
    if (value[key] !== undefined && typeof value[key] !== 'function') throw invalid(`has a ${key} that is not a function; found ${describe(value[key])}`);
  }
  checkContributions(value, invalid);
  return value as unknown as PluginDefinition;
}

function checkContributions(value: Record<string, unknown>, invalid: (what: string) => PithError): void {
  for (const [key, shape] of Object.entries(CONTRIBUTIONS)) {
    const items = value[key] ?? [];
    if (!Array.isArray(items)) throw invalid(`has a ${key} that is not an array; found ${describe(items)}`);
    for (const item of items) {
      const wrong = wrongShape(item, shape) ?? (key === 'tools' ? wrongTool(item as Record<string, unknown>) : key === 'routes' ? wrongRoute(item as Record<string, unknown>) : undefined);
      if (wrong !== undefined) throw invalid(`has in ${key} ${wrong}`);
    }
  }
  const services = value['services'] ?? {};
  if (!isRecord(services)) throw invalid(`has services that are not an object; found ${describe(services)}`);
  for (const [name, make] of Object.entries(services)) if (typeof make !== 'function') throw invalid(`has a service ${name} that is not a function; found ${describe(make)}`);
}

/**
 * Checks what a tool source has listed.
 * @throws PithError PLUGIN_INVALID
 */
export function checkTools(tools: unknown): void {
  if (!Array.isArray(tools)) throw new PithError(`it listed ${describe(tools)} where a list of tools belongs`, { code: 'PLUGIN_INVALID' });
  for (const tool of tools) {
    const wrong = wrongShape(tool, CONTRIBUTIONS.tools) ?? wrongTool(tool as Record<string, unknown>);
    if (wrong !== undefined) throw new PithError(`it listed ${wrong}`, { code: 'PLUGIN_INVALID' });
  }
}

/**
 * Checks what a command source has listed.
 * @throws PithError PLUGIN_INVALID
 */
export function checkCommands(commands: unknown): void {
  if (!Array.isArray(commands)) throw new PithError(`it listed ${describe(commands)} where a list of commands belongs`, { code: 'PLUGIN_INVALID' });
  for (const command of commands) {
    const wrong = wrongShape(command, CONTRIBUTIONS.slashCommands);
    if (wrong !== undefined) throw new PithError(`it listed ${wrong}`, { code: 'PLUGIN_INVALID' });
  }
}

function wrongShape(item: unknown, shape: Readonly<Record<string, Kind>>): string | undefined {
  if (!isRecord(item)) return `${describe(item)} where an object belongs`;
  for (const [key, kind] of Object.entries(shape)) {
    if (!IS[kind](item[key])) return `${describe(item['name'] ?? item['path'] ?? 'an item')} whose ${key} is not ${kind}; found ${describe(item[key])}`;
  }
  return undefined;
}

function wrongTool({ name, effect, execute, load, timeoutMs, resultLimit }: Record<string, unknown>): string | undefined {
  if (!EFFECTS.has(effect as string)) return `the tool ${name} whose effect is ${describe(effect)}; allowed are ${[...EFFECTS].join(', ')}`;
  if (typeof execute !== 'function' && typeof load !== 'function') return `the tool ${name} without an execute or a load function`;
  if (timeoutMs !== undefined && !(Number(timeoutMs) > 0)) return `the tool ${name} whose timeoutMs is ${describe(timeoutMs)}, which is not a positive number`;
  if (resultLimit !== undefined && !(Number(resultLimit) > 0)) return `the tool ${name} whose resultLimit is ${describe(resultLimit)}, which is not a positive number`;
  return undefined;
}

function wrongRoute({ method, path, access, handle, load }: Record<string, unknown>): string | undefined {
  if (!METHODS.has(method as string)) return `the route ${path} whose method is ${describe(method)}; allowed are ${[...METHODS].join(', ')}`;
  if (!PATH.test(path as string)) return `a route whose path is ${describe(path)}; it begins with /, and a part of it is a word or, for any, :name`;
  if (access !== undefined && access !== 'token' && access !== 'open') return `the route ${path} whose access is ${describe(access)}; allowed are token, open`;
  return typeof handle !== 'function' && typeof load !== 'function' ? `the route ${path} without a handle or a load function` : undefined;
}

/** @throws PithError CONFIG_INVALID naming the key */
export async function parseOptions(definition: PluginDefinition, value: unknown): Promise<unknown> {
  if (definition.options === undefined) return value ?? {};
  const result = await definition.options['~standard'].validate(value ?? {});
  if (result.issues === undefined) return result.value;
  throw new PithError(`The options of plugin ${definition.name} do not fit: ${toIssueText(result.issues, { value })}`, {
    code: 'CONFIG_INVALID', plugin: definition.name, hint: 'pith config shows every value and the file it came from.',
    details: { issues: result.issues.map(({ message, path = [] }) => ({ message, path: path.map((part) => (typeof part === 'object' ? part.key : part)) })) },
  });
}

/**
 * Whether a manifest's range fits this kernel. The common forms are read here; semver is loaded for the rest.
 * @throws PithError PLUGIN_KERNEL_RANGE
 */
export async function checkKernelRange(source: PluginSource, version: string): Promise<void> {
  const range = source.kernel;
  if (range === undefined || range === '*' || range === `^${version}` || range === version) return;
  const { default: satisfies } = await import('semver/functions/satisfies.js');
  if (satisfies(version, range, { includePrerelease: true })) return;
  throw new PithError(`Plugin ${source.name} is made for kernel ${range}; this is ${version}`, {
    code: 'PLUGIN_KERNEL_RANGE', plugin: source.name, hint: `Use a version of it that is made for this kernel: pith plugins install ${source.name}@VERSION. Or take it out: pith plugins uninstall ${source.name}`,
  });
}

/** @throws PithError PLUGIN_LOAD_FAILED */
export async function importPlugin(source: PluginSource): Promise<PluginDefinition> {
  let exported: unknown;
  try {
    exported = await source.load();
  } catch (error) {
    if (isPithError(error) && error.plugin === source.name) throw error; // Whoever offers the plugin has said already what is wrong, and what to do.
    const from = source.from === undefined || source.from === source.name ? '' : ` (${source.from})`;
    throw new PithError(`Plugin ${source.name}${from} cannot be loaded: ${toMessage(error)}`, { code: 'PLUGIN_LOAD_FAILED', plugin: source.name, cause: error });
  }
  return parseDefinition(source, exported);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
