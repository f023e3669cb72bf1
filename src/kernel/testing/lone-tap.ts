import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { type ErrorReport, PithError } from '../errors.ts';
import type { EventType, Origin, TurnEvent, Verdict } from '../event.ts';
import { HOOK_NAMES, type HookName, type Hooks, type PreparedCall } from '../hooks.ts';
import type { ModelRequest } from '../message.ts';
import { definePlugin, type PluginDefinition, type PluginSource, type ToolDeclaration } from '../plugin.ts';
import { importPlugin } from '../load/plugin-check.ts';
import { needEffect, standInTool } from './stand-in-tool.ts';
import type { ExampleCall } from '../tap-example.ts';
import { createTestKernel } from './test-kernel.ts';
import { type ScriptStep, testModel } from './test-model.ts';
import type { TapOutcome } from '../trace.ts';
import type { TurnResult } from '../turn.ts';

/** The plugin that holds the tools, and says in permission what the example needs. */
export const STAND_IN = 'example-stand-in';

/** What can be tried: what a kernel takes as a plugin. */
export type Tested = PluginSource | PluginDefinition;

/** A tap as `setup` made it. `nth` counts those of one hook and name, from 0. */
export interface FoundTap { hook: HookName; name: string; nth: number; examples: readonly unknown[] }

/** What surrounds a tap that is tried. */
export interface TrySetting {
  /** Which tap of the hook. Default: the first. */
  tap?: { name: string; nth?: number };
  /** The plugin's options. */
  options?: unknown;
  /** The environment that the plugin sees. Default: an empty one. */
  env?: Readonly<Record<string, string>>;
  /** Files by name in the folder of the session, which is empty otherwise. */
  files?: Readonly<Record<string, string>>;
  /** Tools that say what a call of theirs would touch. They are never run. */
  tools?: readonly ToolDeclaration[];
  /** Names that the plugin may mention in its order. */
  knownPlugins?: readonly string[];
}

/** What plays around the tap. */
interface Stage {
  hook: HookName;
  script: readonly ScriptStep[];
  /** The calls that the script makes, or that the tap makes of them. */
  calls?: readonly ExampleCall[];
  /** What permission says beside the tap. Default `ask`, so that a tap that is asked before a person is, is; nobody answers. */
  verdict?: Verdict;
  /** The text that the tool gives. */
  result?: string;
}

/** The call as permission saw it, and whether the tool was reached. */
interface Seen { judged: PreparedCall | undefined; ran: boolean }

/** One tap, alone in a kernel with a scripted model, a still clock and a folder of its own. No tool is run. */
export interface LoneTap {
  readonly requests: readonly ModelRequest[];
  readonly seen: Readonly<Seen>;
  readonly events: readonly TurnEvent[];
  event<T extends EventType>(type: T): Extract<TurnEvent, { type: T }> | undefined;
  /** @throws PithError where the tap failed */
  turn(text: string, origin?: Origin): Promise<{ result: TurnResult; outcome: TapOutcome }>;
}

/** @throws PithError when the plugin does not load, or has no such tap */
export async function withLoneTap<T>(plugin: Tested, stage: Stage, setting: TrySetting, use: (lone: LoneTap) => Promise<T>): Promise<T> {
  const source = toSource(plugin);
  const definition = await importPlugin(source);
  const { hook, script, calls = [] } = stage;
  const { name: wanted, nth = 0 } = setting.tap ?? {};
  const found: FoundTap[] = [];
  const isWanted = (tap: FoundTap): boolean => tap.hook === hook && tap.name === (wanted ?? found.find((first) => first.hook === hook)?.name) && tap.nth === nth;
  const seen: Seen = { judged: undefined, ran: false };
  const { own, harness } = standIns(definition, stage, setting, seen);
  const { name, options, capabilities, services, setup } = definition;
  const alone: PluginDefinition = {
    name, tools: own, setup: (context) => setup?.({ ...context, hooks: onlySome(context.hooks, found, isWanted) }),
    ...(options === undefined ? {} : { options }), ...(capabilities === undefined ? {} : { capabilities }), ...(services === undefined ? {} : { services }),
  };
  const model = testModel(script);
  return withKernel([{ ...source, load: async () => alone }, harness, model.plugin], { ...setting, plugin: name, mode: calls[0]?.mode }, async ({ session, events }) => {
    if (!found.some(isWanted)) throw new PithError(`Plugin ${name} has no ${wanted === undefined ? 'tap' : `tap ${wanted}`} in hook ${hook}`, { code: 'PLUGIN_INVALID', plugin: name, hook });
    const event: LoneTap['event'] = (type) => events.find((each) => each.type === type) as Extract<TurnEvent, { type: typeof type }> | undefined;
    const turn: LoneTap['turn'] = async (text, origin) => {
      const result = await session.runTurn({ text, ...(origin === undefined ? {} : { origin }) });
      const failure = result.error ?? failureOf(hook, event('tool-end')?.error);
      if (failure !== undefined) throw new PithError(failure.message, failure);
      const outcome = session.lastTrace.find((entry) => entry.plugin === name && entry.hook === hook)?.outcome;
      if (outcome === undefined) throw new PithError('The tap was not reached', { code: 'TAP_INVALID_RESULT', plugin: name, hook });
      return { result, outcome };
    };
    return use({ requests: model.requests, events, seen, event, turn });
  });
}

