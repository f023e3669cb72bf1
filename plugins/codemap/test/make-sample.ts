import { readFile } from 'node:fs/promises';

export const SAMPLES_A_LANGUAGE = 20;
export const SAMPLE_ENDINGS = { typescript: 'ts', javascript: 'js', python: 'py', go: 'go', rust: 'rs', java: 'java', c: 'c', cpp: 'cpp', csharp: 'cs', ruby: 'rb', php: 'php' } as const;
export type SampleLanguage = keyof typeof SAMPLE_ENDINGS;

const WORDS = ['ledger', 'parcel', 'turn', 'budget', 'cursor', 'broker', 'window', 'signal', 'folder', 'matrix', 'packet', 'journal', 'anchor', 'filter', 'target', 'region', 'ticket', 'branch', 'sensor', 'layout', 'vector', 'tunnel', 'garden', 'beacon', 'engine'];

/**
 * A source file such as somebody writes: the language's head, and pieces of `samples/LANGUAGE.txt` in another order each time, with
 * names of its own. In a piece `Xx7`, `xx7` and `XX7` are one name, spelt in three ways. The same number gives the same file.
 */
export async function makeSample(language: SampleLanguage, number: number): Promise<string> {
  const [head, ...pieces] = (await readFile(new URL(`samples/${language}.txt`, import.meta.url), 'utf8')).split(/^===\n/m);
  const rotated = [...pieces.slice(number % pieces.length), ...pieces.slice(0, number % pieces.length)];
  const kept = rotated.filter((_, index) => number < pieces.length || (number >> (index % 4)) % 3 !== 0);
  const body = [head, ...(number % 2 === 0 ? kept : kept.toReversed())].join('\n');
  return body.replaceAll(/Xx(\d+)|xx(\d+)|XX(\d+)/g, (_, pascal?: string, camel?: string, upper?: string) => spell({ pascal, camel, upper }, number));
}

function spell({ pascal, camel, upper }: { pascal: string | undefined; camel: string | undefined; upper: string | undefined }, number: number): string {
  const index = Number(pascal ?? camel ?? upper);
  const [first, second] = [WORDS[index % WORDS.length]!, WORDS[(index * 7 + number * 3) % WORDS.length]!];
  if (upper !== undefined) return `${first}_${second}_${index}`.toUpperCase();
  return `${pascal === undefined ? first : first[0]!.toUpperCase() + first.slice(1)}${second[0]!.toUpperCase()}${second.slice(1)}${index}`;
}
