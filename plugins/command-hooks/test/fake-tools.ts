import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { definePlugin, errorResult, type ToolDeclaration } from '@pith/kernel';

type Input = Record<string, string>;

/** Tools with the names and inputs of the real ones, as small as they can be: other plugins are not loaded here. */
const TOOLS: ToolDeclaration<Input>[] = [
  { name: 'read', description: '', effect: 'read', inputSchema: {}, targets: ({ path }) => [{ family: 'Read', path: path! }], execute: async ({ path }, { cwd }) => readFile(resolve(cwd, path!), 'utf8') },
  {
    name: 'write', description: '', effect: 'write', inputSchema: {}, targets: ({ path }) => [{ family: 'Edit', path: path! }],
    execute: async ({ path, content }, { cwd }) => {
      const file = resolve(cwd, path!);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content!);
      return `wrote ${path}`;
    },
  },
  { name: 'edit', description: '', effect: 'write', inputSchema: {}, targets: ({ path }) => [{ family: 'Edit', path: path! }], execute: async (input) => `edited ${JSON.stringify(input)}` },
  { name: 'apply-patch', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: 'x' }], execute: async () => 'patched' },
  {
    name: 'bash', description: '', effect: 'exec', inputSchema: {}, targets: ({ command }) => [{ family: 'Bash', command: command! }],
    execute: async ({ command }, { cwd, env, execution }) => {
      try {
        const { stdout } = await promisify(execFile)('sh', ['-c', command!], { cwd, env: { PATH: env['PATH'], ...execution.env } });
        return { content: [{ type: 'text', text: stdout }], details: { raw: stdout } };
      } catch (error) {
        return errorResult(String((error as { stdout?: string }).stdout ?? error));
      }
    },
  },
  { name: 'mcp__files__read', description: '', effect: 'read', inputSchema: {}, execute: async () => 'from the server' },
  { name: 'broken', description: '', effect: 'read', inputSchema: {}, execute: async () => { throw new Error('it broke'); } },
  {
    name: 'agent', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent' }],
    execute: async ({ task }, { turn }) => (await turn.runSubTurn({ name: 'helper', text: task! })).text,
  },
];

export const fakeTools = definePlugin({ name: 'fake-tools', tools: TOOLS });
