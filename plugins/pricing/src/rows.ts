/** The form of the generated data: rows that are small, that a person can read in a diff, and that parse fast. */

/** Dollars per million tokens; with tiers `[base, above, price, above, price …]`: above that much input it costs that. */
export type PriceCell = number | readonly number[] | null;

/** Input, output, cache read, cache write, and dollars per thousand calls; what is unknown is `null`, or left out at the end. */
export type PriceCells = readonly PriceCell[];

/** By constraint, the last that holds wins: the empty one always, `2026-08-21` from that day on, `16:30-00:30` within these hours (UTC). */
export type PriceVariants = PriceCells | Readonly<Record<string, PriceCells>>;

/** How a name is matched: `=whole`, `^beginning`, `*part`, `$end` (whatever the case), `/pattern/`; a list is any of them. */
export type MatchRule = string | readonly MatchRule[] | { readonly all: readonly MatchRule[] };

/** `match` 0 stands for the id itself. `context` is tokens, 0 where not known. */
export type PriceRow = readonly [id: string, match: MatchRule | 0, context: number, prices: PriceVariants];

/** By provider. `fallback` names providers whose rows hold as well. */
export type PriceRows = Readonly<Record<string, { readonly fallback?: readonly string[]; readonly models: readonly PriceRow[] }>>;

/** `context` and `output` are tokens, 0 where not known; `abilities` are letters: `i` takes images, `t` thinks. All of them call tools. */
export type ModelRow = readonly [id: string, context: number, output: number, abilities: string, prices: PriceCells];

export type ModelRows = Readonly<Record<string, readonly ModelRow[]>>;

export interface Source {
  /** Package and version. */
  readonly name: string;
  /** When it was published: nothing in it is newer. */
  readonly date: string;
}
