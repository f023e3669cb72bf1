import { contributed, undeclared } from './capability.ts';
import { PithError, toErrorReport, toPithError } from '../errors.ts';
import type { Tap } from '../frame.ts';
import type { Kernel } from '../kernel.ts';
import { checkKernelRange, importPlugin, parseOptions } from './plugin-check.ts';
import { missingName, orderPlugins } from './plugin-order.ts';
import type { PluginDefinition, PluginSource, PluginStatus, SetupContext } from '../plugin.ts';
import { makeWraps, recordTaps, sortTaps } from './record-taps.ts';
import { within } from '../base/within.ts';

export type Closer = () => void | Promise<void>;

export interface LoadedPlugin {
  definition: PluginDefinition;
  source: PluginSource;
  options: unknown;
  capabilities: ReadonlySet<string>;
  closers: readonly Closer[];
}

export interface LoadResult {
  /** In running order. */
  plugins: readonly LoadedPlugin[];
  /** Those that run, in their order, then those that do not, by name. */
  statuses: readonly PluginStatus[];
  guardMissing: PithError | undefined;
  taps: readonly Tap[];
  owners: Owners;
}

/** Which plugin brings what, as `tool:bash`, after all that take the place of others have done so. */
export type Owners = ReadonlyMap<string, string>;

interface Candidate {
  source: PluginSource;
  definition?: PluginDefinition;
  options: unknown;
  taps: Tap[];
  closers: Closer[];
  error?: PithError;
  setupMs: number;
}

/**
 * Imports, checks, orders and sets up. A plugin that fails anywhere is named and left out, with everything it had
 * tapped; if it guards, the result says that no turn may run.
 * @param guardedBefore names of plugins that guarded in the generation before: they still do when they fail now
 */
export async function loadPlugins(kernel: Kernel, sources: readonly PluginSource[], guardedBefore: ReadonlySet<string>): Promise<LoadResult> {
  const candidates = await Promise.all(sources.map((source) => importCandidate(kernel, source)));
  refuseDoubles(candidates);
  const byName = new Map(candidates.filter(({ error }) => error === undefined).map((candidate) => [candidate.definition!.name, candidate]));
  const failed = candidates.filter(({ error }) => error !== undefined).flatMap(({ source, definition }) => [source.name, definition?.name ?? source.name]);
  const { ordered, refused } = orderPlugins([...byName.values()].map(({ definition }) => definition!), { known: kernel.knownPlugins, failed });
  for (const [name, error] of refused) byName.get(name)!.error = error;
  const active: Candidate[] = [];
  const owners = new Map<string, string>();
  for (const { name, requires = [] } of ordered) {
    const candidate = byName.get(name)!;
    const lost = requires.find((other) => byName.get(other)?.error !== undefined);
    candidate.error = lost === undefined ? undeclared(candidate.source, candidate.definition!) ?? takenName(candidate.definition!, byName, owners) : missingName(name, lost, true);
    if (candidate.error === undefined) await setUp(kernel, candidate);
    if (candidate.error !== undefined) continue;
    active.push(candidate);
    for (const key of contributed(candidate.definition!)) if (!owners.has(key) || replaces(candidate.definition!, key)) owners.set(key, name);
  }
  const names = new Set(active.map(nameOf));
  const lost = candidates.filter(({ error }) => error !== undefined).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return {
    plugins: active.map(toLoaded),
    statuses: [...active, ...lost].map((candidate) => toStatus(candidate, { names, guardedBefore })),
    guardMissing: guardMissing(lost, guardedBefore),
    taps: sortTaps(active.flatMap(({ taps }) => taps)),
    owners,
  };
}

const nameOf = ({ definition, source }: Candidate): string => definition?.name ?? source.name;

async function importCandidate(kernel: Kernel, source: PluginSource): Promise<Candidate> {
  const candidate: Candidate = { source, options: undefined, taps: [], closers: [], setupMs: 0 };
  const limitMs = kernel.setupTimeoutMs;
  const late = (): Error => new PithError(`Plugin ${source.name} cannot be loaded: its import took longer than ${limitMs} ms`, { code: 'PLUGIN_LOAD_FAILED', plugin: source.name });
  try {
    if (source.refused !== undefined) throw source.refused;
    await checkKernelRange(source, kernel.version);
    candidate.definition = await within(importPlugin(source), { limitMs, late });
  } catch (error) {
    candidate.error = toPithError(error, 'PLUGIN_LOAD_FAILED');
  }
  return candidate;
}

/** Of two with one name neither loads: which of them was meant must not depend on the order they came in. */
function refuseDoubles(candidates: readonly Candidate[]): void {
  const byName = Map.groupBy(candidates.filter(({ definition }) => definition !== undefined), nameOf);
  for (const [name, same] of byName) {
    if (same.length < 2) continue;
    const places = same.map(({ source }) => source.from ?? source.name).sort().join(' and ');
    for (const candidate of same) candidate.error = new PithError(`${same.length} plugins are called ${name}: ${places}`, { code: 'PLUGIN_NAME_TAKEN', plugin: name, hint: 'Take one of them out.' });
  }
}

