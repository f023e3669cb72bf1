import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

describe('the plugin sessions', () => {
  it('loads alone', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [sessions] });

    assert.deepEqual(kernel.plugins.map(({ name, state, guards }) => [name, state, guards]), [['sessions', 'active', false]]);
    await close();
  });

  it('keeps nothing with record false, and still gives what was kept', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], options: { sessions: { record: false } } });

    await session.runTurn({ text: 'hi' });

    assert.equal(existsSync(kernel.paths.data), false);
    assert.deepEqual(await (await kernel.service('sessions')).list(), []);
    await close();
  });

  for (const [options, complaint] of [
    [{ record: 'no' }, 'The options of plugin sessions do not fit: record: must be true or false; found "no"'],
    [{ recrod: true }, 'The options of plugin sessions do not fit: recrod: is not known; the options are record, keepDays, keepMegabytes'],
    [{ keepDays: 0, keepMegabytes: '1' }, 'The options of plugin sessions do not fit: keepDays: must be a whole number from 1 on; found 0; keepMegabytes: must be a whole number from 1 on; found "1"'],
    [[], 'The options of plugin sessions do not fit: must be an object; found an array'],
  ] as const) {
    it(`refuses the options ${JSON.stringify(options)}`, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [sessions], options: { sessions: options } });

      assert.deepEqual([kernel.plugins[0]?.error?.code, kernel.plugins[0]?.error?.message], ['CONFIG_INVALID', complaint]);
      await close();
    });
  }
});
