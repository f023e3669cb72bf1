// A process of its own that replaces a file through the kernel: once, printing what came of it, or until it is killed.
import { dirname } from 'node:path';
import { startTools } from './start-tools.ts';

const [path, times] = process.argv.slice(2) as [string, 'once' | 'forever'];
const tools = await startTools({ folder: dirname(path) });
const text = (letter: string): string => `${letter.repeat(79)}\n`.repeat(5000);
await tools.call('read', { path });
if (times === 'once') {
  const { code, text: sentence } = await tools.call('write', { path, content: text('b') });
  console.log(JSON.stringify({ code, text: sentence }));
  await tools.close();
} else {
  for (let round = 0; ; round++) {
    const { status } = await tools.call('write', { path, content: text(round % 2 === 0 ? 'b' : 'a') });
    process.stdout.write(status === 'done' ? '.' : '');
  }
}
