import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { definePlugin, defineTool } from '@pith/kernel';

/** A tool that writes one file, says so in its targets, and asks for nothing. */
export const fileTool = definePlugin({
  name: 'file-tool',
  tools: [defineTool<{ path: string; content: string }>({
    name: 'put', description: '', effect: 'write', inputSchema: { type: 'object' },
    targets: ({ path }, { cwd }) => [{ family: 'Edit', path: join(cwd, path) }],
    execute: async ({ path, content }, { cwd }) => {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), content);
      return 'done';
    },
  })],
});
