import { setTimeout as wait } from 'node:timers/promises';
import { allow, ask, type Asker, definePlugin, deny, type ModelEvent, type ModelRequest, PithError, type PluginDefinition, type RecordedSitting, type Reply, type Outside, STAGE, type ToolContext, type ToolDeclaration, type ToolResult, toText, type TurnEvent } from '@pith/kernel';

/** What is counted of the world outside while a session runs. */
export interface Reached { models: number; tools: number; values: number; asked: number }

export const nothingReached = (): Reached => ({ models: 0, tools: 0, values: 0, asked: 0 });

/** Waits of a few milliseconds by chance, so that what runs side by side ends in another order every time. */
const later = (): Promise<void> => wait(Math.random() * 4);

type Execute = (input: Record<string, unknown>, context: ToolContext) => Promise<ToolResult | string>;
type Call = { name: string; input: Record<string, unknown> };
const call = (name: string, input: Record<string, unknown> = {}): Call => ({ name, input });
const many = (count: number, make: (index: number) => Call): Call[] => Array.from({ length: count }, (_, index) => make(index));

/** What the model asks for, step by step: 50 calls in all, those of agents included. */
const STEPS: readonly (readonly Call[])[] = [
  many(13, (index) => call('look', { at: index })),
  [call('change', { file: 'a' }), call('change', { file: 'b' }), call('change', { file: 'forbidden' })],
  [call('change', { file: 'doubtful' }), call('change', { file: 'refused-by-person' }), call('fail', {})],
  many(3, (index) => call('agent', { number: index })),
  many(8, (index) => call('look', { at: `again-${index}` })),
  [call('nested', {}), call('change', { file: 'c' }), call('unknown-tool', {})],
];
/** Of each of the three agents. */
const AGENT_STEPS: readonly (readonly Call[])[] = [many(3, (index) => call('look', { at: `agent-${index}` })), [call('change', { file: 'agent' })]];

/**
 * Everything that makes a session hard to play again: reads side by side, writes, refusals, a person’s answers, agents side
 * by side, an error that is tried again, a stream that breaks off, and taps that use clock, ids, chance and the world outside.
 */
