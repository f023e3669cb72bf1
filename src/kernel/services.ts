import type { Effect, FileChange, Mode, TurnEvent, Verdict } from './event.ts';
import type { PreparedCall } from './hooks.ts';
import type { Message, Usage } from './message.ts';
import type { RecordedSitting } from './replay/tape.ts';
import type { Session, TurnInput, TurnOptions } from './session.ts';

/**
 * Services by name. The well-known ones are here; a plugin that brings another one adds its type by declaration
 * merging: `declare module '@pith/kernel' { interface Services { mine: MyService } }`.
 */
export interface Services {
  sessions: SessionStore;
  pricing: Pricing;
  trust: Trust;
  'local-settings': LocalSettings;
  permissions: Permissions;
  vault: Vault;
  database: Database;
  compaction: Compaction;
  checkpoints: Checkpoints;
  terminal: Terminal;
}

/** Draws a conversation on a terminal, and reads what a person types. */
export interface Terminal {
  /**
   * Holds the conversation until the person leaves, or the signal fires. It sets the session's `sink` and `asker`, and leaves closing to the host.
   * @returns the exit code
   */
  chat(setup: ChatSetup): Promise<number>;
}

export interface ChatSetup {
  session: Session;
  /** What holds for each turn; its signal fires when the process must end. */
  turn: TurnOptions & { signal: AbortSignal };
  /** What the person began with on the command line. */
  first?: TurnInput;
  /** What the person should know before anything else; one sentence each. */
  notices: readonly string[];
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  env: Readonly<Record<string, string | undefined>>;
  /** Of pith. */
  version: string;
  /** What a person types to go on with this session later; nothing where it is not kept. */
  goOn?: string;
  /** Plain lines in their order, nothing drawn over; for screen readers and simple terminals. */
  plain?: boolean;
  /** A turn that ends because of this error was not at fault: code outside of any hook has failed. It is called from then on. */
  onStray(listener: (error: Error) => void): void;
}

/** When room is made in the window of a model. */
export interface Compaction {
  limitsOf(model: { provider: string; model: string }): Promise<WindowLimits>;
}

export interface WindowLimits {
  windowTokens: number;
  /** Otherwise nobody knows the model's window, and a usual one is taken for it. */
  isKnown: boolean;
  /** Of a request: beyond it, room is made. */
  thresholdTokens: number;
}

/** Why calls are allowed, asked about or refused. */
export interface Permissions {
  /**
   * What would become of a call, and why. Nothing runs, and nobody is asked.
   * @param call as a rule names it, `Edit(src/a.ts)`; any other text is a command line
   */
  explain(call: string, at: { cwd: string; roots: readonly string[]; mode: Mode }): Promise<PermissionExplanation>;
  /** Whether all that a call runs are commands that surely only look, so that no file can be another after it. */
  onlyLooks(call: PreparedCall): Promise<boolean>;
}

interface ExplainedPart { text: string; verdict: Verdict; reason: string }

export interface PermissionExplanation {
  /** As it was understood. */
  call: string;
  mode: Mode;
  verdict: Verdict;
  rule: string | null;
  /** File and line of the rule. */
  source: string | null;
  reason: string;
  parts: (ExplainedPart & { rule: string | null; source: string | null })[];
  /** Every rule, for every part, in the order in which they are asked. */
  tried: { list: 'deny' | 'ask' | 'allow'; rule: string; source: string | null; part: string; matched: string | null; why: string }[];
  /** What the mode and the places say, were there no rule. */
  withoutRules: ExplainedPart[];
}

/** A person's own settings of a project, `.pith/settings.local.json`. The host provides them; without it nothing is kept. */
export interface LocalSettings {
  /** The project that a folder belongs to, links resolved, and why no rule can be kept for it, where that is so. */
  find(cwd: string): Promise<{ project: string; why?: string }>;
  /**
   * From now on these rules allow calls in the project of this folder. Trust in the folder stays as it is.
   * @throws PithError RULE_NOT_KEPT, STORE_BUSY
   */
  allow(cwd: string, rules: readonly string[]): Promise<{ file: string }>;
}

/** What is kept: a text, or an object that JSON can carry. At most 64 KB. */
export type SecretValue = string | Readonly<Record<string, unknown>>;

/** A secret by its name, without its value. */
export interface StoredSecret {
  name: string;
  /** Milliseconds since 1970. */
  setMs: number;
  /** Grows with every change of the vault, and is never given twice. */
  version: number;
}

export interface VaultStatus {
  file: string;
  /** What opens it: a key in the system's keyring, a passphrase, or a key in a file beside it; nothing where it is not there yet. */
  key: 'keyring' | 'passphrase' | 'key file' | null;
  /** Why it cannot be used as it is. */
  trouble?: { code: string; message: string; hint?: string };
}

