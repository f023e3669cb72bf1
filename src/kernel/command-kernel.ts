import type { Kernel } from './kernel.ts';
import type { Services } from './services.ts';

/** Where the host leaves, on the configuration that oclif hands to every command, how a kernel is opened. */
const OPENER = Symbol.for('pith.openKernel');

/**
 * A kernel of the host for a command of a plugin: with the plugins that bring these services, the settings of the folder, and what
 * this process hides. The command closes it.
 * @param config what oclif gave to the command
 * @returns nothing where the command was not started by pith
 * @throws PithError as the configuration does
 */
export async function openCommandKernel(config: object, services: readonly (keyof Services)[]): Promise<Kernel | undefined> {
  return (config as { [OPENER]?: (names: readonly string[]) => Promise<Kernel> })[OPENER]?.(services);
}
