import type { Layer } from './config/fold-layers.ts';
import type { PithError } from './errors.ts';
import type { Effect, Target, Verdict } from './event.ts';
import type { Execution, Hooks, ToolResult, Turn } from './hooks.ts';
import type { Block, ModelEvent, ModelRequest } from './message.ts';
import type { Paths } from './paths.ts';
import type { Secrets } from './secrets/secrets.ts';
import type { Services, StoredSecret } from './services.ts';

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

/** What a child process must not know, and what it gets all the same. */
export interface ChildRules {
  /** Names of variables that a person has said children get, whatever they hold. */
  readonly pass: readonly string[];
  /** Whether a known secret, or what looks like a key, stands in a text. */
  holdsSecret(text: string): boolean;
}

/** What a tool gets besides its input. */
export interface ToolContext {
  readonly callId: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  /** What the call was judged by; a tool opens exactly this, however the links lie by now. */
  readonly targets: readonly Target[];
  /** The environment that the host was started in. A child process gets a part of it, without secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly childRules: ChildRules;
  /** Fires when the call must end; a tool answers soon after, and leaves nothing running. */
  readonly signal: AbortSignal;
  readonly execution: Execution;
  readonly turn: Turn;
  /** State of the session that tools of one plugin share: what was read, what runs in the background. */
  readonly session: SessionState;
  /** What permission says of what the call comes upon while it runs. A person is not asked: `ask` is no yes. */
  judge(targets: readonly Target[]): Promise<Verdict>;
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
  /** What this very call does, where that is not what the tool is said to do: one action of a tool may only look, another change. */
  effectOf?(input: I): Effect;
  /** What the call will touch. A tool that is not `read` and states none always asks. */
  targets?(input: I, at: { cwd: string; roots: readonly string[] }): readonly Target[] | Promise<readonly Target[]>;
  /**
   * What the call would change in files, as a unified diff, for a person who is asked about it. Nothing where it cannot be
   * told; a failure is no failure of the call.
   */
  preview?(input: I, context: PreviewContext): Promise<string | undefined>;
  execute(input: I, context: ToolContext): Promise<ToolResult | string>;
}

/** A call that is judged and has not run. */
export type PreviewContext = Pick<ToolContext, 'cwd' | 'roots' | 'targets' | 'signal'>;

/** The part of a tool that is known without loading it. */
export interface ToolHead {
  name: string;
  description: string;
  effect: Effect;
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
  list(signal: AbortSignal, context: ContributionContext): Promise<readonly ToolDeclaration[]>;
  close?(): void | Promise<void>;
}

export interface Provider {
  /** One model call. Throws a `PithError` of origin `provider` where another attempt may help. */
  stream(request: ModelRequest, turn: Turn): AsyncIterable<ModelEvent>;
  /** How many tokens the request has, asked of the vendor, where it has an address for that. Throws as `stream`. */
  countInput?(request: ModelRequest, turn: Turn): Promise<number>;
  close?(): void | Promise<void>;
}

/** What is known of a provider's surroundings before it is loaded. */
export interface ProviderSetting {
  env: Readonly<Record<string, string | undefined>>;
  /** The plugin's options, checked. */
  options: unknown;
  /** Whether a secret is stored under that name, or accounts under `name/`; asked for `name/`, whether there are accounts. */
  hasSecret(name: string): boolean;
}

export interface ProviderDeclaration {
  name: string;
  /** Models known by name, the default first. */
  models: readonly string[];
  /** The model to use when none was asked for. Default: the first of `models`. */
  defaultModel?(setting: ProviderSetting): string | undefined;
  /** True for names beyond `models` that the provider serves, too. */
  serves?(model: string, setting: ProviderSetting): boolean;
  /** Whether it can be used as it stands: a key is in the environment, or `hasSecret` knows one. Default: always. */
  ready?(env: Readonly<Record<string, string | undefined>>, options: unknown, hasSecret: (name: string) => boolean): boolean;
  /** Used when nothing was asked for: the highest `rank` that is ready. Default 0. */
  rank?: number;
  /** It knows `taskBudgetTokens`. Otherwise a request with one is refused, so that nobody counts on what is not there. */
  takesTaskBudget?: boolean;
  /** How many tokens an image of so many points has. Default: one token for 750 points, at most 1600. */
  imageTokens?(size: { width: number; height: number }, model: string): number;
  load(context: ContributionContext): Promise<Provider>;
}

/** What a command answers with, or what the model gets in the place of what was typed. */
export type CommandResult = string | { prompt: string; attachments?: readonly Block[] };

export interface SlashCommand {
  /** Without the slash. */
  name: string;
  summary: string;
  /** How much time of its own it has, as a tap. Default 10 000. */
  timeoutMs?: number;
  run(argument: string, turn: Turn, context: ContributionContext): Promise<CommandResult>;
}

/**
 * Slash commands that appear at run time: files of a project, prompts of a server. Asked when one is typed, or all are listed.
 * A replay gives what came of them then, so they only give text and leave the session as it is.
 */
export interface CommandSource {
  name: string;
  list(at: { cwd: string; roots: readonly string[]; signal: AbortSignal }, context: ContributionContext): Promise<readonly SlashCommand[]>;
}

export interface AgentDeclaration { name: string; description: string; load(): Promise<unknown> }

/** What a route was asked with, as its schemas made it. */
export interface RouteInput<Query = Input, Body = Input> {
  /** What stands in the path where the route has `:id`, decoded. */
  params: Readonly<Record<string, string>>;
  query: Query;
  body: Body;
  /** Whether whoever asks has shown the token; always so where the route asks for it. */
  hasToken: boolean;
}

