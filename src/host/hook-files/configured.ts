import { type ErrorReport, type Paths, type PluginSource, toErrorReport } from '@pith/kernel';
import type { ExampleRequest } from './example-child.ts';
import { HookSet, type ProjectHooks } from './hook-set.ts';
import { isInside } from './load-rules.ts';

/** A hook file that is in force, or why there is none where one is named. */
export interface ConfiguredHook { entry: string; approved?: ExampleRequest['approved']; error?: ErrorReport }

/**
 * The hook files of a person and of a trusted project, each with what it may load.
 * @throws PithError TRUST_CHANGED
 */
export async function readConfigured(paths: Paths, { hookConfig, trust }: ProjectHooks): Promise<ConfiguredHook[]> {
  const sources = await new HookSet(paths).read({ hookConfig, trust });
  return Promise.all(sources.map(async (source) => {
    const entry = source.from!;
    if (/^pith\.config\.[a-z]+$/.test(source.name)) return { entry, error: await whyNot(source) };
    return trust !== undefined && isInside(trust.folder, entry) ? { entry, approved: { root: trust.folder, files: Object.fromEntries(trust.approved), links: Object.fromEntries(trust.links) } } : { entry };
  }));
}

/** A config that cannot be read stands there as a plugin that does not load. */
async function whyNot(source: PluginSource): Promise<ErrorReport> {
  return toErrorReport(await source.load().catch((error: unknown) => error));
}
