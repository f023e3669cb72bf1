import type { ModelFacts } from '@pith/kernel';
import { findRow, toProviderId } from './match.ts';
import { cellsAt, hasPrice, type Prices, toModelPrices, toPrices } from './prices.ts';
import type { ModelRow, ModelRows, PriceRow, PriceRows, Source } from './rows.ts';

export interface CatalogueData {
  prices: { source: Source; rows: PriceRows };
  models: { source: Source; rows: ModelRows };
  own: ReadonlyMap<string, Prices>;
}

export interface KnownPrice {
  prices: Prices;
  /** `null` for a price that a person has set. */
  date: string | null;
}

/** Prices change at full minutes, and no more often. */
const MINUTE_MS = 60_000;
const RECENT_MAX = 1000;
/** No model has a longer name, and whoever sends one may send a thousand. */
const KEY_MAX = 1000;

/**
 * Everything that is known of models, out of three places. A price comes from the first that has one: the person's own,
 * the price list, the model list. Its rules are strict: a provider that is not known by name has no prices, since
 * somebody else's would be a guess.
 */
export class Catalogue {
  readonly #data: CatalogueData;
  readonly #listed: ReadonlyMap<string, ModelRow>;
  /** What was looked for last, by provider and names: a proxy asks for the same few hundred times a second. */
  readonly #recent = new Map<string, { minute: number; price: KnownPrice | undefined }>();

  constructor(data: CatalogueData) {
    this.#data = data;
    this.#listed = new Map(Object.entries(data.models.rows).flatMap(([provider, rows]) => rows.map((row) => [`${provider}/${row[0].toLowerCase()}`, row] as const)));
  }

  /** The first of `names` that has a price of the person's own; otherwise what the lists say of the first name. */
  findPrice(provider: string, names: readonly [string, ...string[]], atMs: number): KnownPrice | undefined {
    const key = `${provider}\n${names.join('\n')}`;
    const minute = Math.floor(atMs / MINUTE_MS);
    const recent = this.#recent.get(key);
    if (recent?.minute === minute) return recent.price;
    const price = this.#findPrice(provider, names, atMs);
    if (key.length > KEY_MAX) return price;
    if (this.#recent.size >= RECENT_MAX) this.#recent.clear();
    this.#recent.set(key, { minute, price });
    return price;
  }

  #findPrice(provider: string, names: readonly [string, ...string[]], atMs: number): KnownPrice | undefined {
    for (const name of names) {
      const own = this.#data.own.get(`${provider}/${name}`);
      if (own !== undefined) return { prices: own, date: null };
    }
    return this.#listPrice(toProviderId(provider), names[0], atMs);
  }

  #listPrice(provider: string, model: string, atMs: number): KnownPrice | undefined {
    const { prices, models } = this.#data;
    const row = findRow(prices.rows, provider, model);
    const known = row === undefined ? undefined : toPrices(cellsAt(row[3], atMs));
    if (known !== undefined && hasPrice(known)) return { prices: known, date: prices.source.date };
    const listed = toPrices(this.#findListed(provider, model)?.[4] ?? []);
    return hasPrice(listed) ? { prices: listed, date: models.source.date } : undefined;
  }

  findModel(provider: string, model: string, atMs: number): ModelFacts | undefined {
    const id = toProviderId(provider);
    const row = findRow(this.#data.prices.rows, id, model);
    const listed = this.#findListed(id, model) ?? (row === undefined ? undefined : this.#findListed(id, row[0]));
    const price = this.findPrice(provider, [model], atMs);
    if (row === undefined && listed === undefined && price === undefined) return undefined;
    return toFacts({ provider, model, row, listed, price });
  }

  /** By provider and name: all that are listed, all that have a price, all that the person has named. @param wanted the provider; nothing for all of them */
  listModels(atMs: number, wanted?: string): readonly ModelFacts[] {
    const { prices, models, own } = this.#data;
    // One name in several capitals is one model; the person's own spelling counts most, then that of the model list.
    const names = new Map<string, string>();
    const add = (name: string): unknown => names.has(name.toLowerCase()) || names.set(name.toLowerCase(), name);
    for (const name of own.keys()) add(name);
    for (const [provider, rows] of Object.entries(models.rows)) for (const [id] of rows) add(`${provider}/${id}`);
    for (const [provider, { models: rows }] of Object.entries(prices.rows)) for (const [id] of rows) add(`${provider}/${id}`);
    return [...names.values()].flatMap((name) => {
      const slash = name.indexOf('/');
      if (wanted !== undefined && name.slice(0, slash) !== wanted) return [];
      // The id of a row may stand for a family of names, and be none itself.
      return this.findModel(name.slice(0, slash), name.slice(slash + 1), atMs) ?? [];
    }).sort((a, b) => compare(a.provider, b.provider) || compare(a.model, b.model));
  }

  /** By its name, or by its name and a date, as replies have it. */
  #findListed(provider: string, model: string): ModelRow | undefined {
    const name = `${provider}/${model.toLowerCase()}`;
    return this.#listed.get(name) ?? this.#listed.get(name.replace(/-20\d{2}-?\d{2}-?\d{2}$/, ''));
  }
}

function toFacts({ provider, model, row, listed, price }: { provider: string; model: string; row: PriceRow | undefined; listed: ModelRow | undefined; price: KnownPrice | undefined }): ModelFacts {
  const [, context = 0, output = 0, letters] = listed ?? [];
  return {
    provider, model, contextTokens: context || row?.[2] || null, outputTokensMax: output || null,
    abilities: letters === undefined ? {} : { images: letters.includes('i'), thinking: letters.includes('t'), tools: true },
    prices: price === undefined ? null : toModelPrices(price.prices), priceDate: price?.date ?? null,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
