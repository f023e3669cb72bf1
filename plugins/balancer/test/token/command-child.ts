// A command of the plugin as a process of its own: command-child.ts HOME COMMAND WORDS… Settings of the plugin are in BALANCER_OPTIONS. Says how it went as JSON on fd 3.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel } from '@pith/kernel';
import database from '../../../database/src/index.ts';
import vault from '../../../vault/src/index.ts';
import balancer from '../../src/index.ts';
import { type CommandClass, runCommand } from '../run-command.ts';

const [home = '', command = '', ...words] = process.argv.slice(2);
const { default: Class } = await import(new URL(`../../src/commands/accounts/${command}.ts`, import.meta.url).href) as { default: CommandClass };
const { out, err, result, error } = await runCommand(Class, words, () => createKernel({
  plugins: [database, vault, balancer], env: { ...process.env, PITH_VAULT_KEYRING: 'off' }, paths: { config: join(home, 'config'), data: join(home, 'data'), cache: join(home, 'cache') },
  options: { balancer: JSON.parse(process.env['BALANCER_OPTIONS'] ?? '{}') as object },
}));
writeSync(3, JSON.stringify({ out, err, result, error: error === undefined ? null : { code: error.code, message: error.message, hint: error.hint, exitCode: error.exitCode, details: error.details } }));
