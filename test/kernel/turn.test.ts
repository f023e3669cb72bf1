import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const echo = definePlugin({
  name: 'echo',
  tools: [{ name: 'echo', description: 'Says it again.', effect: 'read', inputSchema: { type: 'object' }, execute: async (input: { text: string }) => `echo: ${input.text}` }],
});

describe('a turn', () => {
  it('runs the tools that the model asks for and gives it their results', async () => {
    const model = testModel([{ calls: [{ name: 'echo', input: { text: 'hi' } }] }, 'it said hi']);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll] });

    const result = await session.runTurn({ text: 'say hi' });

    assert.equal(result.status, 'done');
    assert.equal(result.text, 'it said hi');
    assert.equal(result.steps, 2);
    assert.deepEqual(model.requests[1]?.messages.at(-1)?.content, [{ type: 'tool-result', toolCallId: 'call-1-0', content: [{ type: 'text', text: 'echo: hi' }] }]);
    assert.deepEqual(events.map(({ type }) => type), [
      'session-start', 'turn-start', 'input-accepted', 'context-ready', 'model-start', 'model-end', 'tool-call', 'permission-decided', 'tool-start', 'tool-end',
      'context-ready', 'model-start', 'text-delta', 'model-end', 'turn-end',
    ]);
    await close();
  });
});
