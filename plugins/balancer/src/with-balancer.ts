import { setTimeout as wait } from 'node:timers/promises';
import { openCommandKernel } from '@pith/kernel';
import { balancerError } from './errors.ts';
import type { Balancer } from './service.ts';

/** So long it takes at most until the other processes of the machine know of a change: as often as they look at the database, and a little more. */
const HEARD_MS = 300;

/**
 * The service, for a command; it is closed when `work` has ended.
 * @param changes it ends when all processes of the machine know of the change: a request that comes behind the command meets it
 * @throws PithError BALANCER_ALONE, and whatever `work` throws
 */
export async function withBalancer<T>(config: object, work: (balancer: Balancer) => Promise<T>, { changes = false } = {}): Promise<T> {
  const kernel = await openCommandKernel(config, ['balancer']);
  if (kernel === undefined) throw balancerError('BALANCER_ALONE', 'This command belongs to the plugin balancer, and was not started by pith', { hint: 'Start it as: pith accounts list' });
  try {
    const failed = kernel.plugins.find(({ name, state }) => name === 'balancer' && state === 'failed')?.error;
    if (failed !== undefined) throw balancerError('BALANCER_ALONE', `The plugin balancer did not load: ${failed.message}`, { hint: failed.hint ?? 'What every plugin says: pith plugins' });
    const done = await work(await kernel.service('balancer'));
    if (changes) await wait(HEARD_MS);
    return done;
  } finally {
    await kernel.close();
  }
}
