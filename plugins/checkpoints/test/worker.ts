// A process that changes files by calls, one after the other, and tells each checkpoint, until it is killed: `node worker.ts <folder> <session>`.
import { fileTool } from './file-tool.ts';
import { startCheckpoints } from './start-checkpoints.ts';

const [, , place, id] = process.argv as [string, string, string, string];
const { session, bash, events } = await startCheckpoints({ folder: place, plugins: [fileTool], session: { id } });
process.stdout.write('ready\n');
let told = 0;
for (let count = 0; ; count++) {
  await session.callTool({ name: 'put', input: { path: `f${count % 3}`, content: `edit ${count}` } });
  await bash(`echo ${count} > f${count % 4}; rm -f f${(count + 1) % 4}; mkdir -p d; echo ${count} > d/g${count % 2}`);
  for (const event of events.slice(told)) if (event.type === 'plugin-event') process.stdout.write(`${(event.data as { id: string }).id}\n`);
  told = events.length;
}
