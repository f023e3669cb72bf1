// A process that goes back and forth, until it is killed: `node restorer.ts <folder> <session>`.
import { startCheckpoints } from './start-checkpoints.ts';

const [, , place, id] = process.argv as [string, string, string, string];
const { checkpoints, list } = await startCheckpoints({ folder: place, session: { id } });
const call = (await list())[0]!.id;
process.stdout.write('ready\n');
for (;;) {
  const { checkpoint } = await checkpoints.restore(call);
  if (checkpoint !== null) await checkpoints.restore(checkpoint);
  else await checkpoints.restore((await list()).findLast(({ kind, restores }) => kind === 'restore' && restores === call)!.id);
}
