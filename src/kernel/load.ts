import { describe, PithError, toErrorReport, toPithError } from './errors.ts';
import { DEFAULT_TAP_TIMEOUT_MS, misuse, type Tap } from './frame.ts';
import { HOOK_NAMES, type HookName, type Hooks, type TapOptions } from './hooks.ts';
import type { Kernel } from './kernel.ts';
import { checkKernelRange, importPlugin, orderPlugins, parseOptions, type PluginDefinition, type PluginSource, type PluginStatus, type SetupContext } from './plugin.ts';

const SETUP_TIMEOUT_MS = 10_000;

export interface LoadedPlugin {
  definition: PluginDefinition;
  source: PluginSource;
  capabilities: ReadonlySet<string>;
}

export interface LoadResult {
  plugins: readonly LoadedPlugin[];
  statuses: readonly PluginStatus[];
  guardMissing: PithError | undefined;
  taps: readonly Tap[];
  closers: (() => void | Promise<void>)[];
}

interface Candidate {
  source: PluginSource;
  definition?: PluginDefinition;
  taps: Tap[];
  closers: (() => void | Promise<void>)[];
  error?: PithError;
  absent: readonly string[];
  setupMs: number;
}

/**
 * Imports, checks, orders and sets up. A plugin that fails anywhere is named and left out, with everything it had
 * tapped; if it guards, the result says that no turn may run.
 */
export async function loadPlugins(kernel: Kernel, sources: readonly PluginSource[]): Promise<LoadResult> {
  const candidates = await Promise.all(sources.map((source) => importCandidate(kernel, source)));
  refuseDoubles(candidates);
  const byName = new Map(candidates.filter(({ error }) => error === undefined).map((candidate) => [candidate.definition!.name, candidate]));
  const { ordered, refused, absent } = orderPlugins([...byName.values()].map(({ definition }) => definition!), kernel.knownPlugins);
  for (const [name, error] of refused) byName.get(name)!.error = error;
  for (const [name, names] of absent) byName.get(name)!.absent = names;
  const active: Candidate[] = [];
  for (const { name, requires = [] } of ordered) {
    const candidate = byName.get(name)!;
    const lost = requires.find((other) => byName.get(other)?.error !== undefined);
    if (lost !== undefined) candidate.error = new PithError(`Plugin ${name} requires plugin ${lost}, which did not load`, { code: 'PLUGIN_REQUIRED_MISSING', plugin: name });
    else candidate.error = takenName(candidate.definition!, active);
    if (candidate.error === undefined) await setUp(kernel, candidate);
    if (candidate.error === undefined) active.push(candidate);
  }
  return {
    plugins: active.map(toLoaded),
    statuses: candidates.map(toStatus),
    guardMissing: guardMissing(candidates),
    taps: sortTaps(active),
    closers: active.flatMap(({ closers }) => closers),
  };
}

async function importCandidate(kernel: Kernel, source: PluginSource): Promise<Candidate> {
  const candidate: Candidate = { source, taps: [], closers: [], absent: [], setupMs: 0 };
  try {
    await checkKernelRange(source, kernel.version);
    candidate.definition = await importPlugin(source);
  } catch (error) {
    candidate.error = toPithError(error, 'PLUGIN_LOAD_FAILED');
  }
  return candidate;
}

function refuseDoubles(candidates: readonly Candidate[]): void {
  const first = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const name = candidate.definition?.name;
    if (name === undefined) continue;
    const other = first.get(name);
    if (other === undefined) first.set(name, candidate);
    else candidate.error = new PithError(`Two plugins are called ${name}: ${fromOf(other)} and ${fromOf(candidate)}`, { code: 'PLUGIN_NAME_TAKEN', plugin: name, hint: 'Take one of them out.' });
  }
}

const fromOf = ({ source }: Candidate): string => source.from ?? source.name;

/** A contribution under a name that somebody has is refused, unless the plugin says that it replaces it. */
function takenName(definition: PluginDefinition, active: readonly Candidate[]): PithError | undefined {
  const replaces = new Set(definition.replaces);
  for (const [kind, name] of contributed(definition)) {
    const owner = active.find(({ definition: other }) => contributed(other!).some(([k, n]) => k === kind && n === name));
    if (owner === undefined || replaces.has(`${kind}:${name}`) || owner.definition!.replaces?.includes(`${kind}:${name}`)) continue;
    return new PithError(`Plugin ${definition.name} brings the ${kind} ${name}, which plugin ${owner.definition!.name} has already`, {
      code: 'PLUGIN_NAME_TAKEN', plugin: definition.name, hint: `To take its place on purpose the plugin declares replaces: ['${kind}:${name}'].`,
    });
  }
  return undefined;
}

function contributed({ tools = [], providers = [], slashCommands = [], agents = [], services = {} }: PluginDefinition): [kind: string, name: string][] {
  const named = (kind: string, items: readonly { name: string }[]): [string, string][] => items.map(({ name }) => [kind, name]);
  return [...named('tool', tools), ...named('provider', providers), ...named('command', slashCommands), ...named('agent', agents), ...Object.keys(services).map((name): [string, string] => ['service', name])];
}

