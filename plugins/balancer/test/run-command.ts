import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { isPithError, type Kernel, type PithError } from '@pith/kernel';

let loading: Promise<Config> | undefined;

export interface Said { out: string; err: string; result: unknown; error: PithError | undefined }
export type CommandClass = new (argv: string[], config: Config) => Command;

/** Runs a command of the plugin in this process, over a kernel as pith would open one. */
export async function runCommand(command: CommandClass, argv: string[], open: () => Promise<Kernel>): Promise<Said> {
  const config = Object.assign(await (loading ??= Config.load({ root: fileURLToPath(new URL('..', import.meta.url)) })), { [Symbol.for('pith.openKernel')]: open });
  const running = new command(argv, config);
  const said: Said = { out: '', err: '', result: undefined, error: undefined };
  running.log = (text = '') => { said.out += `${text}\n`; };
  running.logToStderr = (text = '') => { said.err += `${text}\n`; };
  try {
    said.result = await running.run();
  } catch (error) {
    if (!isPithError(error)) throw error;
    said.error = error;
  }
  return said;
}
