import type { ModelPrices, Usage } from '@pith/kernel';
import { type Decimal, formatDecimal, parseDecimal, sumRoundedUp } from './decimal.ts';
import type { PriceCell, PriceCells, PriceVariants } from './rows.ts';

/** Dollars per million tokens; that of the highest tier below the call's whole input holds for all its tokens. */
export interface Price {
  readonly base: Decimal;
  /** Lowest first. */
  readonly tiers: readonly { readonly above: number; readonly price: Decimal }[];
}

export interface Prices {
  readonly input?: Price;
  readonly output?: Price;
  readonly cacheRead?: Price;
  readonly cacheWrite?: Price;
  /** Dollars per thousand calls. */
  readonly calls?: Decimal;
}

/**
 * Millionths of a dollar: dollars per million tokens are millionths per token. Tokens of a cache that has no price of its
 * own are billed as input, which they are. `null` when tokens were used that have no price, or a count makes no sense.
 */
export function costMicroUsd(prices: Prices, { input, output, cacheRead = 0, cacheWrite = 0 }: Usage): number | null {
  if (![input, output, cacheRead, cacheWrite].every((count) => Number.isSafeInteger(count) && count >= 0)) return null;
  const wholeInput = input + cacheRead + cacheWrite;
  const terms: { count: number; price: Decimal }[] = prices.calls === undefined ? [] : [{ count: 1000, price: prices.calls }];
  for (const [count, price] of [[input, prices.input], [output, prices.output], [cacheRead, prices.cacheRead ?? prices.input], [cacheWrite, prices.cacheWrite ?? prices.input]] as const) {
    if (count === 0) continue;
    if (price === undefined) return null;
    terms.push({ count, price: priceAt(price, wholeInput) });
  }
  const cost = Number(sumRoundedUp(terms));
  return Number.isSafeInteger(cost) ? cost : null;
}

function priceAt({ base, tiers }: Price, inputTokens: number): Decimal {
  return tiers.findLast(({ above }) => inputTokens > above)?.price ?? base;
}

export function hasPrice({ input, output }: Prices): boolean {
  return input !== undefined || output !== undefined;
}

/** The cells that hold at a time; the last constraint that fits wins, and the first stands in where none does. */
export function cellsAt(variants: PriceVariants, atMs: number): PriceCells {
  if (isCells(variants)) return variants;
  const all = Object.entries(variants);
  return (all.findLast(([constraint]) => holds(constraint, atMs)) ?? all[0])?.[1] ?? [];
}

function isCells(variants: PriceVariants): variants is PriceCells {
  return Array.isArray(variants);
}

/** @see PriceVariants */
function holds(constraint: string, atMs: number): boolean {
  if (constraint === '') return true;
  const hours = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(constraint)?.slice(1).map(Number);
  if (hours === undefined) return atMs >= Date.parse(constraint);
  const [start, end] = [hours[0]! * 60 + hours[1]!, hours[2]! * 60 + hours[3]!];
  const at = new Date(atMs).getUTCHours() * 60 + new Date(atMs).getUTCMinutes();
  return start <= end ? start <= at && at < end : at >= start || at < end;
}

export function toPrices([input, output, cacheRead, cacheWrite, calls]: PriceCells): Prices {
  const named = { input: toPrice(input), output: toPrice(output), cacheRead: toPrice(cacheRead), cacheWrite: toPrice(cacheWrite), calls: toPrice(calls)?.base };
  return Object.fromEntries(Object.entries(named).filter(([, price]) => price !== undefined));
}

function toPrice(cell: PriceCell | undefined): Price | undefined {
  if (cell === null || cell === undefined) return undefined;
  const [base, ...rest] = typeof cell === 'number' ? [cell] : cell;
  const tiers = rest.flatMap((above, index) => (index % 2 === 0 ? [{ above, price: parseDecimal(rest[index + 1]!)! }] : []));
  return { base: parseDecimal(base!)!, tiers };
}

/** As people and programs read them. */
export function toModelPrices({ calls, ...prices }: Prices): ModelPrices {
  const steps = [...new Set(Object.values(prices).flatMap(({ tiers }) => tiers.map(({ above }) => above)))].toSorted((a, b) => a - b);
  const at = (inputTokens: number) => {
    const text = (price: Price | undefined): string | null => (price === undefined ? null : formatDecimal(priceAt(price, inputTokens)));
    const [cacheRead, cacheWrite] = [text(prices.cacheRead), text(prices.cacheWrite)];
    return { input: text(prices.input), output: text(prices.output), ...(cacheRead === null ? {} : { cacheRead }), ...(cacheWrite === null ? {} : { cacheWrite }) };
  };
  return {
    ...at(0), ...(calls === undefined ? {} : { calls: formatDecimal(calls) }),
    ...(steps.length === 0 ? {} : { tiers: steps.map((above) => ({ aboveInputTokens: above, ...at(above + 1) })) }),
  };
}
