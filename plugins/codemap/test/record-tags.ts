// Writes down what universal-ctags finds in the samples: node --conditions=pith-source plugins/codemap/test/record-tags.ts
import { writeFile } from 'node:fs/promises';
import { readTags } from './ctags.ts';
import { makeSample, SAMPLE_ENDINGS, type SampleLanguage, SAMPLES_A_LANGUAGE } from './make-sample.ts';

for (const language of Object.keys(SAMPLE_ENDINGS) as SampleLanguage[]) {
  const lists: string[][] = [];
  for (let number = 0; number < SAMPLES_A_LANGUAGE; number++) {
    const tags = await readTags(language, await makeSample(language, number));
    if (tags === undefined) throw new Error('universal-ctags is not installed');
    lists.push(tags);
  }
  await writeFile(new URL(`tags/${language}.json`, import.meta.url), `[\n${lists.map((list) => `  ${JSON.stringify(list)}`).join(',\n')}\n]\n`);
}
