/** Runs one command of the plugin as oclif does: node run-command.ts list|show|rm|prune ARGUMENTS */
import { fileURLToPath } from 'node:url';
import { Config, handle } from '@oclif/core';
import SessionsList from '../src/commands/sessions/list.ts';
import SessionsPrune from '../src/commands/sessions/prune.ts';
import SessionsRm from '../src/commands/sessions/rm.ts';
import SessionsShow from '../src/commands/sessions/show.ts';

const [name, ...argv] = process.argv.slice(2);
const config = await Config.load({ root: fileURLToPath(new URL('..', import.meta.url)) });
try {
  if (name === 'list') await SessionsList.run(argv, config);
  else if (name === 'rm') await SessionsRm.run(argv, config);
  else if (name === 'prune') await SessionsPrune.run(argv, config);
  else await SessionsShow.run(argv, config);
} catch (error) {
  await handle(error as Error);
}
