import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { calcPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { makePriceFile } from '../scripts/price-file.ts';
import { Catalogue } from '../src/catalogue.ts';
import { findRow, toProviderId } from '../src/match.ts';
import * as models from '../src/model-data.ts';
import * as prices from '../src/price-data.ts';
import { cellsAt, costMicroUsd, hasPrice, toPrices } from '../src/prices.ts';
import type { ModelRows, PriceRows } from '../src/rows.ts';

const rows = JSON.parse(prices.ROWS) as PriceRows;
const listed = JSON.parse(models.ROWS) as ModelRows;

describe('the price list', () => {
  let providers: readonly Provider[];
  before(async () => { providers = (await waitForUpdate())!; });

  it('is what the installed package says; after an update of it run: npm run prices -w @pith/plugin-pricing -- DATE', async () => {
    assert.equal(await readFile(new URL('../src/price-data.ts', import.meta.url), 'utf8'), await makePriceFile(prices.SOURCE.date));
  });

  it('finds the model that the package finds, for every name, with a date, in capitals and with an ending', () => {
    for (const { id: provider, models: known } of providers) {
      for (const name of known.flatMap(({ id }) => [id, `${id}-2025-08-07`, `${id}-20250807`, id.toUpperCase(), `${id}:free`, `${id}-latest`, id.slice(0, -1)])) {
        const found = calcPrice({}, name, { providerId: provider });
        assert.equal(findRow(rows, provider, name)?.[0], found?.model.id, `${provider}/${name}`);
      }
    }
  });

  it('finds the models of other providers where the package does', () => {
    for (const [provider, name] of [['azure', 'gpt-5-2025-08-07'], ['azure', 'claude-opus-4-5'], ['google', 'claude-sonnet-4-5@20250929'], ['azure', 'no-such-model']] as const) {
      assert.equal(findRow(rows, provider, name)?.[0], calcPrice({}, name, { providerId: provider })?.model.id, name);
    }
  });

  it('comes to what the package reckons in floating point, for every model, short and long, whatever the day and hour', () => {
    let compared = 0;
    for (const timestamp of ['2025-01-01T00:00:00Z', '2026-08-17T02:30:00Z', '2026-11-21T07:00:00Z', '2026-11-21T20:00:00Z', '2027-06-01T12:00:00Z'].map((text) => new Date(text))) {
      for (const { id: provider, models: known } of providers) {
        for (const { id } of known) {
          const row = findRow(rows, provider, id);
          const found = row && toPrices(cellsAt(row[3], timestamp.getTime()));
          if (found?.input === undefined || found.output === undefined) continue;
          for (const usage of [{ input: 1234, output: 567 }, { input: 7, output: 1, cacheRead: 100_000, cacheWrite: 150_000 }, { input: 300_001, output: 2222, cacheRead: 5 }]) {
            const { input, output, cacheRead = 0, cacheWrite = 0 } = usage;
            const theirs = calcPrice({ input_tokens: input + cacheRead + cacheWrite, output_tokens: output, cache_read_tokens: cacheRead, cache_write_tokens: cacheWrite }, id, { providerId: provider, timestamp })!.total_price * 1e6;
            const ours = costMicroUsd(found, usage)!;
            assert.ok(ours > theirs - 0.001 && ours < theirs + 1.001, `${provider}/${id} at ${timestamp.toISOString()}: ${ours}, not ${theirs}`);
            compared++;
          }
        }
      }
    }
    assert.ok(compared > 15_000, String(compared));
  });

  it('has no price for a model whose thinking costs something else than its answer', () => {
    assert.equal(hasPrice(toPrices(cellsAt(findRow(rows, 'perplexity', 'sonar-deep-research')![3], 0))), false);
  });

  it('knows no name of absurd length', () => {
    assert.equal(findRow(rows, 'anthropic', `claude-opus-4-5${'x'.repeat(300)}`), undefined);
  });

  it('knows no provider by the name of a property', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      assert.equal(findRow(rows, name, 'x'), undefined);
      assert.equal(toProviderId(name), name.toLowerCase());
    }
  });
});

describe('the model list', () => {
  it('says of each model that a window and an answer are whole positive numbers, or not known', () => {
    for (const [id, context, output, abilities, cells] of Object.values(listed).flat()) {
      assert.ok(id !== '' && Number.isSafeInteger(context) && context >= 0 && Number.isSafeInteger(output) && output >= 0 && /^i?t?$/.test(abilities), id);
      assert.ok(cells.flat().every((cell) => cell === null || cell > 0), `${id}: 0 stands for not known there, and is no price`);
    }
  });
});

describe('the catalogue', () => {
  const catalogue = new Catalogue({ prices: { source: prices.SOURCE, rows }, models: { source: models.SOURCE, rows: listed }, own: new Map() });
  const atMs = Date.parse('2026-11-21T12:00:00Z');
  const find = (provider: string, model: string) => catalogue.findModel(provider, model, atMs);

  it('takes a price from the price list, and limits and abilities from the model list', () => {
    assert.deepEqual(find('anthropic', 'claude-sonnet-4-5-20250929'), {
      provider: 'anthropic', model: 'claude-sonnet-4-5-20250929', contextTokens: 200_000, outputTokensMax: 64_000, abilities: { images: true, thinking: true, tools: true }, priceDate: '2026-09-23',
      prices: { input: '3', output: '15', cacheRead: '0.3', cacheWrite: '3.75', tiers: [{ aboveInputTokens: 200_000, input: '6', output: '22.5', cacheRead: '0.6', cacheWrite: '7.5' }] },
    });
  });

  it('takes a price from the model list where the price list is older than the model, with that list’s date', () => {
    const found = find('openai', 'gpt-6.1-sol-2026-10-20');

    assert.deepEqual([found?.prices?.input, found?.prices?.tiers?.[0]?.input, found?.priceDate, found?.contextTokens], ['2', '4', '2026-11-10', null]);
  });

  it('knows a model by the date in its name, by capitals and by other names of its provider', () => {
    for (const [provider, model] of [['openai', 'gpt-5-2025-08-07'], ['OpenAI', 'GPT-5'], ['xai', 'grok-4.5'], ['bedrock', 'anthropic.claude-opus-4-7'], ['gemini', 'gemini-2.5-pro'], ['openrouter', 'anthropic/claude-sonnet-5.5']] as const) {
      assert.ok(find(provider, model)?.prices, `${provider}/${model}`);
    }
  });

  it('guesses nothing for a provider that it does not know, though it knows the model’s name', () => {
    for (const provider of ['local', 'my-anthropic-gateway', 'corp', '']) assert.equal(find(provider, 'claude-opus-4-5'), undefined);
  });

  it('knows a model without knowing its price', () => {
    const found = find('google', 'gemma-4-31b-it');

    assert.deepEqual([found?.prices, found?.priceDate, found?.contextTokens], [null, null, 262_144]);
  });

  it('lists each model once, by provider and name, each as it is found by its name', () => {
    const all = catalogue.listModels(atMs);

    const names = all.map(({ provider, model }) => `${provider}/${model}`.toLowerCase());
    assert.equal(new Set(names).size, names.length);
    assert.ok(all.length > 1500);
    for (const facts of all.filter((_, index) => index % 50 === 0)) assert.deepEqual(find(facts.provider, facts.model), facts);
  });

  it('lists those of one provider as it does among all', () => {
    const all = catalogue.listModels(atMs).filter(({ provider }) => provider === 'anthropic');

    assert.ok(all.length > 5);
    assert.deepEqual(catalogue.listModels(atMs, 'anthropic'), all);
  });
});
