/** Runs one command of the plugin as oclif does: node run-command.ts set-aside|restore|copies|compact ARGUMENTS */
import { fileURLToPath } from 'node:url';
import { Config, handle } from '@oclif/core';
import DatabaseCompact from '../src/commands/database/compact.ts';
import DatabaseCopies from '../src/commands/database/copies.ts';
import DatabaseRestore from '../src/commands/database/restore.ts';
import DatabaseSetAside from '../src/commands/database/set-aside.ts';

const [name, ...argv] = process.argv.slice(2);
const config = await Config.load({ root: fileURLToPath(new URL('..', import.meta.url)) });
try {
  if (name === 'copies') await DatabaseCopies.run(argv, config);
  else if (name === 'compact') await DatabaseCompact.run(argv, config);
  else if (name === 'restore') await DatabaseRestore.run(argv, config);
  else await DatabaseSetAside.run(argv, config);
} catch (error) {
  await handle(error as Error);
}
