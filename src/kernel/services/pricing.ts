import type { Usage } from '../message.ts';

export interface Pricing {
  /** Millionths of a dollar, rounded up once; `null` when the price is not known, never 0 for that. */
  costMicroUsd(call: PricedCall): number | null;
  /** As of when the price is that `costMicroUsd` takes, `YYYY-MM-DD`; `null` where a person has set it, or nobody says. */
  priceDate?(call: Omit<PricedCall, 'usage'>): string | null;
  /** What is known of a model. Absent, like `listModels`, where a plugin knows prices only. */
  findModel?(model: { provider: string; model: string }): Promise<ModelFacts | undefined>;
  /** All models of the catalogue, by provider and name; of one provider only, which is much less work, where that is said. */
  listModels?(wanted?: { provider?: string }): Promise<readonly ModelFacts[]>;
}

export interface PricedCall {
  provider: string;
  /** The model that answered, as the reply names it. */
  model: string;
  /** The name it was asked for by. */
  requestedModel?: string;
  usage: Usage;
  /** When, since some prices have a date or an hour. Default: now. */
  atMs?: number;
}

/** A model of the catalogue. `null`, and an ability that is absent, are not known. */
export interface ModelFacts {
  provider: string;
  model: string;
  /** Tokens of a request and its reply together. */
  contextTokens: number | null;
  /** Tokens of one reply at most. */
  outputTokensMax: number | null;
  abilities: { images?: boolean; pdf?: boolean; thinking?: boolean; tools?: boolean; structuredOutput?: boolean };
  prices: ModelPrices | null;
  /** As of when the prices are, `YYYY-MM-DD`; `null` for prices that a person has set, and where there are none. */
  priceDate: string | null;
}

/** Dollars per million tokens, as exact decimals. A cache price that is absent is that of input. */
export interface ModelPrices {
  input: string | null;
  output: string | null;
  cacheRead?: string;
  cacheWrite?: string;
  /** Dollars per thousand calls, on top. */
  calls?: string;
  /** What all tokens of a call cost instead when its input, cache included, is longer than this. Lowest first. */
  tiers?: readonly { aboveInputTokens: number; input: string | null; output: string | null; cacheRead?: string; cacheWrite?: string }[];
}
