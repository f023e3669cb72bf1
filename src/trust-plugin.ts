import { definePlugin, type Paths, type PluginDefinition } from '@pith/kernel';
import { readTrust } from './trust.ts';

/** Lets plugins ask whether a project's files may take effect. */
export function trustPlugin(paths: Paths): PluginDefinition {
  return definePlugin({ name: 'trust', services: { trust: () => ({ stateOf: async (project, files) => (await readTrust(paths, project, files)).state }) } });
}
