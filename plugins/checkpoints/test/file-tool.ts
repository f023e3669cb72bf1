import { lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
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
      // The file that it names, and not one that a link in its place leads to.
      if (lstatSync(join(cwd, path), { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(join(cwd, path));
      writeFileSync(join(cwd, path), content);
      return 'done';
    },
  })],
});
