/** Runs one command of the books as pith does, with the plugins that it uses: node run-command.ts stats|requests|logs|analyze ARGUMENTS, in PITH_HOME */
import { fileURLToPath } from 'node:url';
import { Config, flush } from '@oclif/core';
import { createKernel, createSecrets, isPithError, resolvePaths } from '@pith/kernel';
import database from '../../../database/src/index.ts';
import pricing from '../../../pricing/src/index.ts';
import vault from '../../../vault/src/index.ts';
import Analyze from '../../src/commands/analyze.ts';
import Logs from '../../src/commands/logs.ts';
import Requests from '../../src/commands/requests.ts';
import Stats from '../../src/commands/stats.ts';
import balancer from '../../src/index.ts';

const COMMANDS: Readonly<Record<string, { run(argv: string[], config: Config): Promise<unknown> }>> = {
  analyze: { run: (words, at) => Analyze.run(words, at) }, logs: { run: (words, at) => Logs.run(words, at) }, requests: { run: (words, at) => Requests.run(words, at) }, stats: { run: (words, at) => Stats.run(words, at) },
};
const [name = '', ...argv] = process.argv.slice(2);
const config = await Config.load({ root: fileURLToPath(new URL('../..', import.meta.url)) });
const openKernel = (): ReturnType<typeof createKernel> => createKernel({ plugins: [database, vault, pricing, balancer], paths: resolvePaths(process.env), env: process.env, secrets: createSecrets() });
// A command loads a configuration of its own.
Object.assign(Config.prototype, { [Symbol.for('pith.openKernel')]: openKernel });
try {
  await COMMANDS[name]!.run(argv, config);
  await flush();
} catch (error) {
  if (!isPithError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint ?? ''}\n`);
  process.exitCode = error.exitCode;
}
