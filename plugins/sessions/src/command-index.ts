import { type Database, type Kernel, openCommandKernel, toMessage } from '@pith/kernel';
import { toTrouble } from './session-index.ts';

/** What a command has of the host: its database, and what a person should know where there is none. */
export interface CommandIndex { database: Database | undefined; trouble: string | undefined }

/** Lists, searches and deletes with the index where it can be had. What stands in the way is no reason not to. */
export async function withIndex<T>(config: object, work: (index: CommandIndex) => Promise<T>): Promise<T> {
  let kernel: Kernel | undefined;
  const index: CommandIndex = { database: undefined, trouble: undefined };
  try {
    kernel = await openCommandKernel(config, ['database']);
    index.database = await kernel?.optionalService('database');
    if (kernel !== undefined && index.database === undefined) index.trouble = toTrouble(kernel.plugins.find(({ error }) => error !== undefined)?.error?.message ?? 'the plugin database is not there');
  } catch (error) {
    index.trouble = toTrouble(toMessage(error));
  }
  try {
    return await work(index);
  } finally {
    await kernel?.close();
  }
}
