/** What the process answers its caller with. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  limit: 4,
  provider: 5,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every code of the kernel and of the commands: its exit code and what it says of the world.
 * `docs/errors.md` is generated from this table. A code is never used again for something else.
 */
export const ERRORS = {
  ANSWER_INVALID: [EXIT.usage, 'an answer is none to its question, or asks for more than the question offers'],
  ANSWER_UNASKED: [EXIT.usage, 'an answer came to a question that nobody asks, or asks no more'],
  CALL_DEPTH: [EXIT.failed, 'calls of the model, of tools or of sub-turns were made inside each other too deep'],
  CALL_NOT_FOUND: [EXIT.usage, 'there is no tool call of that id or name in the session'],
  CAPABILITY_MISSING: [EXIT.failed, 'a plugin used something that it did not declare'],
  CASE_INVALID: [EXIT.usage, 'a case or a call to be tried is not of the right form'],
  CONFIG_INVALID: [EXIT.usage, 'a configuration value is of the wrong kind, or its key is unknown'],
  CONFIG_UNREADABLE: [EXIT.usage, 'a configuration file is there but cannot be read as JSON'],
  CONTEXT_REFILLED: [EXIT.limit, 'the model’s window filled up right after room was made, again and again'],
  CONTEXT_TOO_LONG: [EXIT.provider, 'the request is longer than the model’s window, also after making room once'],
  EXAMPLES_FAILED: [EXIT.failed, 'an example that a tap carries came out otherwise, or never ended'],
  FILE_EXISTS: [EXIT.usage, 'a file that was to be written is there already'],
  FOLDER_UNREADABLE: [EXIT.usage, 'a folder named on the command line is not there, or is not a folder'],
  GUARD_MISSING: [EXIT.failed, 'a plugin that guards did not load, so no turn runs'],
  HISTORY_INVALID: [EXIT.failed, 'a plugin would leave a conversation that cannot go on'],
  HOOK_FILES_NONE: [EXIT.usage, 'no hook file is named, and none is configured here'],
  HOOK_FILE_INVALID: [EXIT.usage, 'pith.config, or a hook file that it names, cannot be run'],
  HOOK_FILE_OUTSIDE: [EXIT.usage, 'a hook file of a project, or a file that it imports, lies outside of that project'],
  INPUT_BINARY: [EXIT.usage, 'the prompt holds bytes that are not text'],
  INPUT_EMPTY: [EXIT.usage, 'there is no prompt'],
  INPUT_INVALID: [EXIT.usage, 'a line of stream-json input is not an accepted message'],
  INPUT_TOO_LARGE: [EXIT.usage, 'the prompt is larger than the limit'],
  INPUT_UNREADABLE: [EXIT.usage, 'a file named for input cannot be read'],
  INTERRUPTED: [EXIT.interrupted, 'the user stopped the turn'],
  KERNEL_CLOSED: [EXIT.failed, 'a turn was started after the kernel was closed'],
  LIMIT_COST: [EXIT.limit, 'the turn has cost as much as it was allowed to'],
  LIMIT_STEPS: [EXIT.limit, 'the turn has made as many model calls as it was allowed to'],
  LIMIT_TIME: [EXIT.limit, 'the turn has taken as long as it was allowed to'],
  MODE_REFUSED: [EXIT.usage, 'a permission mode was asked for that there is not, or that an administrator has ruled out'],
  MODEL_TIMEOUT: [EXIT.provider, 'a model call that a plugin made for itself took longer than the plugin allows'],
  MODEL_UNKNOWN: [EXIT.usage, 'no provider serves the model that was asked for'],
  NAME_INVALID: [EXIT.usage, 'a name for something new has characters that are not allowed, or is taken'],
  OBSERVER_FAILED: [EXIT.failed, 'a durable observer could not keep an event, so nothing further runs'],
  OBSERVER_OVERFLOW: [EXIT.failed, 'an observer is too slow, so it missed events'],
  PLUGIN_CLOSE_FAILED: [EXIT.failed, 'a plugin threw while it was closed, or did not end it in time'],
  PLUGIN_CYCLE: [EXIT.usage, 'plugins ask to stand before and after each other in a circle'],
  PLUGIN_EXIT: [EXIT.failed, 'a plugin called process.exit'],
  PLUGIN_INSTALL_FAILED: [EXIT.failed, 'npm could not do what was asked of it, so nothing was changed'],
  PLUGIN_INTEGRITY: [EXIT.failed, 'the bytes of a plugin are not those that were promised'],
  PLUGIN_INVALID: [EXIT.usage, 'a plugin definition is not of the right form'],
  PLUGIN_KERNEL_RANGE: [EXIT.usage, 'a plugin was made for another version of the kernel'],
  PLUGIN_LOAD_FAILED: [EXIT.failed, 'a plugin threw when it was imported'],
  PLUGIN_NAME_TAKEN: [EXIT.usage, 'a plugin contributes a name that another one already has'],
  PLUGIN_NOT_GRANTED: [EXIT.refused, 'what a plugin asks for was not granted, so nothing was changed'],
  PLUGIN_ORDER_UNKNOWN: [EXIT.usage, 'a plugin names another one in its order that is known nowhere'],
  PLUGIN_REQUIRED_MISSING: [EXIT.usage, 'a plugin needs another one that is not there'],
  PLUGIN_SETUP_FAILED: [EXIT.failed, 'a plugin threw in its setup, or did not end it in time'],
  PLUGIN_UNKNOWN: [EXIT.usage, 'no plugin of that name is installed, or the registry has none'],
  PLUGIN_UNTRUSTED: [EXIT.refused, 'an installed plugin waits until somebody grants what it may do'],
  PLUGINS_LOCK_DIFFERS: [EXIT.failed, 'what is installed is not what pith-plugins.lock says'],
  PLUGINS_LOCK_INVALID: [EXIT.usage, 'pith-plugins.lock is missing, or not of the right form'],
  PREVIEW_ONLY: [EXIT.failed, 'what only shows what would be sent came to something that sends, runs or fetches'],
  PROVIDER_FAILED: [EXIT.provider, 'the provider or the network failed'],
  PROVIDER_IDLE: [EXIT.provider, 'the provider sent nothing for too long'],
  PROVIDER_MISSING: [EXIT.usage, 'no provider is installed, or not the one asked for'],
  PROVIDER_OPTION_UNKNOWN: [EXIT.usage, 'a request has an option that the provider has nothing of'],
  PROVIDER_PROTOCOL: [EXIT.provider, 'the provider sent something that makes no sense'],
  PROVIDER_TRUNCATED: [EXIT.provider, 'the reply ended before its final event'],
  RECORDING_MISSING: [EXIT.usage, 'a session was not recorded so that it could be played again'],
  RELOAD_FAILED: [EXIT.failed, 'a plugin that was active did not load anew, so the plugins from before stay'],
  REPLY_CUT: [EXIT.failed, 'a reply is not all that there was to say: a limit, a filter or the model itself ended it'],
  REPLAY_DIFFERS: [EXIT.failed, 'a replay has met an event that is not as it was then'],
  REPLAY_MISSING: [EXIT.failed, 'a replay needs something that the recording does not hold'],
  REPLAY_OUTSIDE: [EXIT.failed, 'something tried to reach outside during a replay'],
  RULE_NOT_KEPT: [EXIT.failed, 'a rule that a person allowed for good could not be written into their settings'],
  SECRET_MASKED: [EXIT.failed, 'something stands in the place of a secret, and must not be taken for it'],
  SERVICE_FAILED: [EXIT.failed, 'a service could not be made'],
  SERVICE_MISSING: [EXIT.failed, 'a plugin asked for a service that nothing provides'],
  SESSION_BUSY: [EXIT.failed, 'a session runs one turn at a time'],
  SESSION_NOT_FOUND: [EXIT.usage, 'there is no session of that name'],
  SINK_FAILED: [EXIT.failed, 'whoever reads the events went away or failed, so nothing further runs'],
  TAP_CHANGED_CALL: [EXIT.failed, 'an execute tap handed on another call than the approved one'],
  TAP_INVALID_RESULT: [EXIT.failed, 'a tap returned something that its hook does not take'],
  TAP_NEXT_MISUSED: [EXIT.failed, 'a tap called next twice, too late, or without the turn it was given'],
  TAP_SKIPPED_NEXT: [EXIT.failed, 'a tap answered without calling next and does not declare that it answers'],
  TAP_THREW: [EXIT.failed, 'a tap threw'],
  TAP_TIMEOUT: [EXIT.failed, 'a tap used more than its time limit'],
  TERMINATED: [EXIT.terminated, 'the process was told to end'],
  TOOL_FAILED: [EXIT.failed, 'a tool threw'],
  TOOL_INPUT_INVALID: [EXIT.failed, 'the input of a tool call does not fit its schema'],
  TOOL_INTERRUPTED: [EXIT.failed, 'a tool call was stopped before it ended'],
  TOOL_REFUSED: [EXIT.refused, 'permission for a tool call was refused'],
  TOOL_TIMEOUT: [EXIT.failed, 'a tool ran longer than its limit'],
  TOOL_UNKNOWN: [EXIT.failed, 'there is no tool of that name'],
  TRACE_NOT_FOUND: [EXIT.usage, 'no trace of that session, or of that folder, is kept'],
  TRACE_NOT_KEPT: [EXIT.failed, 'what the plugins did in a turn could not be written down'],
  TRUST_CHANGED: [EXIT.usage, 'what would run has changed since a person trusted the folder, or was not there then'],
  TURN_ENDED: [EXIT.failed, 'a plugin used a turn that had ended'],
} as const satisfies Record<string, readonly [ExitCode, string]>;

