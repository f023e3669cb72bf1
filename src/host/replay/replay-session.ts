import type { Interfaces } from '@oclif/core';
import { type Difference, fingerprint, type Kernel, PithError, type RecordedPart, type RecordedSession, replaySitting, type SessionFacts } from '@pith/kernel';
import { type HostConfig, openKernel, readConfig } from '../host.ts';
import { forbidOutside } from './forbid-outside.ts';

/** One sitting, played again. `note` says why it was not, or why it ends where it does. */
export interface ReplayedSitting { startedMs: number; events: number; same: boolean | null; hash: string | null; note?: string; difference?: Difference }

/** A plugin that is not as it was then; `null` is not there. */
export interface ChangedPlugin { name: string; then: string | null; now: string | null }

export interface Replayed { id: string; same: boolean; events: number; /** One hash over all events that were heard. */ hash: string; plugins: readonly ChangedPlugin[]; sittings: readonly ReplayedSitting[] }

/**
 * Plays a session again, offline, with the plugins that are installed and the options of then.
 * @throws PithError SESSION_NOT_FOUND, RECORDING_MISSING
 */
export async function replaySession(oclif: Interfaces.Config, id: string): Promise<Replayed> {
  const config = await readConfig(oclif, process.cwd());
  const session = await readRecording(oclif, config, id);
  const sittings: ReplayedSitting[] = [];
  const plugins = new Map<string, ChangedPlugin>();
  const allowOutside = forbidOutside();
  try {
    for (const part of session.sittings) sittings.push(await replayPart(oclif, config, part, plugins));
  } finally {
    allowOutside();
  }
  const played = sittings.filter(({ same }) => same !== null);
  if (played.length === 0) throw new PithError(`Session ${session.id} cannot be played again: ${sittings[0]?.note ?? 'it holds nothing'}`, { code: 'RECORDING_MISSING', hint: 'Only what was recorded can be played; sessions of now are, unless --no-session or plugins.sessions.record says otherwise.' });
  return {
    id: session.id, same: played.every(({ same }) => same), events: played.reduce((sum, { events }) => sum + events, 0),
    hash: played.length === 1 ? played[0]!.hash! : fingerprint(played.map(({ hash }) => hash).join(' ')), plugins: [...plugins.values()], sittings,
  };
}

export async function readRecording(oclif: Interfaces.Config, config: HostConfig, id: string): Promise<RecordedSession> {
  const kernel = await openKernel(oclif, config, UNRECORDED);
  try {
    return await (await kernel.service('sessions')).recording(id);
  } finally {
    await kernel.close();
  }
}

const UNRECORDED = { sessions: { record: false } };

async function replayPart(oclif: Interfaces.Config, config: HostConfig, part: RecordedPart, changed: Map<string, ChangedPlugin>): Promise<ReplayedSitting> {
  const startedMs = part.events[0]?.atMs ?? 0;
  const facts = part.outside.find((item) => item.kind === 'session')?.facts;
  if (part.missing !== undefined || facts === undefined) return { startedMs, events: part.events.length, same: null, hash: null, note: part.missing ?? 'its recording does not say how it began' };
  const kernel = await openKernel(oclif, withOptions(config, facts), UNRECORDED);
  try {
    for (const plugin of changedPlugins(facts, kernel)) changed.set(plugin.name, plugin);
    const { events, hash, difference } = await replaySitting(kernel, part);
    return { startedMs, events, same: difference === null, hash, ...(part.ended === undefined ? {} : { note: `the recording ends here: ${part.ended}` }), ...(difference === null ? {} : { difference }) };
  } finally {
    await kernel.close();
  }
}

/** The options of then, where they are known: rules and modes of now would decide otherwise. */
function withOptions(config: HostConfig, { plugins }: SessionFacts): HostConfig {
  const then = Object.fromEntries(plugins.filter(({ options }) => options !== undefined).map(({ name, options }) => [name, options as Record<string, unknown>]));
  return { ...config, rules: { allow: [], ask: [], deny: [] }, settings: { ...config.settings, plugins: { ...config.settings.plugins, ...then } } };
}

function changedPlugins({ plugins }: SessionFacts, kernel: Kernel): ChangedPlugin[] {
  const now = new Map(kernel.plugins.filter(({ state }) => state === 'active').map(({ name, version }) => [name, version]));
  const then = new Map(plugins.map(({ name, version }) => [name, version]));
  return [...new Set([...then.keys(), ...now.keys()])].sort()
    .map((name) => ({ name, then: then.has(name) ? then.get(name) ?? '(no version)' : null, now: now.has(name) ? now.get(name) ?? '(no version)' : null }))
    .filter((plugin) => plugin.then !== plugin.now);
}
