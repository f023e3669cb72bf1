import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKernel, definePlugin, type KernelOptions, type PluginDefinition, replaySitting, type RecordedSitting, type SessionOptions, type Trust, type TurnEvent, type TurnOptions, type TurnResult } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, type TestKernel, type TestModel, testModel } from '@pith/kernel/testing';
import { forbidOutside } from '../../../src/host/replay/forbid-outside.ts';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import { commandHooks } from '../src/index.ts';
import { fakeTools } from './fake-tools.ts';

/** One entry of a hook file. */
export type Entry = string | { command?: string; type?: string; [key: string]: unknown };
/** Hooks by event; a group is its matcher and its entries. */
export type HooksFile = Record<string, { matcher?: string; hooks: readonly Entry[] }[] | readonly Entry[]>;

export interface Setup {
  user?: HooksFile;
  project?: HooksFile;
  local?: HooksFile;
  managed?: HooksFile;
  /** Whole settings, for what is no hook. */
  settings?: Record<string, unknown>;
  script?: readonly ScriptStep[];
  options?: Record<string, unknown>;
  trust?: Trusting;
  plugins?: readonly PluginDefinition[];
  env?: Record<string, string>;
  session?: Partial<SessionOptions>;
  /** Files of the working folder. */
  files?: Record<string, string>;
}

export type Trusting = 'trusted' | 'untrusted' | 'changed' | ((files: ReadonlyMap<string, string>) => 'trusted' | 'untrusted' | 'changed');

export interface Started extends TestKernel {
  model: TestModel;
  home: string;
  run(text?: string, options?: TurnOptions): Promise<TurnResult>;
  of<T extends TurnEvent['type']>(type: T): Extract<TurnEvent, { type: T }>[];
  notices(): string[];
  /** What the model was told last. */
  told(): string;
  put(file: string, text: string): Promise<string>;
  read(file: string): Promise<string>;
  /** What was recorded so far. */
  recording(): RecordedSitting;
  /** Ends it, takes every file away, and plays the session again: the same events, and nothing is asked or started. */
  close(): Promise<void>;
}

/** The plugin in a real kernel: a home with a hook file of its own, a project, tools, a model that says `script`. */
export async function startHooks({ user, project, local, managed, settings, script = [], options, trust, plugins = [allowAll], env = {}, session, files = {} }: Setup): Promise<Started> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'pith-hooks-')));
  const folder = join(root, 'project');
  const home = join(root, 'home');
  await mkdir(folder);
  const put = async (file: string, text: string): Promise<string> => {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (text.startsWith('#!')) await chmod(path, 0o755);
    return path;
  };
  for (const [name, text] of Object.entries(files)) await put(`project/${name}`, text);
  if (user !== undefined || settings !== undefined) await put('home/.claude/settings.json', JSON.stringify({ hooks: toHooks(user ?? {}), ...settings }));
  if (project !== undefined) await put('project/.claude/settings.json', JSON.stringify({ hooks: toHooks(project) }));
  if (local !== undefined) await put('project/.claude/settings.local.json', JSON.stringify({ hooks: toHooks(local) }));
  if (managed !== undefined) await put('managed.json', JSON.stringify({ hooks: toHooks(managed) }));
  const model = testModel(script);
  const tape = tapeRecorder();
  const toTrusting = (stateOf: Trust['stateOf']): PluginDefinition => definePlugin({ name: 'trusting', services: trust === undefined ? {} : { trust: () => ({ stateOf }) } });
  const setUp = (trusting: PluginDefinition) => ({
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env }, options: { 'command-hooks': options ?? {} },
    plugins: [model.plugin, fakeTools, trusting, commandHooks(join(root, 'managed.json')), ...plugins, tape.plugin],
  });
  const trusting = toTrusting(async (_, given) => (typeof trust === 'function' ? trust(given) : trust!));
  const test = await createTestKernel({ ...setUp(trusting), folder, ...(session === undefined ? {} : { session }) });
  const of: Started['of'] = (type) => test.events.filter((event) => event.type === type) as never;
  return {
    ...test, model, home, put, of,
    run: (text = 'go', given) => test.session.runTurn({ text }, given),
    notices: () => of('notice').map(({ text }) => text),
    told: () => JSON.stringify(model.requests.at(-1)?.messages.at(-1)),
    read: (file) => readFile(join(root, file), 'utf8'),
    recording: tape.sitting,
    close: async () => {
      await test.close();
      await rm(root, { recursive: true, force: true });
      await playAgain(tape.sitting(), setUp(toTrusting(() => assert.fail('a replay asks nobody for trust'))));
    },
  };
}

/** The session again, with its folder gone. */
async function playAgain(sitting: RecordedSitting, setup: KernelOptions): Promise<void> {
  if (sitting.events.length === 0) return;
  const kernel = await createKernel(setup);
  const allowOutside = forbidOutside();
  try {
    const { difference } = await replaySitting(kernel, sitting, { idleMs: 2000 });
    assert.equal(difference, null, JSON.stringify(difference, undefined, 1));
  } finally {
    allowOutside();
    await kernel.close();
  }
}

function toHooks(hooks: HooksFile): object {
  const toEntry = (entry: Entry): object => (typeof entry === 'string' ? { type: 'command', command: entry } : { type: 'command', ...entry });
  return Object.fromEntries(Object.entries(hooks).map(([event, groups]) => [event, groups.every((group) => typeof group === 'object' && 'hooks' in group)
    ? (groups as { matcher?: string; hooks: Entry[] }[]).map((group) => ({ ...group, hooks: group.hooks.map(toEntry) }))
    : [{ hooks: (groups as Entry[]).map(toEntry) }]]));
}

/** A command that prints this. */
export const print = (text: string | object): string => `printf '%s' ${quote(typeof text === 'string' ? text : JSON.stringify(text))}`;
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
/** The decision of a PreToolUse hook. */
export const decision = (permissionDecision: string, permissionDecisionReason?: string, more: object = {}): object => ({ hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision, permissionDecisionReason, ...more } });
/** A model that calls one tool, and then ends. */
export const calling = (name: string, input: unknown, more: ScriptStep[] = []): ScriptStep[] => [{ calls: [{ name, input }] }, ...more];