/** The part of a route that is loaded when it is first asked. */
export interface RouteBody<Query = Input, Body = Input> {
  /** Checks the query, whose values are texts, or lists of those that come more than once. */
  query?: Schema<Query>;
  /** Checks the body, which is JSON; an empty one counts as `{}`. A route without it takes none. */
  body?: Schema<Body>;
  /** What it answers with, for its documentation. */
  response?: Schema;
  /** Fields of the body that hold a secret. */
  secret?: readonly string[];
  handle(request: Request, context: ContributionContext, input: RouteInput<Query, Body>): Promise<Response>;
}

/** The part of a route that is known without loading it. */
export interface RouteHead {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/api/accounts/:id` */
  path: string;
  summary: string;
  /** `open`: asked without a token, too. Default: token. */
  access?: 'token' | 'open';
}

export type Route<Query = Input, Body = Input> = RouteHead & (RouteBody<Query, Body> | { load(): Promise<RouteBody<Query, Body>> });

/** What lazily made contributions get. */
export interface ContributionContext {
  options: unknown;
  /** The layer of the settings that an option of this plugin comes from; nothing for a default, and where the host does not say. */
  layerOf(option: string): Layer | undefined;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  /** For what a plugin sends or writes by itself. Events, messages, results and errors are clean already. */
  secrets: Secrets;
  /** For what a plugin starts by itself. */
  childRules: ChildRules;
  service<K extends keyof Services>(name: K): Promise<Services[K]>;
}

export interface SetupContext<Options = unknown> {
  hooks: Hooks;
  options: Options;
  /** The layer of the settings that an option of this plugin comes from; nothing for a default, and where the host does not say. */
  layerOf(option: string): Layer | undefined;
  paths: Paths;
  env: Readonly<Record<string, string | undefined>>;
  /** For what a plugin sends or writes by itself. Events, messages, results and errors are clean already. */
  secrets: Secrets;
  /** For what a plugin starts by itself. */
  childRules: ChildRules;
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
  /** For a definition without a manifest, as a hook file; in a package the manifest’s list counts, and all that it does must be in it. */
  capabilities?: readonly string[];
  /** Contributions of other plugins that this one takes the place of, as `tool:bash`. */
  replaces?: readonly string[];
  /** As `defineOptions` makes them, or a schema library. */
  options?: Schema<Options>;
  tools?: readonly ToolDeclaration[];
  toolSources?: readonly ToolSource[];
  providers?: readonly ProviderDeclaration[];
  slashCommands?: readonly SlashCommand[];
  commandSources?: readonly CommandSource[];
  agents?: readonly AgentDeclaration[];
  routes?: readonly Route[];
  /** Made when first asked for; lives until the kernel closes, across reloads. */
  services?: { readonly [K in keyof Services]?: (context: ContributionContext) => Services[K] | Promise<Services[K]> };
  /**
   * Of the plugin that brings the service `vault`: the names that it holds, without opening it. Asked for before each turn, and where
   * a provider has no key in the environment.
   */
  storedSecrets?(at: Pick<ContributionContext, 'paths' | 'env'>): readonly StoredSecret[];
  /**
   * Files of a project that this plugin would let take effect, absolute: `pith trust` shows them and approves their content.
   * Asked without setup. The plugin itself asks the service `trust` before it uses one.
   */
  projectFiles?(at: { project: string; env: Readonly<Record<string, string | undefined>> }): Promise<readonly string[]>;
  /** What `pith doctor` says of the machine for this plugin: a program that it needs, say. Asked without setup. */
  examine?(context: ContributionContext): Promise<readonly Finding[]>;
  setup?(context: SetupContext<Options>): void | Promise<void>;
}

export interface Finding { level: 'ok' | 'warning' | 'error'; text: string; /** What to do about it. */ hint?: string }

/** Types a definition; checks happen when it is loaded. */
export function definePlugin<Options>(definition: PluginDefinition<Options>): PluginDefinition<Options> {
  return definition;
}

/** What `pith.config.ts` exports. */
export interface PithConfig {
  /** Hook files, each with a plugin as its default export; paths relative to the config file. */
  hooks?: readonly string[];
}

/** Types the default export of `pith.config.ts`; checks happen when it is read. */
export function defineConfig(config: PithConfig): PithConfig {
  return config;
}

/** Types a tool whose schema names its input. */
export function defineTool<I>(tool: ToolHead & ToolBody<I>): ToolDeclaration<I> {
  return tool;
}

/** Types a route whose schemas name what it is asked with. */
export function defineRouteBody<Query, Body>(body: RouteBody<Query, Body>): RouteBody<Query, Body> {
  return body;
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
  /** From its manifest: a tap, a contribution or the use of a service that is not in the list is refused. */
  capabilities?: readonly string[];
  /**
   * From its manifest: it is marked required; one that declares `hook:permission` guards anyway. Known even if the import fails. Left out, nobody knows,
   * as with a hook file that has no manifest: then its failure counts as the loss of a guard.
   */
  guards?: boolean;
  /** Where it is from, for people: a package, or a hook file. */
  from?: string;
  /** Why the host does not let it be loaded. It is then reported as one that failed, and counts as such where it guards. */
  refused?: PithError;
  load(): Promise<unknown>;
}

export interface PluginStatus {
  name: string;
  version: string | null;
  from: string | null;
  state: 'active' | 'failed';
  guards: boolean;
  /** `details.issues` are the options that do not fit: `{ path, message }`. */
  error?: { code: string; message: string; hint?: string; details?: Record<string, unknown> };
  /** Names of its order that are not there. */
  absent: readonly string[];
  setupMs: number;
}
