// Writes what the model is told of the tools' inputs. Run after inputs.ts has changed: npm run schemas -w @pith/plugin-tools
import { writeFileSync } from 'node:fs';
import { toSchemas } from './to-schemas.ts';

writeFileSync(new URL('../src/schemas.json', import.meta.url), `${JSON.stringify(toSchemas(), null, 2)}\n`);
