import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll, testModel } from '@pith/kernel/testing';
import { startTools, type Tools } from './start-tools.ts';

describe('todo', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const items = [{ text: 'look', status: 'done' }, { text: 'change', status: 'active' }, { text: 'test', status: 'open' }];

  it('keeps the list, shows it, and gives it to programs', async () => {
    const { text, details, changes } = await tools.call('todo', { items });

    assert.equal(text, '[x] look\n[>] change\n[ ] test\n[1 of 3 done]');
    assert.deepEqual(details, { items });
    assert.deepEqual(changes, []);
  });

  it('shows the list that it has when it is given none', async () => {
    assert.equal((await tools.call('todo', {})).text, '[the list is empty]');
    await tools.call('todo', { items });
    await tools.call('todo', { items: items.slice(1) });

    assert.equal((await tools.call('todo', {})).text, '[>] change\n[ ] test\n[0 of 2 done]');
  });

  it('empties the list', async () => {
    await tools.call('todo', { items });

    assert.equal((await tools.call('todo', { items: [] })).text, '[the list is empty]');
  });

  it('keeps one line a step, with control characters written out', async () => {
    assert.equal((await tools.call('todo', { items: [{ text: ' two\nlines \u001b[2J ', status: 'open' }] })).text, '[ ] two\\nlines \\x1b[2J\n[0 of 1 done]');
  });

  it('refuses what is no list of steps', async () => {
    for (const wrong of ['x', [{ text: '', status: 'open' }], [{ text: 'x', status: 'later' }], [{ text: 'x' }], [{ text: 'x'.repeat(501), status: 'open' }], Array.from({ length: 101 }, () => items[0])]) {
      assert.equal((await tools.call('todo', { items: wrong })).code, 'TOOL_INPUT_INVALID', JSON.stringify(wrong).slice(0, 60));
    }
  });

  it('shows the list of the conversation where that goes on in another process', async () => {
    const model = testModel([{ calls: [{ name: 'todo', input: {} }] }, 'done']);
    const history = [
      { role: 'user' as const, content: [{ type: 'text' as const, text: 'go' }] },
      { role: 'assistant' as const, content: [{ type: 'tool-call' as const, id: 'c1', name: 'todo', input: { items }, complete: true as const }] },
      { role: 'user' as const, content: [{ type: 'tool-result' as const, toolCallId: 'c1', content: [{ type: 'text' as const, text: 'shown' }] }] },
      { role: 'assistant' as const, content: [{ type: 'text' as const, text: 'begun' }] },
    ];
    const own = await startTools({ plugins: [allowAll, model.plugin], session: { history } });

    await own.session.runTurn({ text: 'on' });

    assert.deepEqual(own.events.flatMap((event) => (event.type === 'tool-end' ? [event.details] : [])), [{ items }]);
    await own.close();
  });

  it('gives an agent a list of its own, and each session, too', async () => {
    const agent = definePlugin({
      name: 'agent',
      tools: [{
        name: 'delegate', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'x' }],
        execute: async (_input, { turn }) => (await turn.runSubTurn({ name: 'x', text: 'go', tools: ['todo'] })).text,
      }],
    });
    const model = testModel([
      { calls: [{ name: 'todo', input: { items } }] }, { calls: [{ name: 'delegate' }] },
      { calls: [{ name: 'todo', input: {} }] }, 'agent is done',
      { calls: [{ name: 'todo', input: {} }] }, 'done',
    ]);
    const own = await startTools({ plugins: [allowAll, agent, model.plugin] });

    await own.session.runTurn({ text: 'go' });

    const shown = own.events.flatMap((event) => (event.type === 'tool-end' && event.tool === 'todo' ? event.content.map((block) => (block.type === 'text' ? block.text : '')) : []));
    assert.deepEqual(shown, ['[x] look\n[>] change\n[ ] test\n[1 of 3 done]', '[the list is empty]', '[x] look\n[>] change\n[ ] test\n[1 of 3 done]']);
    const other = own.kernel.openSession({ cwd: own.folder });
    assert.deepEqual((await other.callTool({ name: 'todo', input: {} })).content, [{ type: 'text', text: '[the list is empty]' }]);
    await own.close();
  });
});
