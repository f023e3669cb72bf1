import assert from 'node:assert/strict';
import { createTestKernel } from '@pith/kernel/testing';
import compaction from '../src/index.ts';
import { optionsSchema } from '../src/options.ts';

describe('the plugin compaction', () => {
  it('loads alone', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [compaction] });

    assert.deepEqual(kernel.plugins.map(({ name, state }) => [name, state]), [['compaction', 'active']]);
    await close();
  });

  it('takes a threshold alone, and aims lower by itself', () => {
    const made = optionsSchema['~standard'].validate({ threshold: 0.4 });

    assert.ok(!(made instanceof Promise) && made.issues === undefined);
    assert.deepEqual([made.value.threshold, made.value.target], [0.4, 0.26]);
  });

  const WRONG: Record<string, { given: unknown; says: RegExp }> = {
    'an option that is not known': { given: { treshold: 0.5 }, says: /treshold: is not known; the options are windowTokens, threshold, target/ },
    'a threshold in per cent': { given: { threshold: 70 }, says: /threshold: must be a number from 0\.2 to 0\.95, a share of the window; found 70/ },
    'a target above the threshold': { given: { threshold: 0.4, target: 0.5 }, says: /target: must be below the threshold, which is 0\.4; found 0\.5/ },
    'a window of words': { given: { windowTokens: '32k' }, says: /windowTokens: must be a whole number from 2000 to 100000000; found/ },
    'a model without a name': { given: { summaryModel: ' ' }, says: /summaryModel: must be the name of a model; found/ },
    'no options at all': { given: [], says: /must be an object; found/ },
  };
  for (const [what, { given, says }] of Object.entries(WRONG)) {
    it(`says what is wrong with its options: ${what}`, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [compaction], options: { compaction: given as Record<string, unknown> } });

      assert.match(kernel.plugins[0]!.error?.message ?? '', says);
      await close();
    });
  }
});
