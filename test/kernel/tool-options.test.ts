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
});