/** A contribution under a name that somebody has is refused, unless one of the two says that it takes the other's place. */
function takenName(definition: PluginDefinition, byName: ReadonlyMap<string, Candidate>, owners: Owners): PithError | undefined {
  const { name } = definition;
  const own = new Set<string>();
  for (const key of contributed(definition)) {
    const owner = own.has(key) ? name : owners.get(key);
    own.add(key);
    if (owner === undefined || (owner !== name && (replaces(definition, key) || replaces(byName.get(owner)!.definition!, key)))) continue;
    return new PithError(`Plugin ${name} brings the ${key.replace(':', ' ')}, which plugin ${owner} has already`, {
      code: 'PLUGIN_NAME_TAKEN', plugin: name, hint: `To take its place on purpose the plugin declares replaces: ['${key}'].`,
    });
  }
  return undefined;
}

const replaces = (definition: PluginDefinition, key: string): boolean => definition.replaces?.includes(key) ?? false;

async function setUp(kernel: Kernel, candidate: Candidate): Promise<void> {
  const definition = candidate.definition!;
  const { name } = definition;
  const startMs = performance.now();
  const limitMs = kernel.setupTimeoutMs;
  let isOpen = true;
  const run = async (): Promise<void> => {
    candidate.options = await parseOptions(definition, kernel.pluginOptions(name));
    const context: SetupContext = {
      ...kernel.contextOf({ source: candidate.source, definition, options: candidate.options }), hooks: recordTaps(name, candidate.taps, () => isOpen), options: candidate.options,
      onClose: (close) => {
        if (isOpen) candidate.closers.push(close);
        else void kernel.closing(name, close); // A setup that was given up still cleans up what it opens.
      },
      now: () => kernel.host.now(), newId: () => kernel.host.newId(),
    };
    await definition.setup?.(context);
  };
  try {
    await within(run(), { limitMs, late: () => new Error(`setup took longer than ${limitMs} ms`) });
    const missing = undeclared(candidate.source, definition, candidate.taps);
    if (missing !== undefined) throw missing;
    makeWraps(candidate.taps);
  } catch (error) {
    isOpen = false;
    const { message, code, hint } = toErrorReport(error);
    candidate.error = code === 'CONFIG_INVALID' || code === 'PLUGIN_INVALID' || code === 'CAPABILITY_MISSING' || code.startsWith('TAP_')
      ? toPithError(error, 'PLUGIN_SETUP_FAILED')
      : new PithError(`Plugin ${name} failed in its setup: ${message}`, { code: code === 'PLUGIN_EXIT' ? code : 'PLUGIN_SETUP_FAILED', plugin: name, cause: error, ...(hint === undefined ? {} : { hint }) });
    for (const close of candidate.closers.reverse()) await kernel.closing(name, close);
  } finally {
    isOpen = false;
    candidate.setupMs = performance.now() - startMs;
  }
}

function guards({ source, definition, taps, error }: Candidate, guardedBefore: ReadonlySet<string>): boolean {
  // Its manifest says what it would have tapped, however early it failed.
  if (source.guards === true || source.capabilities?.includes('hook:permission') || definition?.required === true || taps.some(({ hook }) => hook === 'permission')) return true;
  // Failed before it could say: then what it was before counts, and what nobody knows counts as a guard.
  return error !== undefined && (source.guards === undefined || guardedBefore.has(definition?.name ?? source.name));
}

function guardMissing(lost: readonly Candidate[], guardedBefore: ReadonlySet<string>): PithError | undefined {
  const guard = lost.find((candidate) => guards(candidate, guardedBefore));
  if (guard === undefined) return undefined;
  const name = nameOf(guard);
  return new PithError(`Plugin ${name} guards this installation and did not load, so no turn runs: ${guard.error!.message}`, {
    code: 'GUARD_MISSING', plugin: name, hint: guard.error!.hint ?? `Mend it, or take it out on purpose.`, cause: guard.error, exitCode: guard.error!.exitCode,
  });
}

function toLoaded({ definition, source, options, closers }: Candidate): LoadedPlugin {
  // A package's manifest is the authority on what it may do; a definition that came without one speaks for itself.
  return { definition: definition!, source, options, closers, capabilities: new Set(source.capabilities ?? definition!.capabilities) };
}

function toStatus(candidate: Candidate, { names, guardedBefore }: { names: ReadonlySet<string>; guardedBefore: ReadonlySet<string> }): PluginStatus {
  const { source, definition, error, setupMs } = candidate;
  const absent = [...new Set([...(definition?.after ?? []), ...(definition?.before ?? [])])].filter((name) => !names.has(name)).sort();
  return {
    name: nameOf(candidate), version: source.version ?? null, from: source.from ?? null,
    state: error === undefined ? 'active' : 'failed', guards: guards(candidate, guardedBefore), absent, setupMs,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }), ...(error.details === undefined ? {} : { details: error.details }) } }),
  };
}
