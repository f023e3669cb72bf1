// A process of its own that changes three files of a folder together, again and again, until it is killed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTools } from './start-tools.ts';

const [folder] = process.argv.slice(2) as [string];
const tools = await startTools({ folder });
for (;;) {
  const parts = ['a', 'b', 'c'].map((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1);
    const other = lines[0]!.startsWith('a') ? 'b' : 'a';
    return [`*** Update File: ${name}`, ...lines.map((line) => `-${line}`), ...lines.map((line) => `+${other.repeat(line.length)}`)].join('\n');
  });
  const { status } = await tools.call('apply-patch', { patch: `*** Begin Patch\n${parts.join('\n')}\n*** End Patch` });
  process.stdout.write(status === 'done' ? '.' : '');
}
