import type { ModelRow, ModelRows, PriceCell, PriceCells } from '../src/rows.ts';
import { clean, withoutTail } from './price-rows.ts';

/** A chat model as the files of the model list hold it; the rest of their fields is of no use here. */
export interface ListedModel {
  type: string;
  id: string;
  reasoning?: boolean;
  input: readonly string[];
  contextWindow?: number;
  maxTokens?: number;
  cost: Cost & { tiers?: readonly (Cost & { inputTokensAbove: number })[] };
}
interface Cost { input: number; output: number; cacheRead: number; cacheWrite: number }

/** The files of the list that pith’s providers use, with the names that the prices have for them. */
export const LISTED_PROVIDERS: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws', anthropic: 'anthropic', cerebras: 'cerebras', deepseek: 'deepseek', fireworks: 'fireworks', google: 'google', groq: 'groq', minimax: 'minimax',
  mistral: 'mistral', moonshotai: 'moonshotai', openai: 'openai', openrouter: 'openrouter', together: 'together', xai: 'x-ai', zai: 'zai',
};

/** @param files what each file of the list holds, by provider: models by API */
export function toModelRows(files: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, ListedModel>>>>>>): ModelRows {
  return Object.fromEntries(Object.entries(files).map(([provider, apis]) => {
    const models = Object.values(apis).flatMap((models) => Object.values(models)).filter(({ type }) => type === 'chat');
    const byId = new Map(models.map((model) => [model.id, model]));
    return [provider, [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(toRow)];
  }));
}

function toRow({ id, reasoning, input, contextWindow = 0, maxTokens = 0, cost }: ListedModel): ModelRow {
  // A window that ends where the price goes up is the list's way to stay below it, not the model's limit.
  const isChosen = cost.tiers?.some(({ inputTokensAbove }) => inputTokensAbove === contextWindow) ?? false;
  return [id, isChosen ? 0 : contextWindow, maxTokens, `${input.includes('image') ? 'i' : ''}${reasoning ? 't' : ''}`, toCells(cost)];
}

/** In this list 0 also stands for what is not known, so it is never taken for a price. */
function toCells({ tiers = [], ...base }: ListedModel['cost']): PriceCells {
  if (base.input === 0 || base.output === 0) return [];
  const cell = (key: keyof Cost): PriceCell => {
    if (base[key] === 0) return null;
    return tiers.length === 0 ? clean(base[key]) : [clean(base[key]), ...tiers.toSorted((a, b) => a.inputTokensAbove - b.inputTokensAbove).flatMap((tier) => [tier.inputTokensAbove, clean(tier[key])])];
  };
  return withoutTail([cell('input'), cell('output'), cell('cacheRead'), cell('cacheWrite')]);
}
