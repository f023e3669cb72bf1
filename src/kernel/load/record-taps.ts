import { fileURLToPath } from 'node:url';
import { describe, nearest, PithError } from '../errors.ts';
import { DEFAULT_TAP_TIMEOUT_MS, misuse, type Tap } from '../frame.ts';
import { HOOK_NAMES, type HookName, type Hooks } from '../hooks.ts';
import type { PermissionExample } from '../tap-example.ts';

const OPTIONS: Record<HookName, ReadonlySet<string>> = {
  input: new Set(['name', 'stage', 'timeoutMs', 'examples']),
  context: new Set(['name', 'stage', 'timeoutMs', 'examples']),
  model: new Set(['name', 'stage', 'timeoutMs', 'answers', 'replay', 'examples']),
  tool: new Set(['name', 'stage', 'timeoutMs', 'answers', 'replay', 'zone', 'examples']),
  permission: new Set(['name', 'stage', 'timeoutMs', 'beforeAsking', 'examples']),
  output: new Set(['name', 'stage', 'timeoutMs', 'durable', 'queueLimit', 'records', 'flush']),
};

const EXAMPLE_KEYS: ReadonlySet<string> = new Set(['title', 'call', 'expect', 'options', 'env', 'files'] satisfies (keyof PermissionExample)[]);

const DEFAULT_QUEUE_LIMIT = 1024;

/** The `hooks` of one `setup`: nothing is tapped yet, it is only written down who taps what. */
export function recordTaps(plugin: string, taps: Tap[], isOpen: () => boolean): Hooks {
  const tappable = (hook: HookName) => Object.freeze({
    tap: function tap(given: Record<string, unknown> | string, fn: unknown): void {
      if (!isOpen()) throw new PithError(`Plugin ${plugin} tapped after its setup had ended in hook ${hook}`, { code: 'PLUGIN_INVALID', plugin, hook });
      taps.push({ ...toTap(plugin, hook, { options: typeof given === 'string' ? { name: given } : given, fn }), site: siteOf(tap) });
    },
  });
  return Object.freeze(Object.fromEntries(HOOK_NAMES.map((hook) => [hook, tappable(hook)]))) as unknown as Hooks;
}

/** Who called `tap`. The stack is made into text only when somebody reads it. */
function siteOf(tap: (...given: never[]) => void): { stack?: string } {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, tap);
  Error.stackTraceLimit = stackTraceLimit;
  return site;
}

/** File and line where a tap was tapped; nothing where the runtime does not say. */
export function placeOf({ site }: Pick<Tap, 'site'>): string | undefined {
  const [, file, line] = /(?:\(|at (?:async )?)([^()]+):(\d+):\d+\)?$/m.exec(String(site?.stack)) ?? [];
  if (file === undefined) return undefined;
  return `${file.startsWith('file:') ? fileURLToPath(file.replace(/\?.*$/, '')) : file}:${line}`;
}

