import { definePlugin, type Paths, type PluginDefinition } from '@pith/kernel';

/** Lets plugins ask whether a project's files may take effect. */
export function trustPlugin(paths: Paths): PluginDefinition {
  return definePlugin({ name: 'trust', services: { trust: () => ({ stateOf: async (project, files) => (await (await import('./trust.ts')).readTrust(paths, project, files)).state }) } });
}