export type KernelErrorCode = keyof typeof ERRORS;

export interface PithErrorOptions {
  /** One of the kernel's codes, or a plugin's own in the form NOUN_PROBLEM. */
  code: KernelErrorCode | (string & {});
  /** The next thing to do or to type. */
  hint?: string;
  /** Needed only where the code is not in the kernel's table; otherwise 1. */
  exitCode?: ExitCode;
  cause?: unknown;
  plugin?: string;
  hook?: string;
  tap?: string;
  /** `provider` marks what another attempt may cure; nothing else is ever retried. */
  origin?: 'provider' | 'plugin' | 'kernel';
  /** What a program may want to know, without secrets: status, request id, retry-after. */
  details?: Record<string, unknown>;
}

const BRAND = Symbol.for('pith.error');

/** An error that a person can act on. Recognise it with `isPithError`, since two kernels may meet in one process. */
export class PithError extends Error {
  readonly [BRAND] = true;
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly origin: 'provider' | 'plugin' | 'kernel';
  readonly details: Record<string, unknown> | undefined;
  plugin: string | undefined;
  hook: string | undefined;
  tap: string | undefined;

  constructor(message: string, options: PithErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PithError';
    this.code = options.code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitOf(options.code);
    this.origin = options.origin ?? 'kernel';
    this.details = options.details;
    this.plugin = options.plugin;
    this.hook = options.hook;
    this.tap = options.tap;
  }
}

