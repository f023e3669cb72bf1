import { definePlugin, type Mode, type Opinion, type RecordedOpinion, type Target, type ToolDeclaration, type ToolOutcome } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';
import permissions from '../src/index.ts';

interface Input { command?: string; path?: string; from?: string; url?: string; name?: string }

function fakeTool(name: string, effect: ToolDeclaration['effect'], targets?: (input: Input) => Target[]): ToolDeclaration<Input> {
  return { name, effect, description: name, inputSchema: { type: 'object' }, ...(targets === undefined ? {} : { targets }), execute: async () => 'done' };
}

/** Tools with the effects and targets of the real ones, that do nothing. */
export const fakeTools = definePlugin({
  name: 'fake-tools',
  tools: [
    fakeTool('bash', 'exec', ({ command }) => [{ family: 'Bash', command: command! }]),
    fakeTool('read', 'read', ({ path }) => [{ family: 'Read', path: path! }]),
    fakeTool('write', 'write', ({ path }) => [{ family: 'Edit', path: path! }]),
    fakeTool('move', 'write', ({ from, path }) => [{ family: 'Read', path: from! }, { family: 'Edit', path: path! }]),
    fakeTool('fetch', 'network', ({ url }) => [{ family: 'WebFetch', url: url! }]),
    fakeTool('agent', 'agent', ({ name }) => [{ family: 'Agent', name: name! }]),
    fakeTool('mcp__files__list', 'read', () => [{ family: 'mcp__files' }]),
    fakeTool('mcp__files__drop', 'exec', () => [{ family: 'mcp__files' }]),
    fakeTool('mcp__a__b__c', 'exec', () => []),
    fakeTool('clock', 'read'),
    fakeTool('blind', 'exec'),
  ],
});

export interface Case {
  policy?: unknown;
  mode?: Mode;
  tool: string;
  input: Input;
  folder: string;
  roots?: readonly string[];
  env?: Record<string, string>;
}

/** One call through the real kernel with nobody to ask. `own` is what the plugin itself said. */
export async function judge({ policy = {}, mode = 'default', tool, input, folder, roots = [folder], env = {} }: Case): Promise<{ own: RecordedOpinion | undefined; verdict: Opinion['verdict'] | 'none'; outcome: ToolOutcome }> {
  const { session, events, close } = await createTestKernel({ plugins: [permissions, fakeTools], options: { permissions: policy }, folder, env, session: { mode, roots } });
  try {
    const outcome = await session.callTool({ name: tool, input });
    const decided = events.find((event) => event.type === 'permission-decided');
    const own = decided?.opinions.find(({ plugin }) => plugin === 'permissions');
    return { own, verdict: own?.verdict ?? 'none', outcome };
  } finally {
    await close();
  }
}
