import { escapeControl, type ModelFacts, type ModelPrices } from '@pith/kernel';

const HEAD = ['PROVIDER', 'MODEL', 'CONTEXT', 'OUTPUT', 'INPUT $/M', 'OUTPUT $/M', 'PRICE OF'] as const;
const NOTE = 'Dollars per million tokens; a range is the price of short and of long requests. Unknown is not free.';

/** A table for people: one line a model, numbers to the right. A line that is wider than the screen loses its end. */
export function formatModels(models: readonly ModelFacts[], width: number): string {
  const rows = [[...HEAD], ...models.map(toRow)].map((row) => row.map((cell) => escapeControl(cell)));
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => (column >= 2 && column <= 5 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ').trimEnd());
  return [...lines, '', NOTE].map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line)).join('\n');
}

function toRow({ provider, model, contextTokens, outputTokensMax, prices, priceDate }: ModelFacts): string[] {
  return [provider, model, toCount(contextTokens), toCount(outputTokensMax), toPrice(prices, 'input'), toPrice(prices, 'output'), priceDate ?? (prices === null ? 'unknown' : 'your settings')];
}

/** 1050000 as 1.05M, 131072 as 131k. */
function toCount(tokens: number | null): string {
  if (tokens === null) return 'unknown';
  const [amount, unit] = tokens >= 1_000_000 ? [tokens / 1_000_000, 'M'] : tokens >= 1000 ? [tokens / 1000, 'k'] : [tokens, ''];
  return `${Number(amount.toPrecision(3))}${unit}`;
}

function toPrice(prices: ModelPrices | null, kind: 'input' | 'output'): string {
  if (prices === null) return 'unknown';
  const all = [prices[kind], ...(prices.tiers ?? []).map((tier) => tier[kind])].filter((price) => price !== null);
  return all.length === 0 ? 'unknown' : [...new Set([all[0], all.at(-1)])].join('–');
}