async function setUp(kernel: Kernel, candidate: Candidate): Promise<void> {
  const definition = candidate.definition!;
  const startMs = performance.now();
  let open = true;
  let timer: NodeJS.Timeout | undefined;
  try {
    const options = await parseOptions(definition, kernel.pluginOptions(definition.name));
    kernel.setContributionOptions(definition.name, options);
    const context: SetupContext = {
      ...kernel.contributionContext(definition.name), hooks: recordTaps(definition.name, candidate.taps, () => open), options,
      onClose: (close) => { candidate.closers.push(close); },
      now: () => kernel.host.now(), newId: () => kernel.host.newId(),
    };
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`setup took longer than ${SETUP_TIMEOUT_MS} ms`)), SETUP_TIMEOUT_MS);
    });
    const done = definition.setup?.(context);
    if (done !== undefined) await Promise.race([done, late]);
    makeWraps(candidate.taps);
  } catch (error) {
    const { message, code, hint } = toErrorReport(error);
    candidate.error = code === 'CONFIG_INVALID' || code === 'PLUGIN_EXIT' || code.startsWith('TAP_')
      ? toPithError(error, 'PLUGIN_SETUP_FAILED')
      : new PithError(`Plugin ${definition.name} failed in its setup: ${message}`, { code: 'PLUGIN_SETUP_FAILED', plugin: definition.name, cause: error, ...(hint === undefined ? {} : { hint }) });
    for (const close of candidate.closers.reverse()) await kernel.closing(definition.name, close);
  } finally {
    open = false;
    clearTimeout(timer);
    candidate.setupMs = performance.now() - startMs;
  }
}

/**
 * Makes every wrap, once. One that throws is found here, where its plugin can still be left out; what is further in is
 * given to it when the hooks are composed.
 */
function makeWraps(taps: readonly Tap[]): void {
  type Run = (...given: unknown[]) => unknown;
  for (const tap of taps) {
    if (tap.hook !== 'model' && tap.hook !== 'tool') continue;
    let inner: Run | undefined;
    const made = (tap.fn as (next: Run) => Run)((...given) => inner!(...given));
    if (typeof made !== 'function') throw misuse(tap, 'TAP_INVALID_RESULT', `tapped with a wrap that makes ${describe(made)} instead of a function`);
    tap.fn = (next: Run): Run => {
      inner = next;
      return made;
    };
  }
}

/** The `hooks` of one `setup`: nothing is tapped yet, it is only written down who taps what. */
function recordTaps(plugin: string, taps: Tap[], isOpen: () => boolean): Hooks {
  const tappable = (hook: HookName) => ({
    tap(given: (TapOptions & Record<string, unknown>) | string, fn: unknown): void {
      const options: TapOptions & Record<string, unknown> = typeof given === 'string' ? { name: given } : given;
      const { name, stage = 0, timeoutMs = DEFAULT_TAP_TIMEOUT_MS } = options;
      const wrong = (what: string): PithError => new PithError(`Plugin ${plugin} ${what} in hook ${hook}`, { code: 'PLUGIN_INVALID', plugin, hook });
      if (!isOpen()) throw wrong('tapped after its setup had ended');
      if (typeof name !== 'string' || name === '') throw wrong('tapped without a name');
      if (typeof fn !== 'function') throw wrong('tapped with something that is not a function');
      if (!Number.isInteger(stage)) throw wrong(`gave the stage ${String(stage)}, which is not an integer,`);
      if (!(timeoutMs > 0)) throw wrong(`gave the time limit ${String(timeoutMs)}, which is not a positive number,`);
      taps.push({
        hook, plugin, name, stage, timeoutMs, fn, answers: options['answers'] === true, durable: options['durable'] === true,
        queueLimit: typeof options['queueLimit'] === 'number' ? options['queueLimit'] : 1024,
        ...(hook === 'tool' ? { zone: options['zone'] === 'prepare' ? 'prepare' : 'execute' } : {}),
      });
    },
  });
  return Object.freeze(Object.fromEntries(HOOK_NAMES.map((hook) => [hook, Object.freeze(tappable(hook))]))) as unknown as Hooks;
}

/** By hook, then stage, then plugin order, then order in `setup`. */
function sortTaps(active: readonly Candidate[]): Tap[] {
  const taps = active.flatMap((candidate) => candidate.taps);
  const position = new Map(taps.map((tap, index) => [tap, index]));
  return taps.sort((a, b) => HOOK_NAMES.indexOf(a.hook) - HOOK_NAMES.indexOf(b.hook) || a.stage - b.stage || position.get(a)! - position.get(b)!);
}

function guards({ source, definition, taps }: Candidate): boolean {
  return source.guards === true || definition?.required === true || taps.some(({ hook }) => hook === 'permission');
}

function guardMissing(candidates: readonly Candidate[]): PithError | undefined {
  const lost = candidates.find((candidate) => candidate.error !== undefined && guards(candidate));
  if (lost === undefined) return undefined;
  const name = lost.definition?.name ?? lost.source.name;
  return new PithError(`Plugin ${name} guards this installation and did not load, so no turn runs: ${lost.error!.message}`, {
    code: 'GUARD_MISSING', plugin: name, hint: lost.error!.hint ?? `Mend it, or take it out on purpose: pith plugins uninstall ${name}`, cause: lost.error,
    exitCode: lost.error!.exitCode,
  });
}

function toLoaded({ definition, source }: Candidate): LoadedPlugin {
  // A package's manifest is the authority on what it may do; a definition that came without one speaks for itself.
  return { definition: definition!, source, capabilities: new Set(source.capabilities ?? definition!.capabilities) };
}

function toStatus(candidate: Candidate): PluginStatus {
  const { source, definition, error, absent, setupMs } = candidate;
  return {
    name: definition?.name ?? source.name, version: source.version ?? null, from: source.from ?? null,
    state: error === undefined ? 'active' : 'failed', guards: guards(candidate), absent, setupMs,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) } }),
  };
}
