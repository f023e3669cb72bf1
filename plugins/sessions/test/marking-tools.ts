import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { definePlugin, type PluginDefinition, type ToolContext, type ToolDeclaration } from '@pith/kernel';

const tool = (name: string, effect: ToolDeclaration['effect'], execute: (input: { mark: string }, context: ToolContext) => Promise<string>): ToolDeclaration<{ mark: string }> =>
  ({ name, effect, description: name, inputSchema: {}, targets: () => [{ family: name, name }], execute });

/** A tool of each effect; every call leaves its mark in a file, which is so its counter. */
export function markingTools(did: string): PluginDefinition {
  const leave = (mark: string): void => appendFileSync(did, `${mark}\n`);
  return definePlugin({
    name: 'tools',
    tools: [
      tool('look', 'read', async ({ mark }) => { leave(mark); return existsSync(did) ? `${readFileSync(did).length} bytes` : 'nothing'; }),
      tool('change', 'write', async ({ mark }) => { leave(mark); return 'changed'; }),
      tool('shell', 'exec', async ({ mark }) => String(spawnSync('sh', ['-c', 'echo "$1" >> "$2"', 'sh', mark, did]).status)),
      tool('agent', 'agent', async ({ mark }, { turn }) => { leave(mark); return (await turn.runSubTurn({ name: 'agent', text: 'as an agent' })).text; }),
    ],
  });
}

/** The marks that were left, in order. */
export function readMarks(did: string): string[] {
  return existsSync(did) ? readFileSync(did, 'utf8').trim().split('\n') : [];
}
