import { describe, PithError, toErrorReport } from '../errors.ts';
import type { HookName } from '../hooks.ts';
import { type Judged, JUDGES, say } from './judge-example.ts';
import { findTaps, type FoundTap, type Tested, toSource, type TrySetting } from './lone-tap.ts';
import { importPlugin } from '../load/plugin-check.ts';
import type { ExampleHook, TapExample } from '../tap-example.ts';

/** Which example, for people. `number` counts those of one tap from 1. */
export interface StartedExample { plugin: string; hook: HookName; tap: string; number: number; title: string; expected: string }

/** One example and what came of it. `got` begins with `threw` where the tap failed. */
export interface ExampleResult extends StartedExample { ok: boolean; got: string }

export interface ExamplesReport { plugin: string; taps: number; results: readonly ExampleResult[] }

export interface ExamplesSetting extends Pick<TrySetting, 'tools' | 'knownPlugins'> {
  /** Options by plugin name; an example may state its own. */
  options?: Readonly<Record<string, unknown>>;
  /** Called before each example, so that one that never returns can be named. */
  onStart?(example: StartedExample): void | Promise<void>;
  onResult?(result: ExampleResult): void | Promise<void>;
}

type AnyExample = TapExample<unknown, unknown>;

/**
 * Runs the examples that the taps of a plugin or a hook file carry, one after the other, each with its tap alone.
 * @throws PithError when the plugin does not load
 */
export async function runExamples(plugin: Tested, { options = {}, onStart, onResult, ...more }: ExamplesSetting = {}): Promise<ExamplesReport> {
  const { name } = await importPlugin(toSource(plugin));
  const setting: TrySetting = { ...more, options: options[name] };
  const taps = await findTaps(plugin, setting);
  const results: ExampleResult[] = [];
  for (const tap of taps) {
    for (const [index, example] of (tap.examples as readonly AnyExample[]).entries()) {
      const about: StartedExample = { plugin: name, hook: tap.hook, tap: tap.name, number: index + 1, title: example.title ?? titleOf(example.call), expected: say(example.expect) };
      await onStart?.(about);
      const result: ExampleResult = { ...about, ...await runExample(plugin, tap, example, setting) };
      results.push(result);
      await onResult?.(result);
    }
  }
  return { plugin: name, taps: taps.length, results };
}

async function runExample(plugin: Tested, { hook, name, nth }: FoundTap, example: AnyExample, setting: TrySetting): Promise<Judged> {
  const { options = setting.options, env, files } = example;
  try {
    checkExample(hook as ExampleHook, example);
    const judge = JUDGES[hook as ExampleHook] as (plugin: Tested, example: AnyExample, setting: TrySetting) => Promise<Judged>;
    return await judge(plugin, example, { ...setting, options, tap: { name, nth }, ...(env === undefined ? {} : { env }), ...(files === undefined ? {} : { files }) });
  } catch (error) {
    const { message, code } = toErrorReport(error);
    return { ok: false, got: `threw ${code}: ${message}` };
  }
}

const CALL_KEYS = ['name', 'input', 'effect', 'targets', 'mode', 'origin'];

/** What an example may state: the words and the keys of `expect`, the keys of `call`. Types say the same to those who use them. */
const FORMS: Record<ExampleHook, { words: readonly string[]; expect: readonly string[]; call: readonly string[] }> = {
  permission: { words: ['deny', 'ask', 'allow', 'none'], expect: ['verdict', 'reason'], call: CALL_KEYS },
  tool: { words: ['same', 'answered'], expect: ['name', 'input', 'result'], call: [...CALL_KEYS, 'result'] },
  input: { words: ['same'], expect: ['text', 'handled'], call: ['text', 'origin'] },
  context: { words: ['same'], expect: ['contains', 'prefix'], call: ['text', 'origin'] },
  model: { words: ['same', 'answered'], expect: ['request', 'reply', 'calls'], call: ['text', 'replies'] },
};

/** @throws PithError PLUGIN_INVALID: a misspelt key would otherwise be an example that always passes */
function checkExample(hook: ExampleHook, { call, expect }: AnyExample): void {
  const form = FORMS[hook];
  const invalid = (what: string): PithError => new PithError(`The example ${what}`, { code: 'PLUGIN_INVALID', hook });
  const needed = hook === 'permission' || hook === 'tool' ? 'name' : 'text';
  const stated = needed === 'text' && typeof call === 'string' ? { text: call } : call;
  checkKeys(stated, form.call, (what) => invalid(`has a call ${what}`));
  if (typeof (stated as Record<string, unknown>)[needed] !== 'string') throw invalid(`has a call without a ${needed}`);
  if (typeof expect === 'string' && form.words.includes(expect)) return;
  if (typeof expect !== 'object') throw invalid(`expects ${say(expect)}; allowed are: ${form.words.join(', ')}, { ${form.expect.join(', ')} }`);
  checkKeys(expect, form.expect, (what) => invalid(`has an expect ${what}`));
}

function checkKeys(value: unknown, allowed: readonly string[], invalid: (what: string) => PithError): void {
  if (typeof value !== 'object' || value === null) throw invalid(`that is ${describe(value)} and not an object`);
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw invalid(`with an unknown key ${JSON.stringify(unknown)}; allowed are: ${allowed.join(', ')}`);
}

function titleOf(call: unknown): string {
  const { name, text, input } = (typeof call === 'object' && call !== null ? call : { text: call }) as Record<string, unknown>;
  return name === undefined ? say(text) : `${say(name).slice(1, -1)} ${say(input ?? {})}`;
}
