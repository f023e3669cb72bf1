import { PithError } from '../errors.ts';
import type { RecordedOpinion, Target, Verdict } from '../event.ts';
import type { ToolResult } from '../hooks.ts';
import { type Tested, toSource, type TrySetting } from './lone-tap.ts';
import { fold } from '../permission.ts';
import { importPlugin } from '../load/plugin-check.ts';
import { definePlugin, type PluginDefinition, type ToolContext, type ToolDeclaration, type ToolHead } from '../plugin.ts';
import { needEffect, standInTool } from './stand-in-tool.ts';
import type { ExampleCall } from '../tap-example.ts';
import { createTestKernel } from './test-kernel.ts';
import { testModel } from './test-model.ts';
import { textResult } from '../tool/tool-result.ts';

export type ToolAnswer = string | ToolResult | Error | ((input: unknown, context: ToolContext) => ToolAnswer | Promise<ToolAnswer>);

export interface RecordedTool { plugin: PluginDefinition; calls: { input: unknown; targets: readonly Target[] }[] }

/**
 * A tool whose answers are given and whose calls are kept: one answer after the other, then the last again.
 * @param head its name, or more of it. Its effect is `read` unless told
 */
export function recordedTool(head: string | (Pick<ToolHead, 'name'> & Partial<ToolHead> & { targets?: (input: unknown) => readonly Target[] }), answers: ToolAnswer | readonly ToolAnswer[] = 'done'): RecordedTool {
  const { targets, ...given } = typeof head === 'string' ? { name: head, targets: undefined } : head;
  const list = Array.isArray(answers) ? answers as readonly ToolAnswer[] : [answers as ToolAnswer];
  const calls: RecordedTool['calls'] = [];
  const tool: ToolDeclaration = {
    description: '', effect: 'read', inputSchema: {}, ...given,
    ...(targets === undefined ? {} : { targets: (input: unknown) => targets(input) }),
    execute: async (input: unknown, context) => {
      calls.push({ input, targets: context.targets });
      return give(list[Math.min(calls.length, list.length) - 1] ?? '', input, context);
    },
  };
  return { plugin: definePlugin({ name: `recorded-${given.name}`, tools: [tool] }), calls };
}

async function give(answer: ToolAnswer, input: unknown, context: ToolContext): Promise<ToolResult | string> {
  if (answer instanceof Error) throw answer;
  return typeof answer === 'function' ? give(await answer(input, context), input, context) : answer;
}

/** What permission makes of a call before a person would be asked. */
export interface Judgement { verdict: Verdict; by: string; reason: string; rule: string | null; opinions: readonly RecordedOpinion[] }

/**
 * Puts one call to the permission taps of these plugins, as a turn would, and folds their opinions. The tool is not run.
 * @throws PithError when a plugin that guards does not load, or the tool does not take the input
 */
export async function judge(plugins: readonly Tested[], call: ExampleCall, { options, env = {}, tools = [] }: Pick<TrySetting, 'env' | 'tools'> & { options?: Readonly<Record<string, unknown>> } = {}): Promise<Judgement> {
  const definitions = await Promise.all(plugins.map((plugin) => importPlugin(toSource(plugin)).catch(() => undefined))); // The kernel says what is wrong with one.
  const own = definitions.flatMap((definition) => definition?.tools ?? []).find(({ name }) => name === call.name);
  const known = own ?? tools.find(({ name }) => name === call.name);
  needEffect(call, known);
  const stand = definePlugin({ name: 'judged-tool', tools: own === undefined ? [standInTool(call, known, () => '')] : [] });
  const still = definePlugin({ name: 'judged-still', setup: ({ hooks }) => hooks.tool.tap({ name: 'still', stage: -1_000_000, answers: true }, () => async () => textResult('')) });
  const model = testModel([{ calls: [{ name: call.name, input: call.input ?? {} }] }]);
  const { session, events, close } = await createTestKernel({ plugins: [...plugins, stand, still, model.plugin], env, ...(options === undefined ? {} : { options }), session: call.mode === undefined ? {} : { mode: call.mode } });
  try {
    const { error } = await session.runTurn({ text: 'go', ...(call.origin === undefined ? {} : { origin: call.origin }) });
    const decided = events.find((event) => event.type === 'permission-decided');
    if (decided === undefined) {
      const failure = error ?? events.find((event) => event.type === 'tool-end')!.error!;
      throw new PithError(failure.message, failure);
    }
    const { verdict, by, reason, rule } = fold(decided.opinions);
    return { verdict, by, reason, rule, opinions: decided.opinions };
  } finally {
    await close();
  }
}
