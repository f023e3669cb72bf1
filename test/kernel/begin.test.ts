import assert from 'node:assert/strict';
import { definePlugin } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

/** A source that never lists anything, until its signal fires. */
const slow = definePlugin({
  name: 'slow',
  toolSources: [{ name: 'slow', list: (signal) => new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }); }) }],
});
const look = definePlugin({ name: 'look', tools: [{ name: 'look', description: 'Looks.', effect: 'read', inputSchema: {}, execute: async () => 'seen' }] });

describe('an abort while the tools of a turn are listed', () => {
  it('gives a call from outside the outcome of an interrupted one', async () => {
    const { session, close } = await createTestKernel({ plugins: [slow, look, allowAll] });
    const abort = new AbortController();
    const called = session.callTool({ name: 'look', input: {} }, { signal: abort.signal });

    abort.abort(new Error('enough'));

    assert.equal((await called).status, 'interrupted');
    await close();
  });

  it('ends a turn as interrupted, with its one turn-end', async () => {
    const { session, events, close } = await createTestKernel({ plugins: [slow, testModel().plugin] });
    const abort = new AbortController();
    const turn = session.runTurn({ text: 'hi' }, { signal: abort.signal });

    abort.abort(new Error('enough'));

    assert.equal((await turn).status, 'interrupted');
    assert.equal(events.filter(({ type }) => type === 'turn-end').length, 1);
    await close();
  });
});
