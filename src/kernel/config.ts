import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, nearest, PithError, toMessage } from './errors.ts';
import { type Folded, foldLayers, type Layer, type LayerValues } from './config/fold-layers.ts';
import { managedSettingsFile, type Paths } from './paths.ts';
import { readWhole } from './base/read-whole.ts';
import type { Settings } from './config/settings.ts';

export interface Config extends Folded {
  layers: readonly LayerValues[];
  /** The folder whose `.pith` and `pith.config.*` count as the project's; the folders above `cwd` are searched for it. */
  project: string;
  /** The project's file that names its hook files. It is code: here it is only found. */
  hookConfig: string | undefined;
  /** Project files that are there but were passed over, because the folder is not trusted; their deny and ask rules hold all the same. */
  untrusted: readonly string[];
}

export interface ConfigRequest {
  cwd: string;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  commandLine?: Settings;
  /** Whether the project's own files, with just this content, may be applied. */
  isTrusted: (project: string, files: ReadonlyMap<string, string>) => Promise<boolean>;
  /** Tests give another one. */
  managedFile?: string;
}

/** The project's own settings, below its root; the first is a person's own. */
export const PROJECT_FILES = ['.pith/settings.local.json', '.pith/settings.json'] as const;

/** Names of the file that names hook files; the first that is there counts. */
const HOOK_CONFIGS = ['pith.config.ts', 'pith.config.mts', 'pith.config.js', 'pith.config.mjs'] as const;

const ENVIRONMENT: Readonly<Record<string, { key: Exclude<keyof Settings, 'plugins'>; number?: true }>> = {
  PITH_PROVIDER: { key: 'provider' },
  PITH_MODEL: { key: 'model' },
  PITH_MODE: { key: 'mode' },
  PITH_MAX_STEPS: { key: 'maxSteps', number: true },
  PITH_MAX_COST: { key: 'maxCost', number: true },
  PITH_TIMEOUT: { key: 'timeout', number: true },
};

/** Options of plugins that a machine sets rather than a person. */
const ENVIRONMENT_OPTIONS: Readonly<Record<string, { plugin: string; option: string }>> = { PITH_DATABASE_URL: { plugin: 'database', option: 'url' } };

/**
 * Reads all layers and folds them: the strongest layer wins a single value, lists of rules and folders are joined.
 * @throws PithError CONFIG_UNREADABLE, CONFIG_INVALID naming file, key, what was found and what is allowed
 */
export async function loadConfig(request: ConfigRequest): Promise<Config> {
  const { paths, env, managedFile = managedSettingsFile() } = request;
  const found = await findProject(request.cwd);
  // A person's own folder is no project, also for one who works in it.
  const hookConfig = found === undefined || isSame(found, paths.config) ? undefined : findHookConfig(found);
  const present = found === undefined ? new Map<string, string>() : readPresent(found, hookConfig);
  const trusted = present.size === 0 || await request.isTrusted(found!, present);
  const layers: LayerValues[] = [];
  const userFile = join(paths.config, 'settings.json');
  const add = async (layer: Layer, file: string, text: string | undefined): Promise<void> => {
    if (text === undefined) return;
    const values = await checkSettings(parseJson(text, file), file);
    if (layer === 'local' || layer === 'project') checkOwnBounds(values, { file, userFile });
    layers.push({ layer, file, text, values });
  };
  await add('managed', managedFile, readOptional(managedFile));
  if (request.commandLine !== undefined) layers.push({ layer: 'command line', values: request.commandLine });
  const environment = readEnvironment(env);
  if (environment !== undefined) layers.push({ layer: 'environment', values: await checkSettings(environment, 'the environment') });
  for (const [index, layer] of (['local', 'project'] as const).entries()) {
    const file = join(found ?? request.cwd, PROJECT_FILES[index]!);
    const text = present.get(file);
    if (trusted) await add(layer, file, text);
    else if (text !== undefined) layers.push({ layer, file, text, untrusted: true, values: await readStrictRules(text) });
  }
  await add('user', userFile, readOptional(userFile));
  return { ...foldLayers(layers), layers, project: found ?? request.cwd, hookConfig, untrusted: trusted ? [] : [...present.keys()] };
}

/** cosmiconfig finds it; where no folder upwards has anything of pith's there is nothing to find, and it is not even loaded. */
async function findProject(cwd: string): Promise<string | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.pith')) || findHookConfig(folder) !== undefined) {
      return (await import('./config/find-project.ts')).findProject(cwd, [...PROJECT_FILES, ...HOOK_CONFIGS], readOptional);
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/** The file of this folder that names hook files. */
export function findHookConfig(folder: string): string | undefined {
  return HOOK_CONFIGS.map((name) => join(folder, name)).find((file) => existsSync(file));
}

