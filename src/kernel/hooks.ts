import { AsyncParallelHook, AsyncSeriesWaterfallHook, SyncHook, SyncWaterfallHook } from 'tapable';
import type { Answer, Effect, FileChange, Mode, Origin, PluginEvent, Question, Target, TurnEvent, TurnStatus, Verdict } from './event.ts';
import type { Block, Message, ModelEvent, ModelOptions, ModelRequest, Reply, SystemSection, ToolContent, Usage } from './message.ts';
import type { ListedCommand } from './commands.ts';
import type { CommandResult, SessionState } from './plugin.ts';
import type { Services } from './services.ts';
import type { Outside } from './replay/tape.ts';
import type { ExampleHook, ExamplesByHook, ToolExample } from './tap-example.ts';

/**
 * The six hooks, and everything that passes through them. A plugin taps them in `setup`:
 *
 * | hook         | a tap receives → gives                            | when it throws, hangs or gives nonsense |
 * | ------------ | ------------------------------------------------- | --------------------------------------- |
 * | `input`      | `UserInput` → `UserInput`, or nothing: unchanged   | the turn ends, naming plugin and hook    |
 * | `context`    | `ModelRequest` → `ModelRequest`, or nothing        | the turn ends, naming plugin and hook    |
 * | `model`      | wraps a `ModelCall` around `next`                  | the model call fails with that error     |
 * | `tool`       | wraps a tool run around `next`, in two zones       | the model is told; the tool did not run  |
 * | `permission` | `PreparedCall` → an opinion, or nothing            | counts as `deny`                         |
 * | `output`     | `TurnEvent` → nothing                              | reported; the turn goes on (see durable) |
 */
