import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelFacts } from '@pith/kernel';
import { createPlace, type Place } from '../../../test/support/pith.ts';
import { formatModels } from '../src/format-models.ts';
import { selectModels } from '../src/select-models.ts';

const unknown: ModelFacts = { provider: 'google', model: 'gemma', contextTokens: null, outputTokensMax: null, abilities: {}, prices: null, priceDate: null };
const big: ModelFacts = { ...unknown, provider: 'openai', model: 'big', contextTokens: 1_050_000, outputTokensMax: 8192, abilities: { tools: true }, priceDate: '2026-09-23', prices: { input: '2', output: '10', tiers: [{ aboveInputTokens: 272_000, input: '4', output: '15' }] } };
const own: ModelFacts = { ...unknown, provider: 'corp', model: 'own', prices: { input: '0.5', output: '1' } };
const embedding: ModelFacts = { ...unknown, provider: 'openai', model: 'embedding', prices: { input: '0.02', output: null }, priceDate: '2026-09-23' };

describe('the table of models', () => {
  it('says unknown where nothing is known, and whose price it is', () => {
    assert.equal(formatModels([own, unknown, big], 120), [
      'PROVIDER  MODEL  CONTEXT   OUTPUT  INPUT $/M  OUTPUT $/M  PRICE OF',
      'corp      own    unknown  unknown        0.5           1  your settings',
      'google    gemma  unknown  unknown    unknown     unknown  unknown',
      'openai    big      1.05M    8.19k        2–4       10–15  2026-09-23',
      '',
      'Dollars per million tokens; a range is the price of short and of long requests. Unknown is not free.',
    ].join('\n'));
  });

  it('is cut to a narrow screen, and shows no control characters', () => {
    const lines = formatModels([{ ...big, model: 'a\u001b[2Jb' }], 40).split('\n');

    assert.ok(lines.every((line) => line.length <= 40 && !line.includes('\u001b')), lines.join('\n'));
  });
});

describe('the choice of models', () => {
  const all = [big, embedding, own, unknown, { ...big, provider: 'openrouter' }];

  it('is those that call tools, of whoever makes models, and the person’s own', () => {
    assert.deepEqual(selectModels(all, {}), [big, own]);
  });

  it('is all that call tools of the provider that is named, by any of its names', () => {
    assert.deepEqual(selectModels(all, { provider: 'openrouter' }).length, 1);
    assert.deepEqual(selectModels(all, { provider: 'corp' }), [own]);
    assert.deepEqual(selectModels(all, { provider: 'gemini' }), []);
  });

  it('is everything with all', () => {
    assert.deepEqual(selectModels(all, { all: true }), all);
    assert.deepEqual(selectModels(all, { all: true, provider: 'openai' }), [big, embedding]);
  });

  it('is a mistake for a provider of whom nothing is known, with the nearest name', () => {
    assert.throws(() => selectModels(all, { provider: 'openay' }), { code: 'PRICING_PROVIDER_UNKNOWN', exitCode: 2, hint: 'Did you mean openai?' });
  });
});

describe('pith models', () => {
  let place: Place;
  before(async () => { place = await createPlace({ isWarm: true }); });
  after(() => place.remove());

  it('prints a table', async () => {
    const { code, stdout } = await place.pith(['models', '--provider', 'anthropic']);

    assert.equal(code, 0);
    assert.match(stdout, /^PROVIDER {3}MODEL .*\nanthropic {2}claude-/);
  });

  it('prints facts as JSON, prices as exact text', async () => {
    const { code, stdout } = await place.pith(['models', '--provider', 'openai', '--json']);

    const models = JSON.parse(stdout) as ModelFacts[];
    const found = models.find(({ model }) => model === 'gpt-5');
    assert.deepEqual([code, found?.prices, found?.contextTokens, found?.outputTokensMax, found?.priceDate], [0, { input: '1.25', output: '10', cacheRead: '0.125' }, 400_000, 128_000, '2026-09-23']);
  });

  it('shows the person’s own prices, and none out of a folder that is not trusted', async () => {
    const price = (input: string) => JSON.stringify({ plugins: { pricing: { prices: { [input === '7' ? 'corp/mine' : 'corp/theirs']: { input, output: 1 } } } } });
    await mkdir(join(place.env['PITH_HOME']!, 'config'), { recursive: true });
    await writeFile(join(place.env['PITH_HOME']!, 'config', 'settings.json'), price('7'));
    await place.write('.pith/settings.json', price('8'));

    const { stdout } = await place.pith(['models']);

    assert.match(stdout, /^corp +mine +unknown +unknown +7 +1 +your settings$/m);
    assert.doesNotMatch(stdout, /theirs/);
  });

  it('ends with 2 and the nearest name for a provider that is not known', async () => {
    const { code, stderr } = await place.pith(['models', '--provider', 'antropic']);

    assert.equal(code, 2);
    assert.match(stderr, /Did you mean anthropic\?/);
  });

  it('ends with 2 and the place of a mistake in the settings', async () => {
    await writeFile(join(place.env['PITH_HOME']!, 'config', 'settings.json'), '{ "plugins": { "pricing": { "prices": { "corp/mine": { "input": "cheap", "output": 1 } } } } }');

    const { code, stderr } = await place.pith(['models']);

    assert.equal(code, 2);
    assert.match(stderr, /plugins\.pricing\.prices\.corp\/mine\.input must be dollars per million tokens/);
  });

  it('says what to do where no model of a provider is known to call tools', async () => {
    await writeFile(join(place.env['PITH_HOME']!, 'config', 'settings.json'), '{}');

    const { code, stdout } = await place.pith(['models', '--provider', 'voyageai']);

    assert.deepEqual([code, stdout], [0, 'No model of voyageai is known to call tools. All that are known: pith models --provider voyageai --all\n']);
  });
});
