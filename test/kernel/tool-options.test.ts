import assert from 'node:assert/strict';
import { definePlugin, type ToolDeclaration } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';

const search: ToolDeclaration = { name: 'search', description: '', effect: 'read', inputSchema: {}, execute: async () => 'found' };

/** Brings its tool only where its option says so. */
const optional = definePlugin({
  name: 'optional',
  toolSources: [{ name: 'search', list: async (_signal, { options }) => ((options as { search?: boolean }).search === true ? [search] : []) }],
});

describe('ToolSource.list', () => {
  it('gets the options of its plugin, each kernel its own', async () => {
    const offered: string[][] = [];
    for (const options of [{}, { optional: { search: true } }]) {
      const { session, close } = await createTestKernel({ plugins: [optional], options });
      const { code } = await session.callTool({ name: 'search', input: {} });
      offered.push([code ?? 'called']);
      await close();
    }

    assert.deepEqual(offered, [['TOOL_UNKNOWN'], ['TOOL_REFUSED']]);
  });

  it('does not turn the outcome of a call that is cancelled meanwhile into an error', async () => {
    const controller = new AbortController();
    const slow = definePlugin({
      name: 'slow',
      toolSources: [{ name: 'slow', list: () => new Promise((resolve) => { controller.abort(new Error('enough')); setImmediate(() => resolve([search])); }) }],
    });
    const { session, events, close } = await createTestKernel({ plugins: [slow] });

    const { status, reason } = await session.callTool({ name: 'search', input: {} }, { signal: controller.signal });

    assert.equal(status, 'interrupted');
    assert.equal(reason, 'enough');
    assert.deepEqual(events.filter(({ type }) => type.startsWith('tool-')).map(({ type }) => type), ['tool-call', 'tool-end']);
    await close();
  });
});