/** Keys at rest. Every value that is read or stored is hidden from then on (`secrets` of the context). Names: letters, digits and `. _ - / :`, at most 128 of them. */
export interface Vault {
  /** @returns nothing where there is no such name; then nothing is opened, either. @throws PithError VAULT_LOCKED, VAULT_DAMAGED, VAULT_UNSAFE */
  get(name: string): Promise<SecretValue | undefined>;
  /** All of it, for those who keep the values out of what is shown. @throws as `get` */
  values(): Promise<ReadonlyMap<string, SecretValue>>;
  /** @throws PithError SECRET_NAME_INVALID, SECRET_VALUE_INVALID, and as `get` */
  set(name: string, value: SecretValue): Promise<void>;
  /** @returns whether it was there */
  remove(name: string): Promise<boolean>;
  /**
   * A new value that comes of the old one, as a token that is refreshed: `change` runs once at a time for a name, in all processes, and
   * sees what the one before has stored; what it gives is stored. Where it gives nothing, or what it got, all stays as it is. A value
   * that was set meanwhile is never replaced by what came of an older one: then `change` is asked again.
   * @returns what is stored in the end. @throws PithError VAULT_BUSY, the signal's reason, whatever `change` throws, and as `set`
   */
  update(name: string, change: (held: SecretValue | undefined) => SecretValue | undefined | Promise<SecretValue | undefined>, options?: { signal?: AbortSignal }): Promise<SecretValue | undefined>;
  /** By name, without opening it. */
  list(): Promise<readonly StoredSecret[]>;
  /** Opens it, and tells how that went. */
  status(): Promise<VaultStatus>;
}

/** Whether a project's files may take effect. The host provides it; without it nothing of a project is trusted. */
export interface Trust {
  /**
   * @param project the folder that the files belong to
   * @param files the whole text by path, relative to the project or absolute
   * @returns `trusted` when a person has approved each of them with exactly this text; `changed` when the folder was
   * approved and one of them differs or is new, or anything else that was approved with it has changed; `untrusted` when it never was
   */
  stateOf(project: string, files: ReadonlyMap<string, string>): Promise<'trusted' | 'untrusted' | 'changed'>;
}

export interface SessionSummary {
  id: string;
  cwd: string;
  /** Milliseconds since 1970. */
  startedMs: number;
  updatedMs: number;
  turns: number;
  /** First words of the first input. */
  title: string;
  /** The session that it began with a copy of, and how many of its turns that copy has. */
  forkedFrom?: { id: string; turns: number };
}

export interface StoredSession extends SessionSummary {
  provider: string | null;
  model: string | null;
  messages: readonly Message[];
  /** What had to be mended: a torn last line, calls without a result. One sentence each. */
  repairs: readonly string[];
  /** What became of it on the way, in words: room that was made, what was taken back, another model. */
  changes?: readonly { atMs: number; text: string }[];
}

/** A part of a session that ran in one process. */
export interface RecordedPart extends RecordedSitting {
  /** Why it cannot be played again: then `events` are those of the transcript. */
  missing?: string;
  /** Why it holds no more events than it does. */
  ended?: string;
  /** What the transcript holds behind that, with gaps. */
  rest?: readonly TurnEvent[];
}

/** What can be taken back of a session, in one: a turn with its answer, or a change of the history by a command, as a compaction. */
export interface SessionStep {
  kind: 'turn' | 'change';
  /** What was typed; of a change its reason. */
  text: string;
  atMs: number;
  /** Where it begins: `historyAt` takes it. */
  position: number;
  /** Its own turn, and those behind it in which no other step began. */
  turnIds: readonly string[];
  /** Files that its tools say they have changed. */
  changes: readonly FileChange[];
  /** What it ran that may have done something elsewhere, in its order. */
  outside: readonly { tool: string; effect: Effect }[];
}

/** What one `/undo` has taken back. */
export interface UndoneSteps {
  /** The turn in which that was typed. */
  turnId: string;
  atMs: number;
  /** `historyAt` gives with it what had been said before. */
  position: number;
  /** Oldest first. */
  steps: readonly SessionStep[];
}

export interface SessionSteps {
  /** Those that hold, oldest first. */
  done: readonly SessionStep[];
  /** Those that were taken back and can be brought again: the last is the next. A new step ends that. */
  undone: readonly UndoneSteps[];
  /** Of all turns, in the order in which they began. */
  turnIds: readonly string[];
}

export interface RecordedSession extends SessionSummary { sittings: readonly RecordedPart[] }

