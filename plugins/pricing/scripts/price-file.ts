import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { waitForUpdate } from '@pydantic/genai-prices';
import { toDataFile } from './data-file.ts';
import { toPriceRows } from './price-rows.ts';

/** The whole file, as it should be for the installed package. */
export async function makePriceFile(date: string): Promise<string> {
  const installed = dirname(dirname(createRequire(import.meta.url).resolve('@pydantic/genai-prices')));
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string };
  const license = readFileSync(join(installed, 'LICENSE'), 'utf8').split('\n').find((line) => line.startsWith('Copyright'))!;
  return toDataFile({
    what: 'scripts/update-prices.ts', source: { name: `@pydantic/genai-prices ${version}`, date }, license: `MIT licence, ${license}`, rows: toPriceRows((await waitForUpdate())!),
  });
}
