import assert from 'node:assert/strict';
import type { ModelFacts, Pricing } from '@pith/kernel';
import { limitsOf } from '../src/limits.ts';
import { optionsSchema } from '../src/options.ts';

const MODEL = { provider: 'test', model: 'model' };

function given(options: object) {
  const checked = optionsSchema['~standard'].validate(options);
  assert.ok('value' in checked);
  return checked.value;
}

const knows = (contextTokens: number | null) => async (): Promise<Pricing> => ({ costMicroUsd: () => null, findModel: async () => ({ contextTokens }) as ModelFacts });

describe('when room is made', () => {
  for (const [what, options, findPricing, limits] of [
    ['goes by the model list', {}, knows(32_000), { windowTokens: 32_000, isKnown: true, thresholdTokens: 22_400 }],
    ['goes by the options before the model list', { windowTokens: 10_000, threshold: 0.5 }, knows(32_000), { windowTokens: 10_000, isKnown: true, thresholdTokens: 5000 }],
    ['goes by a usual window where the list does not know the model', {}, knows(null), { windowTokens: 200_000, isKnown: false, thresholdTokens: 140_000 }],
    ['goes by a usual window where nobody has a list', {}, () => Promise.reject(new Error('not installed')), { windowTokens: 200_000, isKnown: false, thresholdTokens: 140_000 }],
  ] as const) {
    it(what, async () => {
      assert.deepEqual(await limitsOf(MODEL, { options: given(options), findPricing }), limits);
    });
  }
});
