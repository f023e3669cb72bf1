import assert from 'node:assert/strict';
import { setImmediate as nextRound } from 'node:timers/promises';
import { type Arbitrary, array, assert as check, asyncProperty, constantFrom, integer, oneof, option, record, string } from 'fast-check';
import { allow, type Block, definePlugin, deny, type Message, type ModelEvent, PithError, type Reply, type Session, type ToolCallBlock, type ToolContext } from '@pith/kernel';
import { createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

const TOOLS = ['look', 'change', 'secret', 'fail', 'odd', 'agent', 'stop', 'inner', 'aside', 'nowhere'] as const;

interface Plan {
  kind: 'says' | 'says' | 'throws' | 'breaks-off' | 'ends-in-error' | 'too-long' | 'says-nothing';
  text: string;
  calls: { tool: (typeof TOOLS)[number]; whole: boolean; same: boolean }[];
  vendor: boolean;
}

const plan: Arbitrary<Plan> = record({
  kind: constantFrom<Plan['kind']>('says', 'says', 'says', 'says', 'says', 'throws', 'breaks-off', 'ends-in-error', 'too-long', 'says-nothing'),
  text: string({ unit: 'binary', maxLength: 12 }),
  calls: array(record({ tool: constantFrom(...TOOLS), whole: constantFrom(true, true, true, false), same: constantFrom(false, false, false, true) }), { maxLength: 4 }),
  vendor: constantFrom(true, false),
});

interface TurnPlan { text: string; maxSteps: number; stopAt: 'model-end' | 'tool-start' | 'tool-end' | null; image: boolean }

const turn: Arbitrary<TurnPlan> = record({
  text: oneof(string({ unit: 'binary', minLength: 1, maxLength: 12 }), constantFrom('/help')), maxSteps: integer({ min: 1, max: 6 }),
  stopAt: option(constantFrom('model-end', 'tool-start', 'tool-end'), { freq: 4 }), image: constantFrom(true, false),
});

/** What the model is to say, as a reply of the provider, broken in the way of the plan. */
function toStep({ kind, text, calls, vendor }: Plan, number: number): ScriptStep {
  if (kind === 'throws') return new Error('the line went dead');
  if (kind === 'too-long') return new PithError('too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider' });
  if (kind === 'says-nothing') return { blocks: [] };
  const blocks: Block[] = [
    ...(vendor ? [{ type: 'thinking' as const, text, signature: 's' }, { type: 'unknown' as const, rawType: 'x', raw: { a: [1, null] }, vendor: { provider: 'test', raw: '\u2028' } }] : []),
    { type: 'text', text },
    ...calls.map(({ tool, whole, same }, index): ToolCallBlock => {
      const call = { type: 'tool-call' as const, id: same ? 'again' : `c${number}-${index}`, name: tool };
      return whole ? { ...call, input: { text, index }, complete: true } : { ...call, input: undefined, complete: false, raw: '{"te' };
    }),
  ];
  if (kind === 'says') return { blocks };
  return () => broken(kind, blocks);
}

async function* broken(kind: Plan['kind'], blocks: readonly Block[]): AsyncIterable<ModelEvent> {
  yield { type: 'start', id: null, model: null };
  for (const [index, block] of blocks.entries()) yield { type: 'block', index, block };
  yield { type: 'text-delta', index: blocks.length, text: 'half' };
  if (kind === 'breaks-off') return;
  const reply: Reply = { status: 'error', id: 'r', model: 'm', stop: null, error: { type: 'overloaded', message: 'too much' }, blocks, usage: null };
  yield { type: 'end', reply };
}

const tool = (name: string, effect: 'read' | 'write' | 'agent', execute: (input: { text: string; index: number }, context: ToolContext) => Promise<string | { content: { type: 'text'; text: string }[]; isError?: boolean; details?: unknown }>) =>
  ({ name, effect, description: name, inputSchema: { type: 'object' }, targets: () => [{ family: name }], execute });

/** How often the history was cut. */
let forgotten = 0;

