import type { PricedCall, Pricing } from '@pith/kernel';
import type { RequestRow } from './row.ts';

/** What a request has cost, as a row has it. */
export interface Cost { costMicroUsd: number | null; priceDate: string | null }

/** Many more models than are asked for. */
const DATES_MAX = 2000;

/** What requests cost, by the service `pricing`: at once, since a row waits for nothing. */
export class Prices {
  readonly #pricing: Pricing | undefined;
  /** As of when the price of a model is; `null` where nobody says. */
  readonly #dates = new Map<string, string | null>();

  /** @param pricing without it no cost is known */
  constructor(pricing: Pricing | undefined) {
    this.#pricing = pricing;
  }

  /** Looks the date of a model's price up, so that it is known when the answer is there. Asked for when a request is sent. */
  prepare({ provider, model }: Pick<PricedCall, 'provider' | 'model'>): void {
    const name = `${provider}/${model}`;
    if (this.#dates.has(name) || this.#pricing?.findModel === undefined) return;
    if (this.#dates.size >= DATES_MAX) this.#dates.clear();
    this.#dates.set(name, null);
    void this.#pricing.findModel({ provider, model }).then((facts) => this.#dates.set(name, facts?.priceDate ?? null), () => this.#dates.delete(name));
  }

  /** A reply may name the model with a date behind it: then the price is that of the name that was asked for, and as old. */
  of(call: PricedCall): Cost {
    const costMicroUsd = this.#pricing?.costMicroUsd(call) ?? null;
    if (costMicroUsd === null) return { costMicroUsd, priceDate: null };
    const { provider, model, requestedModel = model } = call;
    this.prepare(call);
    return { costMicroUsd, priceDate: this.#dates.get(`${provider}/${model}`) ?? this.#dates.get(`${provider}/${requestedModel}`) ?? null };
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
