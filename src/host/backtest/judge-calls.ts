import { allow, ask, createKernel, definePlugin, deny, type ExecuteWrap, type Hooks, type KernelOptions, type Opinion, PithError, type PluginDefinition, type PrepareWrap, textResult, type ToolTapOptions, type TurnEvent } from '@pith/kernel';
import type { RecordedCall } from './recorded-calls.ts';

/** What would become of a call: `changed` ran with another input, `answered` was answered in the tool's place. */
export type Now = 'ran' | 'refused' | 'asked' | 'changed' | 'answered' | 'failed';

export interface JudgedCall {
  callId: string;
  tool: string;
  input: unknown;
  then: RecordedCall['then'];
  now: Now;
  /** It would not become of it what became of it then. */
  flipped: boolean;
  /** Who says so, and why. */
  reason: string;
  /** What the rule makes of the input, where it changes it. */
  changedTo?: unknown;
}

/** Further out than any tap, so that no execute tap and no tool runs. */
const OUTERMOST = -1_000_000;

/** Puts the calls of one session through the prepare and permission taps of a rule, beside what was decided then. No tool and no model runs. */
export async function judgeCalls(rule: PluginDefinition, calls: readonly RecordedCall[], options: Pick<KernelOptions, 'options' | 'knownPlugins' | 'paths'>): Promise<JudgedCall[]> {
  const at: { call: RecordedCall; input: unknown; asked: boolean } = { call: calls[0]!, input: undefined, asked: false };
  const kernel = await createKernel({ ...options, plugins: [...owners(calls, () => at.call), ...needed(rule, calls), asOfThen((input) => { at.input = input; return at.call; }), onlyJudging(rule)] });
  const judged: JudgedCall[] = [];
  try {
    const lost = kernel.plugins.find(({ state }) => state === 'failed');
    if (lost !== undefined) throw new PithError(lost.error!.message, { code: lost.error!.code, ...(lost.error!.hint === undefined ? {} : { hint: lost.error!.hint }) });
    for (const call of calls) {
      Object.assign(at, { call, input: undefined, asked: false });
      const events: TurnEvent[] = [];
      const session = kernel.openSession({
        cwd: call.cwd, roots: call.roots, history: call.messages, mode: call.mode === 'dontAsk' ? 'default' : call.mode, sink: (event) => { events.push(event); },
        // The person who was asked then answers again; whoever was not asked would have to be.
        asker: async () => { at.asked = call.answer === undefined; return call.answer ?? { verdict: 'deny', text: 'a person would be asked' }; },
      });
      await session.callTool({ id: call.callId, name: call.tool, input: call.input }, { origin: call.origin });
      await session.close();
      judged.push(toJudged(call, events, { ...at, rule: rule.name }));
    }
    return judged;
  } finally {
    await kernel.close();
  }
}

function toJudged(call: RecordedCall, events: readonly TurnEvent[], { asked, input, rule }: { asked: boolean; input: unknown; rule: string }): JudgedCall {
  const { callId, tool, then } = call;
  const decided = events.find((event) => event.type === 'permission-decided');
  const end = events.find((event) => event.type === 'tool-end');
  const changed = decided !== undefined && JSON.stringify(input) !== JSON.stringify(call.input);
  const own = decided?.opinions.filter(({ plugin }) => plugin === rule) ?? [];
  const failed = end?.error?.plugin === rule ? end.error.message : own.find(({ failed: isFailed }) => isFailed)?.reason;
  const now = failed !== undefined ? 'failed' : end?.answeredBy === rule ? 'answered' : asked ? wasAsked(call, own) : decided?.verdict !== 'allow' ? 'refused' : changed ? 'changed' : 'ran';
  const reason = failed ?? own.find(({ verdict }) => verdict === (now === 'refused' ? 'deny' : now === 'asked' ? 'ask' : 'allow'))?.reason ?? (now === 'changed' ? 'changed before it was judged' : now === 'answered' ? 'answered in the tool’s place' : call.reason);
  return { callId, tool, input: call.input, then, now, flipped: then === 'ran' ? now !== 'ran' : now === 'ran' || now === 'changed' || now === 'answered', reason, ...(changed ? { changedTo: input } : {}) };
}

/** What asked then and was refused since nobody could be asked is still that. */
function wasAsked({ then }: RecordedCall, own: readonly { verdict: string }[]): Now {
  return then === 'refused' && !own.some(({ verdict }) => verdict === 'ask') ? 'refused' : 'asked';
}

/** The tools as they were known then, each under its owner; none of them runs. */
function owners(calls: readonly RecordedCall[], current: () => RecordedCall): PluginDefinition[] {
  return [...Map.groupBy(calls, ({ owner }) => owner)].map(([name, own]) => definePlugin({
    name,
    tools: [...new Map(own.map((call) => [call.tool, call])).values()].map(({ tool, effect }) => ({
      name: tool, effect, description: '', inputSchema: {}, effectOf: () => current().effect, targets: () => current().targets.map((target) => ({ ...target })), execute: async () => textResult(''),
    })),
  }));
}

/** What was decided then stands beside the rule, and ends every call that would run. */
function asOfThen(take: (input: unknown) => RecordedCall): PluginDefinition {
  return definePlugin({
    name: 'as-of-then', capabilities: ['permission:allow'],
    setup({ hooks }) {
      hooks.permission.tap('as-of-then', ({ input }) => strictest(take(input)));
      hooks.tool.tap({ name: 'as-of-then', stage: OUTERMOST, answers: true }, () => async () => textResult(''));
    },
  });
}

function strictest({ opinions, reason }: RecordedCall): Opinion {
  const verdicts = new Set(opinions.map(({ verdict }) => verdict));
  return verdicts.has('deny') ? deny(reason) : verdicts.has('ask') || !verdicts.has('allow') ? ask(reason) : allow(reason);
}

/** Plugins that the rule cannot be without, as names only. */
function needed({ requires = [] }: PluginDefinition, calls: readonly RecordedCall[]): PluginDefinition[] {
  const there = new Set(calls.map(({ owner }) => owner));
  return requires.filter((name) => !there.has(name)).map((name) => definePlugin({ name }));
}

/** The rule with nothing but what judges: its other taps would do something. */
function onlyJudging(rule: PluginDefinition): PluginDefinition {
  const { name, after, before, requires, capabilities, options, services, setup } = rule;
  const nothing = { tap: () => undefined };
  const judging = (hooks: Hooks): Hooks => ({
    input: nothing, context: nothing, model: nothing, output: nothing, permission: hooks.permission,
    tool: { tap: (given: ToolTapOptions | string, wrap: PrepareWrap | ExecuteWrap) => { if (typeof given === 'object' && given.zone === 'prepare') hooks.tool.tap({ ...given, zone: 'prepare' }, wrap as PrepareWrap); } },
  });
  return {
    name, ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }), ...(requires === undefined ? {} : { requires }), ...(capabilities === undefined ? {} : { capabilities }),
    ...(options === undefined ? {} : { options }), ...(services === undefined ? {} : { services }), ...(setup === undefined ? {} : { setup: (context) => setup({ ...context, hooks: judging(context.hooks) }) }),
  };
}
