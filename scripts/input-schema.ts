// Writes docs/schemas/input-line.json from the lines of a conversation. Run with: node --conditions=pith-source scripts/input-schema.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { LINES } from '../src/host/conversation/input-line.ts';

export function inputSchema(): string {
  const schema = z.toJSONSchema(z.union(Object.values(LINES)), { io: 'input' });
  return `${JSON.stringify({ title: 'A line of pith run --input stream-json', ...schema }, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(fileURLToPath(new URL('../docs/schemas/input-line.json', import.meta.url)), inputSchema());
