import { openCommandKernel } from '@pith/kernel';
import { balancerError } from './errors.ts';
import type { Balancer } from './service.ts';

/**
 * The service, for a command; it is closed when `work` has ended.
 * @throws PithError BALANCER_ALONE, and whatever `work` throws
 */
export async function withBalancer<T>(config: object, work: (balancer: Balancer) => Promise<T>): Promise<T> {
  const kernel = await openCommandKernel(config, ['balancer']);
  if (kernel === undefined) throw balancerError('BALANCER_ALONE', 'This command belongs to the plugin balancer, and was not started by pith', { hint: 'Start it as: pith accounts list' });
  try {
    const failed = kernel.plugins.find(({ name, state }) => name === 'balancer' && state === 'failed')?.error;
    if (failed !== undefined) throw balancerError('BALANCER_ALONE', `The plugin balancer did not load: ${failed.message}`, { hint: failed.hint ?? 'What every plugin says: pith plugins' });
    return await work(await kernel.service('balancer'));
  } finally {
    await kernel.close();
  }
}