/** @throws PithError PLUGIN_INVALID: a misspelt option would otherwise be a tap at another place, without a word */
function toTap(plugin: string, hook: HookName, { options, fn }: { options: Record<string, unknown>; fn: unknown }): Tap {
  const wrong = (what: string): PithError => new PithError(`Plugin ${plugin} ${what} in hook ${hook}`, { code: 'PLUGIN_INVALID', plugin, hook });
  if (typeof options !== 'object' || options === null) throw wrong(`tapped with ${describe(options)} where a name or options belong`);
  const { name, stage = 0, timeoutMs = DEFAULT_TAP_TIMEOUT_MS, answers = false, zone = 'execute', beforeAsking = false, durable = false, queueLimit = DEFAULT_QUEUE_LIMIT, replay, records = false, flush, examples } = options;
  if (typeof name !== 'string' || name === '') throw wrong('tapped without a name');
  if (hook === 'output' && examples !== undefined) throw wrong(`gave the tap ${name} examples, which are not supported where a tap gives nothing back,`);
  for (const key of Object.keys(options)) {
    if (!OPTIONS[hook].has(key)) throw wrong(`gave the tap ${name} an unknown option ${JSON.stringify(key)}; near are: ${nearest(key, OPTIONS[hook]).join(', ') || [...OPTIONS[hook]].join(', ')},`);
  }
  if (typeof fn !== 'function') throw wrong(`tapped with ${describe(fn)} where a function belongs`);
  if (!Number.isInteger(stage)) throw wrong(`gave the stage ${describe(stage)}, which is not an integer,`);
  if (!(typeof timeoutMs === 'number' && timeoutMs > 0)) throw wrong(`gave the time limit ${describe(timeoutMs)}, which is not a positive number,`);
  if (typeof answers !== 'boolean' || typeof durable !== 'boolean' || typeof beforeAsking !== 'boolean') throw wrong('gave answers, durable or beforeAsking as something else than true or false');
  if (zone !== 'prepare' && zone !== 'execute') throw wrong(`gave the zone ${describe(zone)}, which is neither prepare nor execute,`);
  if (!(Number.isInteger(queueLimit) && (queueLimit as number) > 0)) throw wrong(`gave the queueLimit ${describe(queueLimit)}, which is not a positive integer,`);
  if (replay !== undefined && replay !== 'recorded') throw wrong(`gave replay as ${describe(replay)}, which is not 'recorded',`);
  if (replay !== undefined && zone === 'prepare') throw wrong(`gave the tap ${name} replay: 'recorded', though a prepare tap always runs in a replay; what it reads outside goes through turn.recorded,`);
  if (typeof records !== 'boolean' || (records && !durable)) throw wrong(`gave the tap ${name} records without durable: true`);
  if (flush !== undefined && (typeof flush !== 'function' || !durable)) throw wrong(`gave the tap ${name} a flush that is ${durable ? 'no function' : 'without durable: true'}`);
  const badExample = examples === undefined ? undefined : wrongExamples(examples);
  if (badExample !== undefined) throw wrong(`gave the tap ${name} ${badExample}`);
  return {
    hook, plugin, name, stage: stage as number, timeoutMs, fn, answers, durable, queueLimit: queueLimit as number,
    ...(hook === 'tool' ? { zone } : {}), ...(hook === 'permission' ? { beforeAsking } : {}), ...(replay === undefined ? {} : { replay }), ...(records ? { records } : {}), ...(flush === undefined ? {} : { flush: flush as NonNullable<Tap['flush']> }),
    ...(examples === undefined ? {} : { examples: examples as readonly unknown[] }),
  };
}

function wrongExamples(examples: unknown): string | undefined {
  if (!Array.isArray(examples)) return `examples that are ${describe(examples)} and not a list,`;
  for (const [index, example] of examples.entries()) {
    if (typeof example !== 'object' || example === null || !('call' in example) || !('expect' in example)) return `an example ${index + 1} that is not { call, expect }`;
    const unknown = Object.keys(example).find((key) => !EXAMPLE_KEYS.has(key));
    if (unknown !== undefined) return `an example ${index + 1} with an unknown key ${JSON.stringify(unknown)}; allowed are: ${[...EXAMPLE_KEYS].join(', ')},`;
  }
  return undefined;
}

/**
 * Makes every wrap, once. One that throws is found here, where its plugin can still be left out; what is further in is
 * given to it when the hooks are composed.
 */
export function makeWraps(taps: readonly Tap[]): void {
  type Layer = (...given: unknown[]) => unknown;
  for (const tap of taps) {
    if (tap.hook !== 'model' && tap.hook !== 'tool') continue;
    let inner: Layer | undefined;
    const made = (tap.fn as (next: Layer) => Layer)((...given) => {
      if (inner === undefined) throw misuse(tap, 'TAP_NEXT_MISUSED', 'called next while its wrap was being made');
      return inner(...given);
    });
    if (typeof made !== 'function') throw misuse(tap, 'TAP_INVALID_RESULT', `tapped with a wrap that makes ${describe(made)} instead of a function`);
    tap.fn = (next: Layer): Layer => {
      inner = next;
      return made;
    };
  }
}

/** By hook, then stage, then plugin order, then order in `setup`. */
export function sortTaps(inPluginOrder: readonly Tap[]): Tap[] {
  // The sort is stable, so equal stages stay as they are.
  return [...inPluginOrder].sort((a, b) => HOOK_NAMES.indexOf(a.hook) - HOOK_NAMES.indexOf(b.hook) || a.stage - b.stage);
}
