import assert from 'node:assert/strict';
import { definePlugin, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { describeBreak, type ToolStart } from '../src/describe-break.ts';
import { RECORDED } from '../src/format.ts';
import { rebuild } from '../src/rebuild.ts';

const start = (tool: string, effect: ToolStart['effect'], command?: string): ToolStart => ({
  type: 'tool-start', seq: 1, atMs: 0, sessionId: 's', turnId: 't', runId: 't', callId: tool, tool, effect, owner: 'tools', input: {}, targets: command === undefined ? [] : [{ family: 'Bash', command }],
});

describe('what is said of a turn that broke off', () => {
  it('names the calls that ran, and says that nobody knows what became of them', () => {
    assert.deepEqual(describeBreak({ running: [start('bash', 'exec', 'make\n  install')], notRun: 2 }), [
      'The last turn broke off while bash (make install) ran: what it was to do may or may not have happened, and is not done again by itself.', '2 calls after that were not run.',
    ]);
    assert.deepEqual(describeBreak({ running: [start('agent', 'agent'), start('bash', 'exec', 'x'.repeat(200))], notRun: 0 }), [
      `The last turn broke off while agent and bash (${'x'.repeat(79)}…) ran: what they were to do may or may not have happened, and is not done again by itself.`,
    ]);
  });

  it('is short where nothing can have happened', () => {
    assert.deepEqual(describeBreak({ running: [start('read', 'read')], notRun: 1 }), ['The last turn broke off while read ran.', 'A call after that was not run.']);
    assert.deepEqual(describeBreak({ running: [], notRun: 0 }), ['The last turn broke off before its end.']);
  });

  it('names the call of a sub-turn beside the one that had started it', async () => {
    const tools = definePlugin({
      name: 'tools',
      tools: [
        { name: 'build', effect: 'exec', description: '', inputSchema: {}, targets: () => [{ family: 'Bash', command: 'make' }], execute: async () => 'built' },
        { name: 'agent', effect: 'agent', description: '', inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'help' })).text },
      ],
    });
    const { session, events, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'agent' }] }, { calls: [{ name: 'build' }] }, 'helped', 'done']).plugin, tools, allowAll] });
    await session.runTurn({ text: 'go' });
    await close();
    const kept = events.filter(({ type }) => RECORDED.has(type));
    const upTo = (fits: (event: TurnEvent) => boolean): string[] => rebuild(kept.slice(0, kept.findIndex(fits) + 1)).repairs;

    assert.deepEqual(upTo((event) => event.type === 'tool-start' && event.tool === 'build'), ['The last turn broke off while agent and build (make) ran: what they were to do may or may not have happened, and is not done again by itself.']);
    assert.deepEqual(upTo((event) => event.type === 'tool-end' && event.tool === 'build'), ['The last turn broke off while agent ran: what it was to do may or may not have happened, and is not done again by itself.']);
    assert.deepEqual(upTo(({ type }) => type === 'turn-end'), []);
  });
});