export interface SessionStore {
  /** Newest first; without those in which nothing was said or done. */
  list(filter?: { cwd?: string }): Promise<readonly SessionSummary[]>;
  /** @throws PithError SESSION_NOT_FOUND with the nearest ids */
  load(id: string): Promise<StoredSession>;
  /** Everything that is needed to play the session again. @throws as `load` */
  recording(id: string): Promise<RecordedSession>;
  /**
   * A change of the history with the reason `undo` takes the last step back; one with the reason `redo` brings again what the last
   * turn with such changes has taken back. @throws PithError SESSION_NOT_FOUND
   */
  steps(id: string): Promise<SessionSteps>;
  /** What had been said before a position of `steps`. @throws PithError SESSION_NOT_FOUND */
  historyAt(id: string, position: number): Promise<readonly Message[]>;
  /** @throws PithError SESSION_LOCKED where another process writes the session */
  checkWriter(id: string): Promise<void>;
  /** What was kept of the session's events, oldest first, read as it is asked for. @throws PithError SESSION_NOT_FOUND */
  events(id: string): AsyncIterable<TurnEvent>;
  /** The session of this folder that was used last. */
  latest(cwd: string): Promise<StoredSession | undefined>;
  /**
   * Makes a session of another id that begins with what was said in this one, which stays as it is.
   * @param options `cwd`: the folder that it is of, that of the other by default; `turns`: how many turns it begins with, all by default
   * @throws PithError SESSION_NOT_FOUND, SESSION_FORK_INVALID where there are not so many turns, SESSION_NOT_KEPT
   */
  fork(id: string, options?: { cwd?: string; turns?: number }): Promise<SessionSummary>;
}

export interface Pricing {
  /** Millionths of a dollar, rounded up once; `null` when the price is not known, never 0 for that. */
  costMicroUsd(call: PricedCall): number | null;
  /** What is known of a model. Absent, like `listModels`, where a plugin knows prices only. */
  findModel?(model: { provider: string; model: string }): Promise<ModelFacts | undefined>;
  /** All models of the catalogue, by provider and name. */
  listModels?(): Promise<readonly ModelFacts[]>;
}

export interface PricedCall {
  provider: string;
  /** The model that answered, as the reply names it. */
  model: string;
  /** The name it was asked for by. */
  requestedModel?: string;
  usage: Usage;
  /** When, since some prices have a date or an hour. Default: now. */
  atMs?: number;
}

/** A model of the catalogue. `null`, and an ability that is absent, are not known. */
export interface ModelFacts {
  provider: string;
  model: string;
  /** Tokens of a request and its reply together. */
  contextTokens: number | null;
  /** Tokens of one reply at most. */
  outputTokensMax: number | null;
  abilities: { images?: boolean; pdf?: boolean; thinking?: boolean; tools?: boolean; structuredOutput?: boolean };
  prices: ModelPrices | null;
  /** As of when the prices are, `YYYY-MM-DD`; `null` for prices that a person has set, and where there are none. */
  priceDate: string | null;
}

/** Dollars per million tokens, as exact decimals. A cache price that is absent is that of input. */
export interface ModelPrices {
  input: string | null;
  output: string | null;
  cacheRead?: string;
  cacheWrite?: string;
  /** Dollars per thousand calls, on top. */
  calls?: string;
  /** What all tokens of a call cost instead when its input, cache included, is longer than this. Lowest first. */
  tiers?: readonly { aboveInputTokens: number; input: string | null; output: string | null; cacheRead?: string; cacheWrite?: string }[];
}

/** What a column holds and a statement is given, the same on every engine. Times are milliseconds since 1970. */
export type SqlValue = null | string | number | bigint | Uint8Array;

export interface SqlResult<Row> {
  /** A whole number is a `number` where that is exact, and a `bigint` beyond: `BigInt(value)` takes both. What is true or false is 1 or 0. */
  rows: readonly Row[];
  /** How many rows were inserted, changed or deleted. */
  changes: number;
}

/** The statements of one transaction. A statement that fails takes the whole transaction with it, also where its error is caught. */
export interface Queries {
  readonly engine: DatabaseStatus['engine'];
  /**
   * Runs one statement. What stands in `${…}` is a value, and never becomes a part of the text; `true` and `false` are 1 and 0.
   * @throws PithError DATABASE_CONFLICT where a row of that key is there, DATABASE_CONSTRAINT, DATABASE_VALUE_INVALID, DATABASE_QUERY_FAILED
   */
  sql<Row = Record<string, SqlValue>>(text: TemplateStringsArray, ...values: readonly (SqlValue | boolean)[]): Promise<SqlResult<Row>>;
}

/**
 * `read` sees one state and changes nothing. What `write` has confirmed outlives the process, and a loss of power may undo the
 * last of it; for money and accounts, what `durable` has confirmed outlives that, too. Changes come one after the other, in all processes.
 */
