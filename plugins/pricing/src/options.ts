import { describe, type Schema } from '@pith/kernel';
import { type Decimal, parseDecimal } from './decimal.ts';
import type { Prices } from './prices.ts';

export interface PricingOptions {
  /** A person's own, by `provider/model`. */
  prices: ReadonlyMap<string, Prices>;
}

/** Written by hand, since a schema library would cost more than the plugin when pith starts. */
export const optionsSchema: Schema<PricingOptions> = {
  '~standard': { version: 1, vendor: 'pith', validate: parseOptions },
};

const KINDS = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;
const PRICE = 'must be dollars per million tokens, as "2.5" or 2.5';

type Result = { value: PricingOptions; issues?: undefined } | { issues: Issue[] };
interface Issue { message: string; path?: string[] }

function parseOptions(value: unknown): Result {
  if (!isRecord(value)) return { issues: [{ message: `must be an object; found ${describe(value)}` }] };
  const issues = unknownKeys(value, ['prices'], []);
  const { prices = {} } = value;
  if (!isRecord(prices)) return { issues: [...issues, { message: `must be an object of prices by "provider/model"; found ${describe(prices)}`, path: ['prices'] }] };
  const parsed = new Map<string, Prices>();
  for (const [model, given] of Object.entries(prices)) {
    const path = ['prices', model];
    if (!/^[^/\s]+\/\S+$/.test(model)) issues.push({ message: 'must be named as "provider/model"', path });
    else if (!isRecord(given)) issues.push({ message: `must be { input, output, cacheRead, cacheWrite }; found ${describe(given)}`, path });
    else parsed.set(model, parsePrices(given, path, issues));
  }
  return issues.length > 0 ? { issues } : { value: { prices: parsed } };
}

function parsePrices(given: Record<string, unknown>, path: string[], issues: Issue[]): Prices {
  issues.push(...unknownKeys(given, KINDS, path));
  const prices: Partial<Record<(typeof KINDS)[number], { base: Decimal; tiers: [] }>> = {};
  for (const kind of KINDS) {
    const value = given[kind];
    if (value === undefined && kind.startsWith('cache')) continue;
    const base = typeof value === 'string' || typeof value === 'number' ? parseDecimal(value) : undefined;
    if (base === undefined) issues.push({ message: `${PRICE}; found ${describe(value)}`, path: [...path, kind] });
    else prices[kind] = { base, tiers: [] };
  }
  return prices;
}

function unknownKeys(value: Record<string, unknown>, known: readonly string[], path: string[]): Issue[] {
  return Object.keys(value).filter((key) => !known.includes(key)).map((key) => ({ message: `is not known; known ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`, path: [...path, key] }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
