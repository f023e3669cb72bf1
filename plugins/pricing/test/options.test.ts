import assert from 'node:assert/strict';
import { costMicroUsd } from '../src/prices.ts';
import { optionsSchema } from '../src/options.ts';

const parse = (value: unknown) => optionsSchema['~standard'].validate(value) as { value: { prices: Map<string, never> }; issues?: { message: string; path?: string[] }[] };

describe('the options of pricing', () => {
  it('take prices as text and as numbers, exactly', () => {
    const { value } = parse({ prices: { 'corp/big': { input: '0.1', output: 2.5, cacheRead: 0, cacheWrite: '0.125' }, 'openrouter/z-ai/glm-5.3': { input: 1, output: 1 } } });

    assert.equal(costMicroUsd(value.prices.get('corp/big')!, { input: 30_000_000, output: 1, cacheRead: 5, cacheWrite: 1 }), 3_000_003);
    assert.deepEqual([...value.prices.keys()], ['corp/big', 'openrouter/z-ai/glm-5.3']);
  });

  it('may be absent', () => assert.equal(parse({}).value.prices.size, 0));

  const mistakes: [unknown, RegExp][] = [
    [7, /^: must be an object; found 7/],
    [{ price: {} }, /^price: is not known; known is prices/],
    [{ prices: [] }, /^prices: must be an object of prices by "provider\/model"; found an array/],
    [{ prices: { 'gpt-5': { input: 1, output: 1 } } }, /^prices\.gpt-5: must be named as "provider\/model"/],
    [{ prices: { 'a/b': 3 } }, /^prices\.a\/b: must be \{ input, output, cacheRead, cacheWrite \}; found 3/],
    [{ prices: { 'a/b': { input: 1 } } }, /^prices\.a\/b\.output: must be dollars per million tokens, as "2\.5" or 2\.5; found nothing/],
    [{ prices: { 'a/b': { input: -1, output: 1 } } }, /^prices\.a\/b\.input: .*found -1/],
    [{ prices: { 'a/b': { input: '$3', output: 1 } } }, /^prices\.a\/b\.input: .*found "\$3"/],
    [{ prices: { 'a/b': { input: 1, output: 1, cache: 1 } } }, /^prices\.a\/b\.cache: is not known; known are input, output, cacheRead, cacheWrite/],
  ];
  for (const [value, expected] of mistakes) {
    it(`name the mistake in ${JSON.stringify(value)}`, () => {
      const [issue] = parse(value).issues!;

      assert.match(`${(issue!.path ?? []).join('.')}: ${issue!.message}`, expected);
    });
  }
});
