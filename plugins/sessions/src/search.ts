import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parseEntry, peekType } from './format.ts';
import type { Term } from './search-terms.ts';
import { type TextKind, Texts } from './texts.ts';

/** Shown of a text around what was found in it. */
const BEFORE = 50;
const AROUND = 160;

/** A place in a session, in one line. */
export interface FoundPlace {
  kind: TextKind;
  tool?: string;
  /** Counted from 1; 0 is before the first. */
  turn: number;
  text: string;
  /** Where in `text` the words stand: start and end. */
  marks: (readonly [number, number])[];
}

export interface Found { /** How many texts hold at least one of the words. */ matches: number; /** Those with the most of the words first. */ places: FoundPlace[] }

/** Looks through transcripts, one after the other, with as little memory as the largest of them needs. */
export class Searcher {
  readonly #terms: readonly Term[];
  readonly #placesMax: number;
  #buffer = Buffer.allocUnsafe(1 << 20);

  constructor(terms: readonly Term[], { placesMax }: { placesMax: number }) {
    this.#terms = terms;
    this.#placesMax = placesMax;
  }

  /** @returns nothing where not every word is in the session. @throws an error of the file system */
  find(file: string): Found | undefined {
    const bytes = this.#read(file);
    // Most sessions hold none of the words: their bytes tell, at the speed of memory, and nothing of them is read as JSON.
    const text = bytes.toString('latin1');
    if (!this.#terms.every((term) => term.bytes.every((pattern) => pattern.test(text)))) return undefined;
    return this.#look(bytes, text);
  }

  #look(bytes: Buffer, text: string): Found | undefined {
    const any = new RegExp(this.#terms.flatMap((term) => term.bytes.map(({ source }) => source)).join('|'), 'i');
    const texts = new Texts();
    const met = new Set<Term>();
    const places: (FoundPlace & { terms: number })[] = [];
    let turn = 0;
    for (let start = 0, end = text.indexOf('\n'); end !== -1; start = end + 1, end = text.indexOf('\n', start)) {
      const line = bytes.subarray(start, end);
      if (peekType(line) !== 'input-accepted' && !any.test(text.slice(start, end))) continue;
      const event = parseEntry(line)?.event;
      if (event === undefined) continue;
      if (event.type === 'input-accepted' && event.parentRunId === undefined && event.goesOn === undefined) turn++;
      for (const { text: given, ...found } of texts.of(event)) {
        const said = given.normalize('NFC');
        const here = this.#terms.filter(({ pattern }) => said.search(pattern) !== -1);
        for (const term of here) met.add(term);
        if (here.length > 0) places.push({ ...found, turn, ...excerpt(said, here), terms: here.length });
      }
    }
    if (met.size < this.#terms.length) return undefined;
    const best = [...places].sort((a, b) => b.terms - a.terms).slice(0, this.#placesMax);
    return { matches: places.length, places: best.map(({ terms: _terms, ...place }) => place) };
  }

  #read(file: string): Buffer {
    const descriptor = openSync(file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafe(size * 2);
      let length = 0;
      for (let count = -1; count !== 0 && length < size; length += count) count = readSync(descriptor, this.#buffer, length, size - length, length);
      return this.#buffer.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The text around the first of the words, in one line, and where the words stand in it. */
function excerpt(text: string, terms: readonly Term[]): Pick<FoundPlace, 'text' | 'marks'> {
  const first = Math.min(...terms.map(({ pattern }) => text.search(pattern)));
  const from = wholeAt(text, first <= BEFORE ? 0 : first - BEFORE);
  const to = wholeAt(text, from + AROUND >= text.length ? text.length : from + AROUND);
  const line = `${from > 0 ? '… ' : ''}${text.slice(from, to).replace(/\s+/g, ' ')}${to < text.length ? ' …' : ''}`;
  const marks = terms.flatMap(({ pattern }) => [...line.matchAll(pattern)].map(({ index, 0: found }) => [index, index + found.length] as const));
  return { text: line, marks: joinMarks(marks) };
}

/** Never between the halves of a character. */
function wholeAt(text: string, at: number): number {
  return at > 0 && at < text.length && /[\udc00-\udfff]/.test(text[at]!) ? at - 1 : at;
}

function joinMarks(marks: readonly (readonly [number, number])[]): [number, number][] {
  const joined: [number, number][] = [];
  for (const [start, end] of [...marks].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}
