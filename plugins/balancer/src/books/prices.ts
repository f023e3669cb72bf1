import type { PricedCall, Pricing } from '@pith/kernel';
import type { RequestRow } from './row.ts';

/** What a request has cost, as a row has it. */
export interface Cost { costMicroUsd: number | null; priceDate: string | null }

/** What requests cost, by the service `pricing`: at once, since a row waits for nothing. */
export class Prices {
  readonly #pricing: Pricing | undefined;

  /** @param pricing without it no cost is known */
  constructor(pricing: Pricing | undefined) {
    this.#pricing = pricing;
  }

  of(call: PricedCall): Cost {
    const costMicroUsd = this.#pricing?.costMicroUsd(call) ?? null;
    return { costMicroUsd, priceDate: costMicroUsd === null ? null : this.#pricing?.priceDate?.(call) ?? null };
  }

  /** Of a row. What is not known of an answer that is whole was not there; of any other it is not known. */
  ofRow({ model, sentModel, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, end, atMs }: RequestRow, provider: string | undefined): Cost {
    const name = model ?? sentModel;
    const output = outputTokens ?? (end === 'complete' ? 0 : null);
    if (provider === undefined || name === null || inputTokens === null || output === null) return { costMicroUsd: null, priceDate: null };
    return this.of({
      provider, model: name, ...(sentModel === null ? {} : { requestedModel: sentModel }), atMs,
      usage: { input: inputTokens, output, ...(cacheReadTokens === null ? {} : { cacheRead: cacheReadTokens }), ...(cacheWriteTokens === null ? {} : { cacheWrite: cacheWriteTokens }) },
    });
  }
}
