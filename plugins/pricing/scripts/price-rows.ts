import type { MatchLogic, ModelInfo, ModelPrice, Provider, TieredPrices } from '@pydantic/genai-prices';
import type { MatchRule, PriceCell, PriceCells, PriceRow, PriceRows, PriceVariants } from '../src/rows.ts';

/** What the package knows, as rows. */
export function toPriceRows(providers: readonly Provider[]): PriceRows {
  return Object.fromEntries(providers.map(({ id, models, fallback_model_providers: fallback }) => [id, {
    ...(fallback === undefined ? {} : { fallback }), models: models.map(toRow),
  }]));
}

function toRow({ id, match, context_window: context = 0, prices }: ModelInfo): PriceRow {
  const rule = toRule(match);
  return [id, rule === `=${id}` ? 0 : rule, context, toVariants(prices)];
}

function toRule(match: MatchLogic): MatchRule {
  if ('or' in match) return match.or.map(toRule);
  if ('and' in match) return { all: match.and.map(toRule) };
  if ('equals' in match) return `=${match.equals}`;
  if ('starts_with' in match) return `^${match.starts_with}`;
  if ('ends_with' in match) return `$${match.ends_with}`;
  if ('contains' in match) return `*${match.contains}`;
  if ('regex' in match) return `/${match.regex}/`;
  throw new Error(`There is a new kind of match: ${JSON.stringify(match)}`);
}

function toVariants(prices: ModelInfo['prices']): PriceVariants {
  if (!Array.isArray(prices)) return toCells(prices);
  return Object.fromEntries(prices.map(({ constraint, prices: cells }) => {
    if (constraint === undefined) return ['', toCells(cells)];
    if (constraint.type === 'start_date') return [constraint.start_date, toCells(cells)];
    const hours = [constraint.start_time, constraint.end_time].map((time) => /^(\d\d:\d\d):00Z$/.exec(time)?.[1]);
    if (hours.includes(undefined)) throw new Error(`There is a new kind of hour: ${JSON.stringify(constraint)}`);
    return [hours.join('-'), toCells(cells)];
  }));
}

function toCells(prices: ModelPrice): PriceCells {
  // What a reply thought and cited is not told apart in pith's usage, so that such a price says nothing of a call's cost.
  if (prices['output_reasoning_mtok'] !== undefined || prices['output_citation_mtok'] !== undefined) return [];
  return withoutTail(['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok', 'requests_kcount'].map((key) => toCell(prices[key])));
}

function toCell(price: number | TieredPrices | undefined): PriceCell {
  if (price === undefined) return null;
  if (typeof price === 'number') return clean(price);
  const tiers = price.tiers.toSorted((a, b) => a.start - b.start);
  return [clean(price.base), ...tiers.flatMap(({ start, price: above }) => [start, clean(above)])];
}

/** A price that was computed in floating point ends in noise: 0.19999999999999998. */
export function clean(price: number): number {
  return Number(price.toPrecision(12));
}

export function withoutTail(cells: readonly PriceCell[]): PriceCells {
  return cells.slice(0, cells.findLastIndex((cell) => cell !== null) + 1);
}
