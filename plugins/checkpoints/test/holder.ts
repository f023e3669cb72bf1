// A process that begins a command, says so, and waits to be killed in the middle of it: `node holder.ts <folder> <place>`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, defineTool } from '@pith/kernel';
import { startCheckpoints } from './start-checkpoints.ts';

const [, , place, kind] = process.argv as [string, string, string, 'exec' | 'write'];
const hang = definePlugin({
  name: 'hang-tool',
  tools: [defineTool<object>({
    name: 'hang', description: '', effect: kind, inputSchema: {},
    targets: (_, { cwd }) => (kind === 'write' ? [{ family: 'Edit', path: join(cwd, 'a') }] : [{ family: 'Bash', command: 'hang' }]),
    execute: async (_, { cwd }) => {
      writeFileSync(join(cwd, 'a'), 'half done');
      process.stdout.write('running\n');
      setInterval(() => undefined, 1000); // Until it is killed.
      return new Promise<string>(() => undefined);
    },
  })],
});
const { session } = await startCheckpoints({ folder: place, plugins: [hang], session: { id: 'killed' } });
await session.callTool({ name: 'hang', input: {} });
