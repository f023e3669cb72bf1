import { toErrorReport } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { Finding } from '../plugin.ts';
import { within } from '../base/within.ts';

/** What the plugins say of the machine that they are on, in their order. That one of them cannot say is a finding, too. */
export async function examinePlugins(kernel: Kernel): Promise<(Finding & { plugin: string })[]> {
  const limitMs = kernel.setupTimeoutMs;
  const found = await Promise.all(kernel.generation.plugins.map(async (loaded) => {
    const { name: plugin, examine } = loaded.definition;
    try {
      const examining = (async () => await examine?.(kernel.contextOf(loaded)) ?? [])();
      return (await within(examining, { limitMs, late: () => new Error(`it took longer than ${limitMs} ms`) })).map((finding) => ({ plugin, ...finding }));
    } catch (error) {
      return [{ plugin, level: 'error' as const, text: `it could not look at this machine: ${toErrorReport(error).message}` }];
    }
  }));
  return found.flat();
}
