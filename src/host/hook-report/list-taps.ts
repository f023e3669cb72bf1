import { isAbsolute, relative, sep } from 'node:path';
import { escapeControl, HOOK_NAMES, type HookName, type Kernel, placeOf, type PluginStatus, STAGE, type Tap } from '@pith/kernel';
import { formatTable } from '@pith/table';

export interface ListedTap {
  plugin: string;
  tap: string;
  zone?: 'prepare' | 'execute';
  stage: number;
  timeoutMs: number;
  /** What happens when it throws, hangs or gives nonsense. */
  onFailure: string;
  /** No turn runs when its plugin does not load. */
  guards: boolean;
  durable: boolean;
  /** It may answer without calling `next`. */
  answers: boolean;
  from: string | null;
  version: string | null;
  /** File and line where it was tapped. */
  source: string | null;
}

export interface HookList {
  /** Every hook, those that nobody taps, too. */
  hooks: { hook: HookName; taps: ListedTap[] }[];
  /** Plugins that were offered and do not run. */
  leftOut: { plugin: string; from: string | null; guards: boolean; error: NonNullable<PluginStatus['error']> }[];
  /** Names that an order mentions and nobody has. */
  absent: { plugin: string; names: readonly string[] }[];
  /** Why no turn can run; `null` where turns run. */
  blocked: string | null;
}

/** So many parts of a path tell files apart. */
const PLACE_PARTS = 3;

const ON_FAILURE: Record<HookName, string> = {
  input: 'turn ends', context: 'turn ends', model: 'model call fails', tool: 'model is told', permission: 'denies', output: 'reported',
};

/** Every tap in its running order, and what is not there. */
export function listTaps({ generation, plugins }: Kernel): HookList {
  const statuses = new Map(plugins.map((status) => [status.name, status]));
  return {
    hooks: HOOK_NAMES.map((hook) => ({ hook, taps: inRunningOrder(generation.taps.filter((tap) => tap.hook === hook)).map((tap) => toListed(tap, statuses.get(tap.plugin))) })),
    leftOut: plugins.filter(({ state }) => state === 'failed').map(({ name, from, guards, error }) => ({ plugin: name, from, guards, error: error! })),
    absent: plugins.filter(({ absent }) => absent.length > 0).map(({ name, absent }) => ({ plugin: name, names: absent })),
    blocked: generation.guardMissing?.message ?? null,
  };
}

/** The zones of `tool` run one after the other, each in its own order. */
function inRunningOrder(taps: readonly Tap[]): Tap[] {
  return [...taps.filter(({ zone }) => zone === 'prepare'), ...taps.filter(({ zone }) => zone !== 'prepare')];
}

function toListed(tap: Tap, status: PluginStatus | undefined): ListedTap {
  const { hook, zone, plugin, name, stage, timeoutMs, durable, answers } = tap;
  return {
    plugin, tap: name, ...(zone === undefined ? {} : { zone }), stage, timeoutMs, onFailure: durable ? 'turn ends' : ON_FAILURE[hook],
    guards: status?.guards ?? false, durable, answers, from: status?.from ?? null, version: status?.version ?? null, source: placeOf(tap) ?? null,
  };
}

export function formatHookList({ hooks, leftOut, absent, blocked }: HookList, width?: number): string {
  const silent = hooks.filter(({ taps }) => taps.length === 0).map(({ hook }) => hook);
  const rows = hooks.flatMap(({ hook, taps }) => taps.map((tap) => [tapName(tap), tap.zone === undefined ? hook : `${hook}: ${tap.zone}`, stageName(hook, tap.stage), toTime(tap.timeoutMs), toRule(tap), toOrigin(tap)]));
  const guards = [...new Set(hooks.flatMap(({ taps }) => taps.filter((tap) => tap.guards).map(({ plugin }) => plugin)))];
  const sentences = [
    ...(guards.length === 0 ? [] : [`No turn runs without ${guards.join(', ')}.`]),
    ...(silent.length === 0 || rows.length === 0 ? [] : [`Nobody taps ${silent.join(', ')}.`]),
    ...absent.map(({ plugin, names }) => `${plugin} asks for a place beside ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} not here.`),
    ...leftOut.map(({ plugin, error: { message, hint } }) => `Left out: ${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint ?? `Mend ${plugin}, or take it out.`}`),
    ...(blocked === null ? [] : [`No turn runs, since ${leftOut.filter((lost) => lost.guards).map(({ plugin }) => plugin).join(', ')} guards this installation.`]),
  ];
  const table = rows.length === 0 ? 'Nobody taps any hook.' : formatTable(['TAP', 'HOOK', 'STAGE', 'LIMIT', 'IF IT FAILS', 'FROM'], rows, width);
  return [table, ...sentences.map((sentence) => escapeControl(sentence))].join('\n\n');
}

/** A tap that is called as its plugin is said once. */
export function tapName({ plugin, tap }: { plugin: string; tap: string }): string {
  return plugin === tap ? plugin : `${plugin}/${tap}`;
}

function toRule({ onFailure, durable, answers }: ListedTap): string {
  return [onFailure, ...(durable ? ['durable'] : []), ...(answers ? ['answers'] : [])].join('; ');
}

/** A package is known by its version; the place in its bundle would say nothing to a person. */
function toOrigin({ from, version, source }: ListedTap): string {
  if (version === null) return source === null ? from ?? '' : shortPlace(source);
  return `${(from ?? '').replace(/^(core|user) plugin /, '')} ${version}`.trim();
}

/** A place as a person finds it: from here where it lies below, else by its last folders. */
export function shortPlace(place: string, cwd = process.cwd()): string {
  if (!isAbsolute(place)) return place;
  if (place.startsWith(cwd + sep)) return relative(cwd, place);
  const parts = place.split(sep);
  return parts.length <= PLACE_PARTS + 1 ? place : ['…', ...parts.slice(-PLACE_PARTS)].join(sep);
}

function stageName(hook: HookName, stage: number): string {
  const names = Object.entries(STAGE).filter(([, value]) => value === stage).map(([name]) => name);
  const general = names.find((name) => name === 'early' || name === 'normal' || name === 'late');
  return general ?? (hook === 'model' ? names[0] : undefined) ?? String(stage);
}

export function toTime(ms: number): string {
  if (ms === Infinity) return 'none';
  if (ms >= 1000) return `${Number((ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1))} s`;
  return ms >= 100 || ms === Math.round(ms) ? `${Math.round(ms)} ms` : `${ms.toFixed(ms < 1 ? 2 : 1)} ms`;
}