export type TransactionMode = 'read' | 'write' | 'durable';

/** One step from the tables of one version to those of the next. Once released it is never changed, moved or taken away. */
export interface Migration { name: string; up(queries: Queries): Promise<void> }

export interface DatabaseStatus {
  engine: 'sqlite' | 'postgres';
  /** The file, or the server without its password. */
  place: string;
  /** Nothing while there is none yet. */
  sizeBytes: number | null;
  /** What plugins own in it: migrations in the order they ran, and tables. */
  owners: readonly { owner: string; migrations: readonly string[]; tables: readonly string[] }[];
}

/** Rows that many processes share. Every method opens it where it is not open yet. @throws PithError DATABASE_DAMAGED, DATABASE_UNWRITABLE, DATABASE_BUSY */
export interface Database {
  /** Known without opening it: rows in a file are this machine's alone, those of a server are not. */
  readonly engine: DatabaseStatus['engine'];
  /**
   * Brings the tables of a plugin to what its code needs; whoever uses tables calls it first, and it costs one look where all has run.
   * Each migration is one transaction, and runs once however many processes start. Names of tables, views and indexes begin with that of the
   * plugin, `-` as `_`: `command_hooks_runs`. Nothing of another owner may be changed or referred to.
   * @returns the migrations that ran now
   * @throws PithError DATABASE_MIGRATION_INVALID, DATABASE_MIGRATION_FAILED and then all is as before it, DATABASE_NEWER where a newer version of the plugin was here
   */
  migrate(owner: string, migrations: readonly Migration[]): Promise<readonly string[]>;
  /**
   * Whole or not at all. `work` may be asked again where another process came between, so it reaches nothing but `queries`; it has 30 s.
   * @throws PithError DATABASE_NESTED within another transaction, DATABASE_TIMEOUT, the signal's reason, whatever `work` throws
   */
  transaction<T>(mode: TransactionMode, work: (queries: Queries) => Promise<T>, options?: { signal?: AbortSignal }): Promise<T>;
  /** Takes away everything that a plugin owns. Nothing is made where there is no database. @returns the tables that are gone */
  drop(owner: string): Promise<readonly string[]>;
  status(): Promise<DatabaseStatus>;
}

/** What files were before one call, or before something was brought back. */
export interface Checkpoint {
  id: string;
  sessionId: string;
  turnId: string;
  runId: string;
  /** Of the run. */
  step: number;
  callId: string;
  /** The tool; of what was brought back `restore`. */
  tool: string;
  atMs: number;
  kind: 'call' | 'restore';
  /** Of a `restore`: the checkpoint to which it went back. */
  restores?: string;
  /** What it changed is taken back by now, by a `restore`. */
  isUndone: boolean;
  /** `running` is under way; `torn` never ended, so what came of it was not seen at once. */
  state: 'done' | 'running' | 'torn';
  /** What it changed, as far as it is known. */
  changes: readonly FileChange[];
  /** What could not be kept, and why. One sentence each. */
  notKept: readonly string[];
}

export interface RestoredFile {
  path: string;
  kind: 'create' | 'update' | 'delete';
  /** Why it is not done unless it is forced: somebody else has changed the file, or it cannot be undone again. */
  conflict?: string;
  /** With a conflict: what is there now cannot be kept, so whoever forces it loses that. */
  isFinal?: true;
  /** Why it cannot be done at all. */
  lost?: string;
}

export interface RestorePreview {
  id: string;
  files: readonly RestoredFile[];
  /** What would change, as a unified diff; nothing where there is no git on this machine. */
  diff: string | null;
}

export interface RestoreResult {
  /** To go back to it is to redo; nothing where all was as it was to be. */
  checkpoint: string | null;
  files: readonly RestoredFile[];
}

/** Files as they were. Checkpoints of one session form one line, and going back is one of them: whatever was done can be undone, and redone. */
export interface Checkpoints {
  /** Oldest first. */
  list(sessionId: string): Promise<readonly Checkpoint[]>;
  /**
   * What `restore` would do.
   * @param options.cwd the folder that paths of the diff are relative to
   * @throws PithError CHECKPOINT_NOT_FOUND
   */
  preview(id: string, options?: { cwd?: string }): Promise<RestorePreview>;
  /**
   * Brings all files that were changed at or after this checkpoint back to what they were before it.
   * @param options.force also where somebody else has changed them since
   * @param options.turnId the turn in which that was asked for. Default: that of the last checkpoint
   * @throws PithError CHECKPOINT_NOT_FOUND, CHECKPOINT_CONFLICT and then nothing was changed, CHECKPOINT_BUSY, CHECKPOINT_FAILED
   */
  restore(id: string, options?: { force?: boolean; turnId?: string }): Promise<RestoreResult>;
}
