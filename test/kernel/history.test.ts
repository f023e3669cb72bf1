import assert from 'node:assert/strict';
import { definePlugin, EXIT } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

describe('the history of a session', () => {
  it('keeps a whole reply that an interrupt follows at once, with a result for each of its calls', async () => {
    const stop = new AbortController();
    const model = testModel([{ text: 'I will look.', calls: [{ id: 'c', name: 'look' }] }]);
    const { session, close } = await createTestKernel({
      plugins: [model.plugin, allowAll],
      session: { sink: (event) => { if (event.type === 'model-end') stop.abort(new Error('enough')); } },
    });

    await session.runTurn({ text: 'go' }, { signal: stop.signal });

    assert.deepEqual(session.messages.slice(1), [
      { role: 'assistant', id: 'reply-1', content: [{ type: 'text', text: 'I will look.' }, { type: 'tool-call', id: 'c', name: 'look', input: {}, complete: true }] },
      { role: 'user', content: [{ type: 'tool-result', toolCallId: 'c', content: [{ type: 'text', text: 'The turn ended before this call had a result.' }], isError: true }] },
    ]);
    await close();
  });

  it('is told which call of a reply ended, also where ids are the same', async () => {
    const model = testModel([{ calls: [{ id: 'same', name: 'gone' }, { id: 'same', name: 'gone' }] }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll] });

    await session.runTurn({ text: 'go' });
    await session.callTool({ name: 'gone', input: {} });

    assert.deepEqual(events.flatMap((event) => (event.type === 'tool-end' ? [event.index] : [])), [0, 1, undefined]);
    await close();
  });

  it('is counted when the session starts, so that a journal can tell whether it is the one it holds', async () => {
    const { session, events, close } = await createTestKernel({
      plugins: [testModel().plugin, allowAll], session: { history: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
    });

    await session.runTurn({ text: 'again' });

    assert.deepEqual(events.flatMap((event) => (event.type === 'session-start' ? [[event.resumed, event.history]] : [])), [[true, 1]]);
    await close();
  });

  it('ends with the exit code of the configuration where a guard’s options are wrong', async () => {
    const guard = definePlugin({
      name: 'guard', required: true,
      options: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no', path: ['deny', 0] }] }) } },
    });
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, guard] });

    await assert.rejects(session.runTurn({ text: 'go' }), { code: 'GUARD_MISSING', exitCode: EXIT.usage, message: /The options of plugin guard do not fit: deny\[0\]: no/ });
    await close();
  });
});
