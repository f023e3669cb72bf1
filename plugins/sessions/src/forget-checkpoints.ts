import { type Kernel, openCommandKernel, toMessage } from '@pith/kernel';

/**
 * What files were before the calls of deleted sessions goes with them, where there is a plugin that keeps it.
 * @param config what oclif gave to the command
 * @returns what a person should know of what is still there
 */
export async function forgetCheckpoints(config: object, sessions: readonly { id: string }[]): Promise<string | undefined> {
  if (sessions.length === 0) return undefined;
  let kernel: Kernel | undefined;
  try {
    kernel = await openCommandKernel(config, ['checkpoints']);
    await (await kernel?.optionalService('checkpoints'))?.forget(sessions.map(({ id }) => id));
    return undefined;
  } catch (error) {
    return `The sessions are deleted, but not all that was kept of files for them: ${toMessage(error)}`;
  } finally {
    await kernel?.close();
  }
}
