import type { Host } from './base/host.ts';
import type { Origin } from './config/fold-layers.ts';
import type { Paths } from './paths.ts';
import type { PluginDefinition, PluginSource } from './plugin.ts';
import type { Secrets } from './secrets/secrets.ts';
import type { TurnTrace } from './trace.ts';

export interface KernelOptions {
  /** Definitions, or sources that are imported when the kernel starts. */
  plugins?: readonly (PluginSource | PluginDefinition)[];
  /** Options by plugin name. */
  options?: Readonly<Record<string, unknown>>;
  /** Where they come from, by `plugins.<name>.<option>`. */
  origins?: Readonly<Record<string, Pick<Origin, 'layer'>>>;
  /** Names that plugins may mention in their order though they are not here. */
  knownPlugins?: readonly string[];
  /**
   * Asked before each turn of a session: the plugins that run from now on, or nothing when all is as before. When it throws, or
   * they do not load, those from before stay in force, and every session is told.
   */
  refresh?: () => Promise<readonly (PluginSource | PluginDefinition)[] | undefined>;
  paths?: Paths;
  env?: Readonly<Record<string, string | undefined>>;
  host?: Partial<Host>;
  /** Variables that child processes get, whatever they hold. */
  passEnv?: readonly string[];
  /** Who has ruled out mode `bypassPermissions`, as file and line: then no session changes to it. */
  forbidBypass?: string;
  /** What is hidden. Default: what looks like a key, and every value that a plugin adds. */
  secrets?: Secrets;
  /** How long a provider may be silent within a reply. Default 120 000. */
  idleTimeoutMs?: number;
  /** How long a plugin may take to be imported, to be set up, to list tools, or to say what a call will touch. Default 10 000. */
  setupTimeoutMs?: number;
  /** How long a service may take to be made; it may have to ask a person for a password. Default 60 000. */
  serviceTimeoutMs?: number;
  /** How long one clean-up may take when plugins are closed. Default 10 000. */
  closeTimeoutMs?: number;
  /** How long tools and wraps may go on once they were told to stop. Default 5000. */
  graceMs?: number;
  /** Gets what the taps did, once at the end of every turn, which waits for it. Its failure is reported, and harms no turn. */
  keepTrace?: (trace: TurnTrace) => void | Promise<void>;
}
