// npm run models -w @pith/plugin-pricing -- FOLDER
// Writes src/model-data.ts from a package that is not installed, since it brings the clients of all vendors along:
// npm pack @earendil-works/pi-ai && tar xzf earendil-works-pi-ai-*.tgz, and FOLDER is the `package` that appears.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toDataFile } from './data-file.ts';
import { LISTED_PROVIDERS, toModelRows } from './model-rows.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('Give the folder of the unpacked package, for example: npm run models -w @pith/plugin-pricing -- ./package');
const read = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));

const { name, version, license } = read('package.json') as { name: string; version: string; license: string };
const { generatedAt } = read('dist/providers/data/.manifest.json') as { generatedAt: string };
const files = Object.entries(LISTED_PROVIDERS).map(([file, provider]) => [provider, read(`dist/providers/data/${file}.json`)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
const rows = toModelRows(Object.fromEntries(files) as Parameters<typeof toModelRows>[0]);
writeFileSync(new URL('../src/model-data.ts', import.meta.url), toDataFile({ what: 'scripts/update-models.ts', source: { name: `${name} ${version}`, date: generatedAt.slice(0, 10) }, license: `${license} licence`, rows }));