export function hardPlugins(reached: Reached): PluginDefinition[] {
  let failures = 0;
  const model = definePlugin({
    name: 'chancy-model',
    providers: [{
      name: 'chancy', models: ['m'],
      load: async () => ({
        async *stream(request: ModelRequest, turn): AsyncIterable<ModelEvent> {
          reached.models++;
          await later();
          if (request.purpose === 'judge') return yield* reply(request, 'fine', []);
          const text = toText(request.messages.findLast(({ role, content }) => role === 'user' && content[0]?.type === 'text')!.content);
          const steps = text.startsWith('agent') ? AGENT_STEPS : STEPS;
          const step = request.messages.length - 1 - request.messages.findLastIndex(({ role, content }) => role === 'user' && content[0]?.type === 'text') >> 1;
          if (text === 'break off') {
            yield { type: 'start', id: 'r', model: 'm' };
            yield { type: 'text-delta', index: 0, text: 'half of a ' };
            return;
          }
          if (step === 1 && !text.startsWith('agent') && failures++ === 0) {
            turn.emit({ type: 'notice', level: 'info', text: 'the provider is busy' });
            throw new PithError('overloaded', { code: 'PROVIDER_FAILED', origin: 'provider' });
          }
          yield* reply(request, `step ${step} of ${text}`, step < steps.length ? steps[step]! : []);
        },
      }),
    }],
  });
  const tool = (name: string, effect: 'read' | 'write', execute: Execute): ToolDeclaration => ({
    name, effect, description: name, inputSchema: { type: 'object' }, targets: (input: { file?: string }) => [{ family: 'Edit', path: `/x/${input.file ?? name}` }], execute: (input: Record<string, unknown>, context: ToolContext) => { reached.tools++; return execute(input, context); },
  });
  const tools = definePlugin({
    name: 'chancy-tools',
    tools: [
      tool('look', 'read', async ({ at }, context) => {
        await later();
        context.progress(`looking at ${String(at)}`);
        await later();
        return `${String(at)} is there, ${Math.random()}`;
      }),
      tool('change', 'write', async ({ file }, { turn }) => {
        turn.emit({ type: 'plugin-event', name: 'changed', data: { file, chance: Math.random() } });
        return { content: [{ type: 'text', text: 'changed' }], changes: [{ path: String(file), kind: 'update' as const }], details: { at: process.hrtime.bigint().toString() } };
      }),
      tool('fail', 'read', async () => { throw new Error(`it broke at ${performance.now()}`); }),
      tool('nested', 'read', async (_, { turn }) => {
        const { text } = await turn.runSubTurn({ name: 'helper', text: 'agent of a tool' });
        const judged = await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'judge' }] }] }, { purpose: 'judge' });
        const { status } = await turn.callTool({ name: 'change', input: { file: 'forbidden' } });
        return `${text}; ${toText(judged.blocks)}; ${status}`;
      }),
      {
        name: 'agent', effect: 'agent', description: 'agent', inputSchema: { type: 'object' }, targets: () => [{ family: 'Agent', name: 'agent' }],
        execute: async ({ number }: { number: number }, { turn }) => (await turn.runSubTurn({ name: `agent-${number}`, text: `agent ${number}` })).text,
      },
    ],
  });
  const rules = definePlugin({
    name: 'rules', capabilities: ['permission:allow'],
    setup({ hooks }) {
      hooks.permission.tap('rules', async (prepared, turn) => {
        await later();
        const path = prepared.targets[0]?.path ?? '';
        if (path.endsWith('forbidden')) return deny('forbidden', { rule: 'Edit(forbidden)' });
        if (prepared.name === 'look' && (prepared.input as { at: unknown }).at === 3) await turn.callModel({ messages: [{ role: 'user', content: [{ type: 'text', text: 'judge' }] }] }, { purpose: 'judge' });
        return /doubtful|refused/.test(path) ? ask('who knows') : allow('test');
      });
    },
  });
  const taps = definePlugin({
    name: 'taps',
    setup({ hooks }) {
      hooks.context.tap('stamp', async (request, turn) => {
        const branch = await turn.recorded('branch', async () => { reached.values++; await later(); return `branch-${Math.random()}`; });
        return { ...request, system: [{ id: 'stamp', owner: 'taps', stability: 'volatile', text: `${branch} ${turn.now()} ${turn.newId()} ${turn.random()}` }] };
      });
      hooks.model.tap({ name: 'again', stage: STAGE.resilience }, (next) => async function* (request, turn) {
        try {
          yield* next(request, turn);
        } catch (error) {
          if ((error as PithError).origin !== 'provider') throw error;
          turn.emit({ type: 'retry', attempt: 1, waitMs: 1, reason: 'overloaded' });
          await turn.sleep(1);
          yield* next(request, turn);
        }
      });
      hooks.tool.tap({ name: 'count' }, (next) => async (prepared, turn) => {
        const result = await next(prepared, turn);
        turn.emit({ type: 'plugin-event', name: 'ran', data: { tool: prepared.name, atMs: turn.now() } });
        return { ...result, content: [...result.content, { type: 'text', text: turn.newId() }] };
      });
    },
  });
  return [model, tools, rules, taps];
}

/** The turns of the session: one long, and one whose stream breaks off. */
export const INPUTS = ['do it all', 'break off'] as const;

export function hardAsker(reached: Reached): Asker {
  return async (question) => {
    reached.asked++;
    await later();
    return question.body.includes('refused') ? { verdict: 'deny', text: 'rather not' } : { verdict: 'allow', scope: 'once' };
  };
}

/** Keeps a sitting as it would be kept on disk. */
export function tapeRecorder(): { plugin: PluginDefinition; sitting: () => RecordedSitting } {
  const events: TurnEvent[] = [];
  const outside: Outside[] = [];
  const plugin = definePlugin({
    name: 'tape',
    setup({ hooks }) {
      hooks.output.tap({ name: 'tape', durable: true, records: true }, (event, came) => { events.push(event); outside.push(...came); });
    },
  });
  return { plugin, sitting: () => JSON.parse(JSON.stringify({ events, outside })) as RecordedSitting };
}

async function* reply(request: ModelRequest, text: string, calls: readonly Call[]): AsyncIterable<ModelEvent> {
  const at = request.messages.length;
  yield { type: 'start', id: `reply-${at}`, model: 'm' };
  for (const part of text.split(/(?<= )/)) {
    await later();
    yield { type: 'text-delta', index: 0, text: part };
  }
  const blocks: Reply['blocks'] = [{ type: 'text', text }, ...calls.map(({ name, input }, index) => ({ type: 'tool-call' as const, id: `call-${at}-${index}`, name, input, complete: true as const }))];
  for (const [index, block] of blocks.entries()) yield { type: 'block', index, block };
  const usage = { input: 10 + at, output: 5 };
  yield { type: 'end', reply: { status: 'complete', id: `reply-${at}`, model: 'm', stop: calls.length > 0 ? 'tool-calls' : 'end', blocks, usage }, usage, costMicroUsd: 7 };
}
