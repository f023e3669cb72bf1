/** Behind these a word begins. */
const SEPARATORS = new Set([...'/_-. :']);

/**
 * How well a name fits what was typed, the letters of which it holds in their order; the higher the better.
 * @param query in small letters
 * @param lower the name in small letters
 * @returns nothing where it does not fit
 */
export function scoreMatch(query: string, name: string, lower = name.toLowerCase()): number | undefined {
  if (query === '') return 0;
  const at = lower.indexOf(query);
  if (at >= 0) return scoreWhole(query, lower, at);
  let score = 0;
  let place = -1;
  let previous = -2;
  for (const character of query) {
    place = lower.indexOf(character, place + 1);
    if (place < 0) return undefined;
    score += place === previous + 1 ? 5 : SEPARATORS.has(lower[place - 1] ?? '/') || isHump(name, place) ? 4 : 0;
    previous = place;
  }
  return score - Math.min(50, lower.length) / 10;
}

/** In one piece: at the beginning of the last name of a path it counts most, then at that of any word. */
function scoreWhole(query: string, lower: string, first: number): number {
  const base = lower.lastIndexOf('/', lower.length - 2) + 1;
  const inBase = lower.indexOf(query, base);
  const at = inBase >= 0 ? inBase : first;
  const rest = lower.endsWith('/') ? lower.length - 1 : lower.length;
  const whole = at === base && at + query.length === rest ? 400 : at === base ? 200 : at >= base ? 60 : 0;
  return 100 + whole + (at === 0 ? 100 : SEPARATORS.has(lower[at - 1]!) ? 40 : 0) - Math.min(200, lower.length) / 4;
}

function isHump(name: string, at: number): boolean {
  return at > 0 && /\p{Lu}/u.test(name[at]!) && /\p{Ll}/u.test(name[at - 1]!);
}

/** The best ones, best first. Of equals the first counts more. */
export class Best<T> {
  readonly #limit: number;
  readonly #kept: { item: T; score: number }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(item: T, score: number): void {
    const kept = this.#kept;
    if (kept.length === this.#limit && score <= kept.at(-1)!.score) return;
    let at = kept.length;
    while (at > 0 && kept[at - 1]!.score < score) at--;
    kept.splice(at, 0, { item, score });
    if (kept.length > this.#limit) kept.pop();
  }

  get items(): T[] { return this.#kept.map(({ item }) => item); }
}
