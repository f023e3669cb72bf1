// npm run prices -w @pith/plugin-pricing -- 2026-09-23
// Writes src/price-data.ts from the installed @pydantic/genai-prices. The date is the day on which that version was
// published; the registry knows it: npm view @pydantic/genai-prices time
import { writeFileSync } from 'node:fs';
import { makePriceFile } from './price-file.ts';

const date = process.argv[2] ?? '';
if (!/^\d{4}-\d\d-\d\d$/.test(date)) throw new Error('Give the day on which the installed version was published, for example: npm run prices -w @pith/plugin-pricing -- 2026-09-23');
writeFileSync(new URL('../src/price-data.ts', import.meta.url), await makePriceFile(date));
