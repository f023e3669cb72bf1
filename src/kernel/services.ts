import type { Mode, Verdict } from './event.ts';
import type { PreparedCall } from './hooks.ts';
import type { Checkpoints } from './services/checkpoints.ts';
import type { Database } from './services/database.ts';
import type { Pricing } from './services/pricing.ts';
import type { SessionStore } from './services/sessions.ts';
import type { Vault } from './services/vault.ts';
import type { Session, TurnInput, TurnOptions } from './session.ts';

export type * from './services/checkpoints.ts';
export type * from './services/database.ts';
export type * from './services/pricing.ts';
export type * from './services/sessions.ts';
export type * from './services/vault.ts';

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