export const HOOK_NAMES = ['input', 'context', 'model', 'tool', 'permission', 'output'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/**
 * Named places in the running order of one hook; lower runs first, and in `model` and `tool` lower is further out.
 * Any integer is allowed. Ties are broken by plugin order, then by plugin name, then by order in `setup`.
 */
export const STAGE = {
  early: -100,
  normal: 0,
  late: 100,
  /** The stages of `model`, outermost first. */
  replay: -500,
  resilience: -400,
  billing: -300,
  balancer: -200,
  recorder: -150,
  provider: 500,
} as const;

export interface TapOptions {
  /** Names this tap within its plugin; shown wherever the tap is. Default: the plugin's name. */
  name: string;
  stage?: number;
  /** How long the tap may take of its own time, in milliseconds: not inside `next`, `turn.ask`, `turn.sleep`, `turn.callModel`. Default 10 000. */
  timeoutMs?: number;
}

export interface WrapOptions extends TapOptions {
  /** The tap may answer without calling `next`. Without it such an answer is an error, not a cache. */
  answers?: boolean;
  /**
   * The tap reaches outside: a replay does not call it, nor what is further in, and gives what it gave then. In `tool` for
   * the zone `execute` only; other taps keep what they read outside with `turn.recorded`.
   */
  replay?: 'recorded';
}

/** The options of a hook whose taps may carry examples: what comes in, and what must become of it. */
export type Exemplified<Options extends TapOptions, Hook extends ExampleHook> = Options & { examples?: readonly ExamplesByHook[Hook][] };

export interface ToolTapOptions extends WrapOptions {
  /** `prepare` taps may change the call and run before permission; `execute` taps (the default) run after it, with the frozen call. */
  zone?: 'prepare' | 'execute';
  examples?: readonly ToolExample[];
}

export interface PermissionTapOptions extends TapOptions {
  /** Asked only once everybody else's opinions come to `ask`, before a person is; strictest wins all the same. */
  beforeAsking?: boolean;
}

export interface ObserverOptions extends TapOptions {
  /** Awaited at `DURABLE_EVENTS`; its failure ends the turn before the next effect. */
  durable?: boolean;
  /**
   * Brings what the tap was given of a session to where a loss of power leaves it; called at `DURABLE_EVENTS`, after the tap. Events
   * may come while it is at work, so one flush can be that of several. Without it the tap keeps each before it returns. Only with `durable`.
   */
  flush?: (sessionId: string) => Promise<void> | undefined;
  /** Events that may wait while the observer is busy. Default 1024; beyond it events are dropped and counted. */
  queueLimit?: number;
  /** With every event the tap gets what came from outside before it, so that the session can be played again. Only with `durable`. */
  records?: boolean;
}

/** One input of a turn. `text` is what the model will read; `typed` what came in, when a tap expanded it. */
export interface UserInput {
  text: string;
  origin: Origin;
  /** Images, documents and further text, after the text. */
  attachments?: readonly Block[];
  typed?: string;
  /** It was piped in, or is a file's: data, in which nothing is expanded. Taps cannot take that away. */
  verbatim?: true;
  /** A tap that answers by itself (a slash command) sets this: the turn ends with the reply and without a model. */
  handled?: { reply: string };
}

export type ModelCall = (request: ModelRequest, turn: Turn) => AsyncIterable<ModelEvent> | PromiseLike<AsyncIterable<ModelEvent>>;
/** `next` as a model tap sees it: always an iterable. It may be called again once its stream has ended. */
export type NextModelCall = (request: ModelRequest, turn: Turn) => AsyncIterable<ModelEvent>;
export type ModelWrap = (next: NextModelCall) => ModelCall;

/** A tool call on its way to permission. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** A tool call as it will run, frozen through and through: what was approved is what runs. */
export interface PreparedCall {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly effect: Effect;
  readonly input: unknown;
  readonly targets: readonly Target[];
  readonly cwd: string;
  /** The folders that count as inside; the first is the session's own. Absolute, links resolved. */
  readonly roots: readonly string[];
  readonly mode: Mode;
  readonly origin: Origin;
  readonly runId: string;
  /** How it is run, for `execute` taps to set: never what is run. */
  readonly execution: Execution;
}

export interface Execution {
  /** Rewrites how a process is started, for a sandbox. Applied in order. */
  wrapProcess: ((argv: readonly string[]) => readonly string[] | Promise<readonly string[]>)[];
  /** Added to the environment of child processes. `undefined` takes a name away. */
  env: Record<string, string | undefined>;
}

export interface ToolResult {
  content: readonly ToolContent[];
  isError?: boolean;
  changes?: readonly FileChange[];
  /** Structured facts for programs and screens; the model does not see them. */
  details?: unknown;
}

export type PrepareRun = (call: ToolCall, turn: Turn) => Promise<ToolResult>;
export type ExecuteRun = (call: PreparedCall, turn: Turn) => Promise<ToolResult>;
export type PrepareWrap = (next: PrepareRun) => PrepareRun;
export type ExecuteWrap = (next: ExecuteRun) => ExecuteRun;

export interface Opinion {
  /** `none` has no say in the verdict; its reason is told where nobody else has one, either. */
  verdict: Verdict | 'none';
  reason: string;
  /** The rule that decided, as it is written. */
  rule?: string;
  /** File and line of the rule. */
  source?: string;
  /** With `ask` or `none`: the rule that an answer “for this session” would stand for. */
  suggestion?: string;
  /** With `ask` or `none`: what an answer “always” may write, narrowest first: rules that go together, and let this call pass. */
  always?: readonly (readonly string[])[];
}

type Maybe<T> = T | undefined | void;
export type InputTap = (input: UserInput, turn: Turn) => Maybe<UserInput> | Promise<Maybe<UserInput>>;
export type ContextTap = (request: ModelRequest, turn: Turn) => Maybe<ModelRequest> | Promise<Maybe<ModelRequest>>;
export type PermissionTap = (call: PreparedCall, turn: Turn) => Maybe<Opinion> | Promise<Maybe<Opinion>>;
export type OutputTap = (event: TurnEvent, outside: readonly Outside[]) => void | Promise<void>;

export interface Tappable<Options extends TapOptions, Fn> {
  /** `options` may be just the tap's name. */
  tap(options: Options | string, fn: Fn): void;
}

/** What `setup` receives. Taps are sorted, timed, traced and taken away by the kernel. */
export interface Hooks {
  readonly input: Tappable<Exemplified<TapOptions, 'input'>, InputTap>;
  readonly context: Tappable<Exemplified<TapOptions, 'context'>, ContextTap>;
  readonly model: Tappable<Exemplified<WrapOptions, 'model'>, ModelWrap>;
  readonly tool: {
    tap(options: ToolTapOptions & { zone: 'prepare' }, wrap: PrepareWrap): void;
    tap(options: (ToolTapOptions & { zone?: 'execute' }) | string, wrap: ExecuteWrap): void;
  };
  readonly permission: Tappable<Exemplified<PermissionTapOptions, 'permission'>, PermissionTap>;
  readonly output: Tappable<ObserverOptions, OutputTap>;
}

/** What a tap and a tool see of the turn they serve. */
export interface Turn {
  readonly sessionId: string;
  readonly turnId: string;
  readonly runId: string;
  readonly parentRunId: string | undefined;
  readonly ancestorRunIds: readonly string[];
  /** What whoever started this sub-turn calls it: the agent's name. */
  readonly runName: string | undefined;
  /** Counts model calls of this run from 1; 0 before the first. */
  readonly step: number;
  /** One model attempt: a tap further out that calls `next` again gives everything inside it a new one. */
  readonly attemptId: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  /** As it holds now: a person may change it in the middle of a turn. */
  readonly mode: Mode;
  readonly origin: Origin;
  /** Who answers the requests of this run. */
  readonly provider: string;
  readonly model: string;
  /** What plugins keep for as long as the session is open; a key begins with the plugin's name. A resumed session begins anew. */
  readonly session: SessionState;
  /** Fires when the turn is interrupted, runs out of time, or the attempt at hand is given up. */
  readonly signal: AbortSignal;
  /** Cost of the whole turn so far, in millionths of a dollar; `null` when a part of it is unknown. */
  readonly costMicroUsd: number | null;
  /** What the whole turn may still cost, in the same: `Infinity` where nobody limits it, 0 where there is a limit and nobody knows what was spent. */
  readonly leftMicroUsd: number;
  /** What was said so far. */
  readonly messages: readonly Message[];
  /** Milliseconds since 1970, from the kernel's clock. */
  now(): number;
  newId(): string;
  /** [0, 1) */
  random(): number;
  /**
   * A value from outside: `make` is called and what it gives is recorded, as JSON carries it; a replay gives that back and
   * calls nothing. Times, ids and random numbers of `turn` are recorded by themselves.
   */
  recorded<T>(key: string, make: () => T | Promise<T>): Promise<T>;
  emit(event: PluginEvent): void;
  /** Asks a person; answers deny when nobody can be asked. Questions of one session form one queue. */
  ask(question: Question): Promise<Answer>;
  /** @throws the signal's reason when the turn ends first */
  sleep(ms: number): Promise<void>;
  /**
   * Which provider serves a model, as `--model` finds it.
   * @throws PithError MODEL_UNKNOWN, PROVIDER_MISSING
   */
  chooseModel(wish: { provider?: string; model?: string }): Promise<{ provider: string; model: string }>;
  /**
   * A model call of a plugin's own: all `model` taps run, `context` and tools do not. It is stopped after `timeoutMs`.
   * @throws PithError when it fails, MODEL_TIMEOUT when it took too long
   */
  callModel(request: CallModelRequest, options: { purpose: string; timeoutMs?: number }): Promise<Reply>;
  /** Runs a tool through the choke point. */
  callTool(call: { name: string; input: unknown }): Promise<ToolOutcome>;
  /**
   * Where the reply at hand would end this run, it goes on with this as a further message, which no person typed. The limits
   * of the turn hold. @returns false when it has gone on as often as it may, which is 100 times
   */
  goOn(text: string): boolean;
  /**
   * From here on this is what was said: requests are made from it, and a session that is resumed goes on with it. For taps of `input`
   * and `context` and for commands; a tap of `context` hands on a request with the same messages, too.
   * @throws PithError HISTORY_INVALID where a call would be without its result, or a result without its call
   */
  setHistory(messages: readonly Message[], change: { reason: string }): Promise<void>;
  /** About how many tokens a request or parts of it have, without asking: what the provider has counted of the last one, and an estimate of what differs. */
  countTokens(request: Partial<Pick<ModelRequest, 'system' | 'tools' | 'messages'>>): number;
  /**
   * The model of this session from the next turn on.
   * @throws PithError MODEL_UNKNOWN, PROVIDER_MISSING
   */
  useModel(wish: { provider?: string; model?: string }): Promise<{ provider: string; model: string }>;
  /** What can be typed after a slash, by name. */
  slashCommands(): Promise<readonly ListedCommand[]>;
  /** Runs a slash command, for taps of `input`. @returns nothing where there is none of that name. @throws what it throws */
  runCommand(command: { name: string; argument: string }): Promise<CommandResult | undefined>;
  /** Starts a sub-turn with a history of its own. */
  runSubTurn(task: SubTurn): Promise<SubTurnResult>;
  /** @throws PithError SERVICE_MISSING */
  service<K extends keyof Services>(name: K): Promise<Services[K]>;
}

export interface CallModelRequest {
  messages: readonly Message[];
  system?: readonly SystemSection[];
  provider?: string;
  model?: string;
  options?: ModelOptions;
}

export interface SubTurn {
  /** Shown to people: the agent's name. */
  name: string;
  text: string;
  system?: readonly SystemSection[];
  /** Names of the tools it may use; all when absent. */
  tools?: readonly string[];
  provider?: string;
  model?: string;
  history?: readonly Message[];
  maxSteps?: number;
  /** Never looser than that of the run that starts it. */
  mode?: Mode;
  origin?: Origin;
}

export interface SubTurnResult {
  runId: string;
  status: TurnStatus;
  reason: string | null;
  text: string;
  messages: readonly Message[];
  usage: Usage;
  costMicroUsd: number | null;
  steps: number;
}

/** What became of one tool call, whichever way it came in. */
export interface ToolOutcome {
  status: 'done' | 'refused' | 'error' | 'interrupted';
  content: readonly ToolContent[];
  verdict: Verdict | null;
  rule: string | null;
  /** Why it was allowed or refused; of one that failed or was stopped why it did, `null` where `content` alone says that. */
  reason: string | null;
  code: string | null;
  changes: readonly FileChange[];
  details?: unknown;
}

export const deny = (reason: string, more: Omit<Opinion, 'verdict' | 'reason'> = {}): Opinion => ({ verdict: 'deny', reason, ...more });
export const ask = (reason: string, more: Omit<Opinion, 'verdict' | 'reason'> = {}): Opinion => ({ verdict: 'ask', reason, ...more });
export const allow = (reason: string, more: Omit<Opinion, 'verdict' | 'reason'> = {}): Opinion => ({ verdict: 'allow', reason, ...more });
/** No opinion, with what would have been needed for one. */
export const abstain = (reason: string, more: Pick<Opinion, 'suggestion' | 'always'> = {}): Opinion => ({ verdict: 'none', reason, ...more });

/** What the kernel hands along beside the payloads. Plugins never see it: they get a `Turn`. */
interface Carried { run: unknown; context: unknown; judged: unknown; trace: unknown; modelLayer: unknown; prepareLayer: unknown; executeLayer: unknown }

/**
 * The tapable hooks of one generation of plugins. What the kernel taps here calls the plugins' functions: timed, traced
 * and shielded. In `model` and `tool` the value that is handed on is the function made so far, which each tap wraps.
 */
export function createTapableHooks<C extends Carried>() {
  return {
    input: new AsyncSeriesWaterfallHook<[UserInput, C['run']]>(['input', 'run']),
    context: new AsyncSeriesWaterfallHook<[ModelRequest, C['context']]>(['request', 'at']),
    model: new SyncWaterfallHook<[C['modelLayer']]>(['next']),
    toolPrepare: new SyncWaterfallHook<[C['prepareLayer']]>(['next']),
    toolExecute: new SyncWaterfallHook<[C['executeLayer']]>(['next']),
    permission: new AsyncParallelHook<[PreparedCall, C['judged']]>(['call', 'at']),
    output: new SyncHook<[TurnEvent, C['trace']]>(['event', 'trace']),
    durableOutput: new SyncHook<[TurnEvent, C['trace'], readonly Outside[]]>(['event', 'trace', 'outside']),
  };
}
