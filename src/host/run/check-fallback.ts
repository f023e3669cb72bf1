import { EXIT, type Kernel, PithError, type Settings } from '@pith/kernel';

/**
 * Models that were named for the case of a failure are not quietly passed over.
 * @param flags the command line as a layer of the configuration
 * @throws PithError FLAG_INVALID
 */
export function checkFallback({ plugins }: Pick<Kernel, 'plugins'>, flags: Settings): void {
  if (flags.plugins?.['resilience'] === undefined) return;
  const resilience = plugins.find(({ name }) => name === 'resilience');
  if (resilience?.state === 'active') return;
  const why = resilience === undefined ? 'which is not installed' : `which did not load: ${resilience.error?.message ?? 'no reason given'}`;
  throw new PithError(`--fallback-model needs the plugin resilience, ${why}`, {
    code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: resilience === undefined ? 'pith plugins install @pith/plugin-resilience, or leave the flag out.' : 'Name models as --model takes them, or leave the flag out.',
  });
}