/** The project files that would take effect in `cwd`, with their content: what trust begins with. */
export async function readProjectFiles(cwd: string): Promise<{ project: string; hookConfig: string | undefined; files: ReadonlyMap<string, string> }> {
  const project = await findProject(cwd);
  if (project === undefined) return { project: cwd, hookConfig: undefined, files: new Map() };
  const hookConfig = findHookConfig(project);
  return { project, hookConfig, files: readPresent(project, hookConfig) };
}

function isSame(a: string, b: string): boolean {
  return existsSync(b) && realpathSync(a) === realpathSync(b);
}

function readPresent(project: string, hookConfig: string | undefined): Map<string, string> {
  const files = [...PROJECT_FILES.map((place) => join(project, place)), ...(hookConfig === undefined ? [] : [hookConfig])];
  return new Map(files.flatMap((file) => {
    const text = readOptional(file);
    return text === undefined ? [] : [[file, text] as const];
  }));
}

/**
 * Rules of a file that nobody has trusted, as far as they make things stricter: those hold, whoever wrote them. What is
 * wrong in such a file is passed over with the rest of it.
 */
async function readStrictRules(text: string): Promise<Settings> {
  let value: unknown;
  try {
    value = parseJson(text, '');
  } catch {
    return {}; // That the file is passed over is said anyway.
  }
  const { deny, ask } = (value as { permissions?: { deny?: unknown; ask?: unknown } } | null)?.permissions ?? {};
  if (deny === undefined && ask === undefined) return {};
  const { ruleEntrySchema } = await import('./config/settings.ts');
  // Its words are not for the model, and its tests are for those who maintain it.
  const take = (list: unknown): { rule: string }[] => (Array.isArray(list) ? list.flatMap((entry) => {
    const { data } = ruleEntrySchema.safeParse(entry);
    return data === undefined ? [] : [{ rule: typeof data === 'string' ? data : data.rule }];
  }) : []);
  return { permissions: { deny: take(deny), ask: take(ask) } };
}

/** Small files at start: read at once, since a thread for each takes longer. */
function readOptional(file: string): string | undefined {
  try {
    return readWhole(file)?.bytes.toString();
  } catch (error) {
    throw new PithError(`The settings ${file} cannot be read: ${toMessage(error)}`, { code: 'CONFIG_UNREADABLE', cause: error, hint: 'Mend the file’s permissions, or take it away.' });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw new PithError(`The settings ${file} are not JSON: ${toMessage(error)}`, { code: 'CONFIG_UNREADABLE', cause: error, hint: 'Mend the file; comments and trailing commas are not JSON.' });
  }
}

function readEnvironment(env: ConfigRequest['env']): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  for (const [name, { key, number }] of Object.entries(ENVIRONMENT)) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    values[key] = number && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  for (const [name, { plugin, option }] of Object.entries(ENVIRONMENT_OPTIONS)) {
    const value = env[name];
    if (value !== undefined && value !== '') values['plugins'] = { [plugin]: { [option]: withoutPassword(value) } };
  }
  return Object.keys(values).length === 0 ? undefined : values;
}

/** Settings are shown and traced; whoever needs the password of an address reads it in the environment. */
function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#@:]*):[^/?#]*@/i, '$1@');
}

/** @throws PithError CONFIG_INVALID */
async function checkSettings(value: unknown, where: string): Promise<Settings> {
  const [{ keysAt, settingsSchema }, { toDemand }] = await Promise.all([import('./config/settings.ts'), import('./base/issue-text.ts')]);
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const key = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0]!;
    const keys = keysAt(issue.path);
    const near = nearest(unknown, keys);
    throw new PithError(`${where}: there is no setting ${JSON.stringify(key === '' ? unknown : `${key}.${unknown}`)}`, {
      code: 'CONFIG_INVALID', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `${key === '' ? 'Settings' : `Settings in ${key}`} are: ${keys.join(', ')}`,
    });
  }
  const found = issue.path.reduce<unknown>((inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part], value);
  const demand = toDemand(issue.message);
  const allowed = issue.code === 'invalid_value' ? `allowed are ${issue.values.map(String).join(', ')}` : demand === undefined ? issue.message : `it must ${demand}`;
  throw new PithError(`${where}: ${key === '' ? 'the settings' : key} is ${describe(found)}; ${allowed}`, { code: 'CONFIG_INVALID', hint: 'pith config shows every setting, its value and where it came from.' });
}

/** What lies in a project cannot say that other folders belong to it, nor what its own programs learn of the person. @throws PithError CONFIG_INVALID */
function checkOwnBounds({ addDirs, passEnv }: Settings, { file, userFile }: { file: string; userFile: string }): void {
  if (addDirs !== undefined) throw new PithError(`${file}: addDirs stands in a project’s settings, and a project cannot add folders to itself`, { code: 'CONFIG_INVALID', hint: 'Take it out; to add a folder, put it into your own settings, or use --add-dir.' });
  if (passEnv !== undefined) throw new PithError(`${file}: passEnv stands in a project’s settings; it counts in a person’s own only`, { code: 'CONFIG_INVALID', hint: `Take it out, or say it in ${userFile}` });
}
