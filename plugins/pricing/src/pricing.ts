import type { ModelFacts, PricedCall, Pricing } from '@pith/kernel';
import { Catalogue, type KnownPrice } from './catalogue.ts';
import * as models from './model-data.ts';
import type { PricingOptions } from './options.ts';
import * as prices from './price-data.ts';
import { costMicroUsd } from './prices.ts';
import type { ModelRows, PriceRows } from './rows.ts';

/** Reads the lists when a price is first asked for, since nothing needs them before. */
export function createPricing({ prices: own }: PricingOptions, now: () => number = Date.now): Required<Pricing> {
  let read: Catalogue | undefined;
  const catalogue = (): Catalogue => read ??= new Catalogue({
    prices: { source: prices.SOURCE, rows: JSON.parse(prices.ROWS) as PriceRows }, models: { source: models.SOURCE, rows: JSON.parse(models.ROWS) as ModelRows }, own,
  });
  const find = ({ provider, model, requestedModel, atMs = now() }: Omit<PricedCall, 'usage'>): KnownPrice | undefined => catalogue().findPrice(provider, requestedModel === undefined ? [model] : [model, requestedModel], atMs);
  return {
    costMicroUsd(call: PricedCall): number | null {
      const known = find(call);
      return known === undefined ? null : costMicroUsd(known.prices, call.usage);
    },
    priceDate: (call) => find(call)?.date ?? null,
    findModel: ({ provider, model }) => Promise.resolve(catalogue().findModel(provider, model, now())),
    listModels: ({ provider } = {}): Promise<readonly ModelFacts[]> => Promise.resolve(catalogue().listModels(now(), provider)),
  };
}