/** Of a code that is not in the table, that of a plain failure. */
export function exitOf(code: string): ExitCode {
  return (ERRORS as Record<string, readonly [ExitCode, string]>)[code]?.[0] ?? EXIT.failed;
}

export function isPithError(value: unknown): value is PithError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** How an error travels in events and envelopes: no stack, no cause. */
export interface ErrorReport {
  code: string;
  message: string;
  hint?: string;
  plugin?: string;
  hook?: string;
  tap?: string;
  details?: Record<string, unknown>;
}

export function toErrorReport(error: unknown): ErrorReport {
  const known = toPithError(error, 'TOOL_FAILED');
  return {
    code: known.code,
    message: known.message,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    ...(known.plugin === undefined ? {} : { plugin: known.plugin }),
    ...(known.hook === undefined ? {} : { hook: known.hook }),
    ...(known.tap === undefined ? {} : { tap: known.tap }),
    ...(known.details === undefined ? {} : { details: known.details }),
  };
}

/** Any thrown value as a `PithError`; one that is already is handed back as it is. */
export function toPithError(error: unknown, code: KernelErrorCode, options: Omit<PithErrorOptions, 'code' | 'cause'> = {}): PithError {
  if (isPithError(error)) return error;
  return new PithError(toMessage(error), { ...options, code, cause: error });
}

export function toMessage(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : `threw ${describe(error)}`;
}

/** A value in a few words, for sentences that say what was found. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise';
  switch (typeof value) {
    case 'string': return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value);
    case 'number': case 'boolean': case 'bigint': return String(value);
    case 'undefined': return 'nothing';
    case 'function': return 'a function';
    default: return 'an object';
  }
}

/** The names nearest to `wanted`, best first, at most three; none when nothing is near. */
export function nearest(wanted: string, names: Iterable<string>): string[] {
  const target = wanted.toLowerCase();
  return [...names]
    .map((name) => ({ name, distance: editDistance(target, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.ceil(target.length / 3)) || name.toLowerCase().includes(target) || target.includes(name.toLowerCase()))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
