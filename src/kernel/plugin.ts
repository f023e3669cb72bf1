import { describe, nearest, PithError, toPithError } from './errors.ts';
import type { Target } from './event.ts';
import type { Execution, Hooks, ToolResult, Turn } from './hooks.ts';
import type { ModelEvent, ModelRequest } from './message.ts';
import type { Paths } from './paths.ts';
import type { Services } from './services.ts';

/** Anything that can check a value: zod, valibot, arktype … (the Standard Schema interface). */
export interface Schema<T = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}
export type SchemaResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

/** What a tool gets besides its input. */
export interface ToolContext {
  readonly callId: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  /** Fires when the call must end; a tool answers soon after, and leaves nothing running. */
  readonly signal: AbortSignal;
  readonly execution: Execution;
  readonly turn: Turn;
  /** State of the session that tools of one plugin share: what was read, what runs in the background. */
  readonly session: SessionState;
  progress(text: string, details?: unknown): void;
}

/** A place for a plugin to keep things that live as long as the session. */
export interface SessionState {
  /** The value under `key`, made on first use. `dispose` runs when the session closes. */
  get<T>(key: string, create: () => T, dispose?: (value: T) => void | Promise<void>): T;
}

// A tool's own input type is known to the tool only; whoever holds a list of tools hands it what the schema made.
// oxlint-disable-next-line typescript/no-explicit-any
type Input = any;

/** The part of a tool that is loaded when it is first called. */
export interface ToolBody<I = Input> {
  /** Checks the model's input; what it makes of it is what is judged and run. */
  input?: Schema<I>;
  /** What the call will touch. A tool that is not `read` and states none always asks. */
  targets?(input: I, at: { cwd: string; roots: readonly string[] }): readonly Target[] | Promise<readonly Target[]>;
  execute(input: I, context: ToolContext): Promise<ToolResult | string>;
}

/** The part of a tool that is known without loading it. */
export interface ToolHead {
  name: string;
  description: string;
  effect: 'read' | 'write' | 'exec' | 'network' | 'agent';
  inputSchema: Readonly<Record<string, unknown>>;
  /** The tool is stopped after this. Default 600 000; a tool that limits itself states more. */
  timeoutMs?: number;
  /** The result is cut to this, head and tail kept. Default 100 000 characters. */
  resultLimit?: number;
}

export type ToolDeclaration<I = Input> = ToolHead & (ToolBody<I> | { load(): Promise<ToolBody<I>> });

/** Tools that appear at run time. Asked at the start of every turn. */
export interface ToolSource {
  name: string;
  list(signal: AbortSignal): Promise<readonly ToolDeclaration[]>;
  close?(): void | Promise<void>;
}

export interface Provider {
  /** One model call. Throws a `PithError` of origin `provider` where another attempt may help. */
  stream(request: ModelRequest, turn: Turn): AsyncIterable<ModelEvent>;
  close?(): void | Promise<void>;
}

/** What is known of a provider's surroundings before it is loaded. */
export interface ProviderSetting {
  env: Readonly<Record<string, string | undefined>>;
  /** The plugin's options, checked. */
  options: unknown;
}

export interface ProviderDeclaration {
  name: string;
  /** Models known by name, the default first. */
  models: readonly string[];
  /** The model to use when none was asked for. Default: the first of `models`. */
  defaultModel?(setting: ProviderSetting): string | undefined;
  /** True for names beyond `models` that the provider serves, too. */
  serves?(model: string, setting: ProviderSetting): boolean;
  /** Whether it can be used as it stands (a key is there). Default: always. */
  ready?(env: Readonly<Record<string, string | undefined>>, options: unknown): boolean;
  /** Used when nothing was asked for: the highest `rank` that is ready. Default 0. */
  rank?: number;
  load(context: ContributionContext): Promise<Provider>;
}

export interface SlashCommand {
  name: string;
  summary: string;
  run(argument: string, turn: Turn): Promise<string>;
}

export interface AgentDeclaration { name: string; description: string; load(): Promise<unknown> }

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  summary: string;
  query?: Schema;
  body?: Schema;
  handle(request: Request, context: ContributionContext): Promise<Response>;
}

/** What lazily made contributions get. */
export interface ContributionContext {
  options: unknown;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  service<K extends keyof Services>(name: K): Promise<Services[K]>;
}

