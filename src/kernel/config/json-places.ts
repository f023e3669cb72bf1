/** Where a value stands in a text of JSON: offsets, the second behind its end. */
export interface JsonPlace { start: number; end: number }

/**
 * Where the value of one key of the whole, and what is in it, stands: by path (`''`, `.allow`, `.allow.0`), in a text that
 * `JSON.parse` has taken. Of a key that comes twice the last counts, as it does there.
 * @returns nothing where the text has no such key, or is nested too deep to tell
 */
export function findJsonPlaces(text: string, key: string): ReadonlyMap<string, JsonPlace> | undefined {
  const walk = new Walk(text);
  try {
    walk.value('');
  } catch (error) {
    if (error instanceof RangeError) return undefined; // No settings are as deep as the stack.
    throw error;
  }
  const top = walk.places.get(`.${key}`);
  if (top === undefined) return undefined;
  const below = [...walk.places].filter(([path, { start, end }]) => path.startsWith(`.${key}.`) && start >= top.start && end <= top.end);
  return new Map([['', top], ...below.map(([path, place]) => [path.slice(key.length + 1), place] as const)]);
}

/** Counts from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

const SPACE = /[ \t\r\n\ufeff]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const SCALAR = /[^\s,\]}]*/y;

/** Goes once over a text that is known to be JSON. */
class Walk {
  readonly places = new Map<string, JsonPlace>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(path: string): void {
    this.#take(SPACE);
    const start = this.#at;
    if (this.#text[start] === '{') this.#items('}', () => this.value(`${path}.${this.#key().replaceAll('.', '\\.')}`));
    else if (this.#text[start] === '[') {
      let index = 0;
      this.#items(']', () => this.value(`${path}.${index++}`));
    } else this.#take(this.#text[start] === '"' ? STRING : SCALAR);
    this.places.set(path, { start, end: this.#at });
    this.#take(SPACE);
  }

  #key(): string {
    this.#take(SPACE);
    const key = JSON.parse(this.#take(STRING)) as string;
    this.#take(SPACE);
    this.#at++; // The colon.
    return key;
  }

  #items(close: string, item: () => void): void {
    this.#at++;
    this.#take(SPACE);
    while (this.#text[this.#at] !== close) {
      item();
      if (this.#text[this.#at] === ',') this.#at++;
    }
    this.#at++;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text)!;
    this.#at += found.length;
    return found;
  }
}