/** A tool for every call, in the place of those of the plugin itself, too; and who says in permission what is needed. */
function standIns({ tools = [] }: PluginDefinition, { hook, calls = [], verdict = 'ask', result = '' }: Stage, setting: TrySetting, seen: Seen): { own: ToolDeclaration[]; harness: PluginDefinition } {
  const knownTool = (name: string): ToolDeclaration | undefined => [...tools, ...setting.tools ?? []].find((tool) => tool.name === name);
  if (hook === 'permission') for (const call of calls) needEffect(call, knownTool(call.name));
  const toStandIn = (call: ExampleCall): ToolDeclaration => standInTool(call, knownTool(call.name), () => { seen.ran = true; return result; });
  const own = tools.map(({ name }) => toStandIn(calls.find((call) => call.name === name) ?? { name }));
  const others = new Map(calls.filter(({ name }) => !own.some((tool) => tool.name === name)).map((call) => [call.name, call]));
  const harness = definePlugin({
    name: STAND_IN, capabilities: ['permission:allow'], tools: [...others.values()].map(toStandIn),
    setup({ hooks }) {
      hooks.permission.tap(STAND_IN, (call) => { seen.judged = call; return { verdict, reason: 'no tool is run in an example' }; });
    },
  });
  return { own, harness };
}

/** Loads the whole plugin, as a turn would. @throws PithError when it does not load */
export async function findTaps(plugin: Tested, setting: TrySetting): Promise<readonly FoundTap[]> {
  const source = toSource(plugin);
  const definition = await importPlugin(source);
  const taps: FoundTap[] = [];
  const { name, setup } = definition;
  // What it requires is not there, and not needed to try a tap alone.
  const whole: PluginDefinition = { ...definition, requires: [], setup: (context) => setup?.({ ...context, hooks: onlySome(context.hooks, taps, () => true) }) };
  return withKernel([{ ...source, load: async () => whole }], { ...setting, plugin: name }, async () => taps);
}

/** The hooks of a `setup` that writes down every tap, and hands on the wanted ones. */
function onlySome(hooks: Hooks, found: FoundTap[], isWanted: (tap: FoundTap) => boolean): Hooks {
  type AnyTap = (options: { name: string; examples?: readonly unknown[] } | string, fn: unknown) => void;
  const tappable = (hook: HookName): { tap: AnyTap } => ({
    tap: (options, fn) => {
      // What is wrong with them the kernel says.
      const { name, examples = [] } = typeof options === 'object' && options !== null ? options : { name: options };
      const tap: FoundTap = { hook, name, examples, nth: found.filter((other) => other.hook === hook && other.name === name).length };
      found.push(tap);
      if (isWanted(tap)) (hooks[hook].tap as AnyTap)(options, fn);
    },
  });
  return Object.fromEntries(HOOK_NAMES.map((hook) => [hook, tappable(hook)])) as unknown as Hooks;
}

async function withKernel<T>(plugins: readonly Tested[], { plugin, mode, options, env = {}, files = {}, knownPlugins }: TrySetting & { plugin: string; mode?: ExampleCall['mode'] }, use: (test: Awaited<ReturnType<typeof createTestKernel>>) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-example-')));
  try {
    for (const [file, text] of Object.entries(files)) await writeExampleFile(folder, file, text);
    const test = await createTestKernel({
      folder, plugins, env, ...(options === undefined ? {} : { options: { [plugin]: options } }), ...(knownPlugins === undefined ? {} : { knownPlugins }), session: mode === undefined ? {} : { mode },
    });
    try {
      const { error } = test.kernel.plugins.find(({ name }) => name === plugin)!;
      if (error !== undefined) throw new PithError(error.message, { ...error, plugin });
      return await use(test);
    } finally {
      await test.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeExampleFile(folder: string, file: string, text: string): Promise<void> {
  if (isAbsolute(file) || normalize(file).startsWith('..')) throw new PithError(`An example has the file ${JSON.stringify(file)}, which is not inside its folder`, { code: 'PLUGIN_INVALID' });
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** A tap of `tool` that fails ends its call and not the turn. */
function failureOf(hook: HookName, error: ErrorReport | undefined): ErrorReport | undefined {
  return hook === 'tool' || error?.code.startsWith('TOOL_') === true ? error : undefined;
}

export function toSource(plugin: Tested): PluginSource {
  return 'load' in plugin ? plugin : { name: plugin.name, guards: plugin.required === true, load: async () => plugin };
}