export interface SetupContext<Options = unknown> {
  hooks: Hooks;
  options: Options;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  /** Runs when this generation of plugins ends, in reverse order of loading. */
  onClose(close: () => void | Promise<void>): void;
  service<K extends keyof Services>(name: K): Promise<Services[K]>;
  now(): number;
  newId(): string;
}

export interface PluginDefinition<Options = unknown> {
  /** The catalogue noun or the package's own; lower case, digits, `-`, and `@scope/` in front. */
  name: string;
  /** Plugins that load, and whose taps of the same stage run, before this one. They may be absent. */
  after?: readonly string[];
  before?: readonly string[];
  /** Plugins without which this one does not load. */
  requires?: readonly string[];
  /** No turn runs without this plugin. Plugins that tap `permission` are so anyway. */
  required?: boolean;
  capabilities?: readonly string[];
  /** Contributions of other plugins that this one takes the place of, as `tool:bash`. */
  replaces?: readonly string[];
  options?: Schema<Options>;
  tools?: readonly ToolDeclaration[];
  toolSources?: readonly ToolSource[];
  providers?: readonly ProviderDeclaration[];
  slashCommands?: readonly SlashCommand[];
  agents?: readonly AgentDeclaration[];
  routes?: readonly Route[];
  /** Made when first asked for; lives until the kernel closes, across reloads. */
  services?: { readonly [K in keyof Services]?: (context: ContributionContext) => Services[K] | Promise<Services[K]> };
  setup?(context: SetupContext<Options>): void | Promise<void>;
}

/** Types a definition; checks happen when it is loaded. */
export function definePlugin<Options>(definition: PluginDefinition<Options>): PluginDefinition<Options> {
  return definition;
}

/** Types a tool whose schema names its input. */
export function defineTool<I>(tool: ToolHead & ToolBody<I>): ToolDeclaration<I> {
  return tool;
}

export function defineToolBody<I>(body: ToolBody<I>): ToolBody<I> {
  return body;
}

/** A plugin as the host offers it, before it is imported. */
export interface PluginSource {
  name: string;
  version?: string;
  /** The kernel range that its manifest names. */
  kernel?: string;
  /** From its manifest; for packages the only ones that count. */
  capabilities?: readonly string[];
  /** From its manifest: it taps `permission`, or is marked required. Known even if the import fails. */
  guards?: boolean;
  /** Where it is from, for people: a package, or a hook file. */
  from?: string;
  load(): Promise<unknown>;
}

export interface PluginStatus {
  name: string;
  version: string | null;
  from: string | null;
  state: 'active' | 'failed';
  guards: boolean;
  error?: { code: string; message: string; hint?: string };
  /** Names of its order that are not there. */
  absent: readonly string[];
  setupMs: number;
}

const KEYS = new Set<string>([
  'name', 'after', 'before', 'requires', 'required', 'capabilities', 'replaces', 'options', 'tools', 'toolSources',
  'providers', 'slashCommands', 'agents', 'routes', 'services', 'setup',
] satisfies (keyof PluginDefinition)[]);
const NAME = /^(@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*$/;

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
  for (const key of ['after', 'before', 'requires', 'capabilities', 'replaces', 'tools', 'toolSources', 'providers', 'slashCommands', 'agents', 'routes']) {
    if (value[key] !== undefined && !Array.isArray(value[key])) throw invalid(`has a ${key} that is not an array; found ${describe(value[key])}`);
  }
  if (value['setup'] !== undefined && typeof value['setup'] !== 'function') throw invalid(`has a setup that is not a function; found ${describe(value['setup'])}`);
  return value as unknown as PluginDefinition;
}

/**
 * Sorts by `after` and `before`, ties by name, so that the order of installation never matters.
 * A plugin that names somebody unknown, lacks what it requires, or stands in a cycle is left out with its error.
 */
