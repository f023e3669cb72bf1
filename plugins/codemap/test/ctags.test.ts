import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { loadReader } from '../src/grammar.ts';
import type { Kind } from '../src/parse.ts';
import { parseText } from '../src/parse.ts';
import { readTags } from './ctags.ts';
import { makeSample, SAMPLE_ENDINGS, type SampleLanguage, SAMPLES_A_LANGUAGE } from './make-sample.ts';

/** Of all symbols that either names. */
const MUST = 0.97;
/** Kinds that ctags does not know in a language, or does not tell from fields. */
const UNKNOWN_TO_CTAGS: Readonly<Partial<Record<SampleLanguage, Kind>>> = { java: 'constant', csharp: 'constant', rust: 'constant' };
const languages = Object.keys(SAMPLE_ENDINGS) as SampleLanguage[];

async function readOwn(language: SampleLanguage, text: string): Promise<Set<string>> {
  const parsed = parseText(text, await loadReader(language), 10_000);
  return new Set(parsed!.symbols.filter(({ kind }) => kind !== UNKNOWN_TO_CTAGS[language]).map(({ name, line }) => `${name.replace(/ /g, '')}:${line}`));
}

/** @returns how much of what either finds both find, and what one of them does not */
async function compare(language: SampleLanguage, tagsOf: (number: number, text: string) => Promise<readonly string[]>): Promise<{ share: number; differences: string[] }> {
  const differences: string[] = [];
  let both = 0;
  for (let number = 0; number < SAMPLES_A_LANGUAGE; number++) {
    const text = await makeSample(language, number);
    const [own, tags] = [await readOwn(language, text), new Set(await tagsOf(number, text))];
    for (const one of new Set([...own, ...tags])) {
      if (own.has(one) && tags.has(one)) both++;
      else differences.push(`${number}: ${tags.has(one) ? 'only ctags' : 'only here'} ${one}`);
    }
  }
  return { share: both / (both + differences.length), differences };
}

describe('the symbols of twenty files a language', () => {
  for (const language of languages) {
    it(`agree with what universal-ctags found in ${language}`, async function () {
      this.timeout(60_000);
      const recorded = JSON.parse(await readFile(new URL(`tags/${language}.json`, import.meta.url), 'utf8')) as string[][];

      const { share, differences } = await compare(language, async (number) => recorded[number]!);

      assert.equal(recorded.length, SAMPLES_A_LANGUAGE);
      assert.ok(recorded.flat().length > 200);
      assert.ok(share >= MUST, `${share}\n${differences.slice(0, 20).join('\n')}`);
    });
  }

  if (process.env['PITH_SOAK'] !== undefined) {
    for (const language of languages) {
      it(`agree with universal-ctags itself in ${language}, where it is installed`, async function () {
        this.timeout(120_000);
        if (await readTags(language, '') === undefined) return;

        const { share, differences } = await compare(language, async (_number, text) => (await readTags(language, text)) ?? []);

        assert.ok(share >= MUST, `${share}\n${differences.slice(0, 20).join('\n')}`);
      });
    }
  }
});