function makeTools(interrupt: () => void) {
  return definePlugin({
    name: 'tools', capabilities: ['permission:allow'],
    tools: [
      // The later of two calls ends first, so results do not arrive in the order of the calls.
      tool('look', 'read', async ({ text, index }) => { for (let round = index; round < 4; round++) await nextRound(); return `saw ${text}`; }),
      tool('change', 'write', async () => ({ content: [{ type: 'text', text: 'changed' }], details: { big: 1n } })),
      tool('secret', 'read', async () => 'never'),
      tool('fail', 'read', async () => { throw new Error('no such thing'); }),
      tool('odd', 'read', async () => ({ content: [{ type: 'text', text: '\ud800\u0000\u2029"\\' }], isError: true })),
      tool('agent', 'agent', async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'help', maxSteps: 2 })).text),
      tool('stop', 'read', async (_, { signal }) => { interrupt(); signal.throwIfAborted(); return 'went on'; }),
      tool('inner', 'read', async (_, { turn }) => (await turn.callTool({ name: 'look', input: { text: 'inside', index: 0 } })).status),
      tool('aside', 'read', async (_, { turn }) => (await turn.callModel({ messages: [] }, { purpose: 'aside' })).status),
    ],
    setup({ hooks }) {
      hooks.permission.tap('all', ({ name }) => (name === 'secret' ? deny('it is secret') : allow('test')));
      hooks.context.tap('forget', async (request, turn) => {
        if (turn.step % 2 !== 0 || turn.parentRunId !== undefined) return undefined;
        const turns = request.messages.flatMap(({ role, content }, index) => (role === 'user' && content.every(({ type }) => type !== 'tool-result') ? [index] : []));
        const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: `${turns.length} turns` }] }, ...request.messages.slice(turns.at(-2) ?? 0)];
        await turn.setHistory(messages, { reason: 'test' });
        forgotten++;
        return { ...request, messages };
      });
      hooks.input.tap('slash', (input) => (input.text === '/help' ? { ...input, handled: { reply: 'Help yourself.' } } : undefined));
    },
  });
}

async function runTurns(session: Session, turns: readonly TurnPlan[], stop: { now: AbortController }): Promise<void> {
  for (const { text, maxSteps, stopAt, image } of turns) {
    stop.now = new AbortController();
    session.sink = (event) => { if (event.type === stopAt) stop.now.abort(new PithError('stopped', { code: 'INTERRUPTED' })); };
    await session.runTurn({ text, ...(image ? { attachments: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } }] } : {}) }, { signal: stop.now.signal, maxSteps });
  }
}

describe('the history of a kept session', () => {
  it('comes back exactly as the kernel had it, whatever happened in its turns', async function () {
    this.timeout(120_000);
    let calls = 0;
    await check(asyncProperty(array(plan, { minLength: 4, maxLength: 24 }), array(turn, { minLength: 1, maxLength: 5 }), array(turn, { minLength: 1, maxLength: 3 }), async (plans, turns, more) => {
      const stop = { now: new AbortController() };
      const model = testModel(plans.map(toStep));
      const { kernel, session, folder, close } = await createTestKernel({ plugins: [sessions, model.plugin, makeTools(() => stop.now.abort(new PithError('stopped', { code: 'INTERRUPTED' })))] });
      const store = await kernel.service('sessions');
      const inMemory = (): string => JSON.stringify(session.messages);
      try {
        await runTurns(session, turns, stop);
        const loaded = await store.load(session.id);
        assert.equal(JSON.stringify(loaded.messages), inMemory());
        assert.deepEqual(loaded.repairs, []);
        assertPaired(loaded.messages);
        calls += session.messages.flatMap(({ content }) => content).filter(({ type }) => type === 'tool-result').length;

        await session.close();
        const resumed = kernel.openSession({ id: session.id, cwd: folder, history: loaded.messages });
        await runTurns(resumed, more, stop);
        const again = await store.load(session.id);
        assert.equal(JSON.stringify(again.messages), JSON.stringify(resumed.messages));
        assert.equal(again.turns, [...turns, ...more].filter(({ text }) => text !== '/help').length);
      } finally {
        await close();
      }
    }), { numRuns: 150, seed: 11 });
    assert.ok(forgotten > 30, `the history was cut ${forgotten} times only`);
    assert.ok(calls > 150, `only ${calls} calls were made`);
  });
});

/** Every call is answered in the message after it, in order, and nothing else is. */
function assertPaired(messages: readonly Message[]): void {
  for (const [index, { role, content }] of messages.entries()) {
    const calls = content.flatMap((block) => (block.type === 'tool-call' ? [block.id] : []));
    const results = (messages[index + 1]?.content ?? []).flatMap((block) => (block.type === 'tool-result' ? [block.toolCallId] : []));
    if (role === 'assistant') assert.deepEqual(results, calls);
  }
}