export function orderPlugins(definitions: readonly PluginDefinition[], known: ReadonlySet<string>): { ordered: PluginDefinition[]; refused: Map<string, PithError>; absent: Map<string, string[]> } {
  const refused = new Map<string, PithError>();
  const absent = new Map<string, string[]>();
  let present = new Map(definitions.map((definition) => [definition.name, definition]));
  for (const { name, after = [], before = [] } of definitions) {
    for (const other of [...after, ...before]) {
      if (present.has(other)) continue;
      if (known.has(other)) absent.set(name, [...(absent.get(name) ?? []), other]);
      else refused.set(name, unknownName(name, other, [...present.keys(), ...known]));
    }
  }
  for (let changed = true; changed;) {
    changed = false;
    present = new Map([...present].filter(([name]) => !refused.has(name)));
    for (const { name, requires = [] } of present.values()) {
      const missing = requires.find((other) => !present.has(other));
      if (missing === undefined) continue;
      refused.set(name, new PithError(`Plugin ${name} requires plugin ${missing}, which is not there`, {
        code: 'PLUGIN_REQUIRED_MISSING', plugin: name, hint: `pith plugins install @pith/plugin-${missing}`,
      }));
      changed = true;
    }
  }
  const { ordered, cycle } = sort(present);
  for (const name of cycle) {
    refused.set(name, new PithError(`Plugin ${name} stands in a cycle of after and before: ${cycle.join(', ')}`, { code: 'PLUGIN_CYCLE', plugin: name }));
  }
  return { ordered, refused, absent };
}

function unknownName(name: string, other: string, names: readonly string[]): PithError {
  const near = nearest(other, names);
  return new PithError(`Plugin ${name} asks to stand before or after ${JSON.stringify(other)}, which is known nowhere`, {
    code: 'PLUGIN_ORDER_UNKNOWN', plugin: name, hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'pith plugins lists the names that are known.',
  });
}

function sort(present: ReadonlyMap<string, PluginDefinition>): { ordered: PluginDefinition[]; cycle: string[] } {
  const waitsFor = new Map([...present.keys()].map((name) => [name, new Set<string>()]));
  for (const { name, after = [], before = [], requires = [] } of present.values()) {
    for (const other of [...after, ...requires]) if (present.has(other)) waitsFor.get(name)!.add(other);
    for (const other of before) waitsFor.get(other)?.add(name);
  }
  const ordered: PluginDefinition[] = [];
  for (;;) {
    const next = [...waitsFor].filter(([, others]) => others.size === 0).map(([name]) => name).sort()[0];
    if (next === undefined) break;
    ordered.push(present.get(next)!);
    waitsFor.delete(next);
    for (const others of waitsFor.values()) others.delete(next);
  }
  return { ordered, cycle: cycleOf(waitsFor) };
}

/** What is left after sorting waits for a cycle or stands in one; only the latter is to blame, but neither can load. */
function cycleOf(waitsFor: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...waitsFor.keys()].sort();
}

/** @throws PithError CONFIG_INVALID naming the key */
export async function parseOptions(definition: PluginDefinition, value: unknown): Promise<unknown> {
  if (definition.options === undefined) return value ?? {};
  const result = await definition.options['~standard'].validate(value ?? {});
  if (result.issues === undefined) return result.value;
  throw new PithError(`Option ${toIssueText(result.issues)} of plugin ${definition.name} is not accepted`, {
    code: 'CONFIG_INVALID', plugin: definition.name, hint: 'pith config shows every value and the file it came from.',
  });
}

/** All issues of a failed check in one sentence: `edits[0].old: expected string`. */
export function toIssueText(issues: Extract<SchemaResult<unknown>, { issues: readonly unknown[] }>['issues']): string {
  return issues.map(({ message, path = [] }) => {
    const place = path.map((part) => (typeof part === 'object' ? part.key : part))
      .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
    return place === '' ? message : `${place}: ${message}`;
  }).join('; ');
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
    code: 'PLUGIN_KERNEL_RANGE', plugin: source.name, hint: `pith plugins update, or: pith plugins uninstall ${source.name}`,
  });
}

/** @throws PithError PLUGIN_LOAD_FAILED */
export async function importPlugin(source: PluginSource): Promise<PluginDefinition> {
  let exported: unknown;
  try {
    exported = await source.load();
  } catch (error) {
    const { message, ...rest } = toPithError(error, 'PLUGIN_LOAD_FAILED');
    throw new PithError(`Plugin ${source.name} cannot be loaded: ${message}`, { code: 'PLUGIN_LOAD_FAILED', plugin: source.name, cause: rest.cause ?? error });
  }
  return parseDefinition(source, exported);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
